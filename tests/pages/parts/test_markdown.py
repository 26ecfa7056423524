"""Texts that people and models wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text import shorten, visible
from pages.parts.markdown import plain, plain_lines
from tests.support.hostile import HOSTILE

ACTIVE = re.compile(r"(?<!\\)[!<>\[\]`*_#:$~|{}&@]")


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_that_markdown_acts_on_is_left(kind: str) -> None:
    assert ACTIVE.findall(plain(HOSTILE[kind])) == []


@given(st.text(max_size=80))
def test_what_is_shown_is_what_was_written(text: str) -> None:
    written = plain(text)
    assert ACTIVE.findall(written) == []
    assert "\n" not in written
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written).translate(dict.fromkeys(map(ord, "\u2060\u2068\u2069")))
    assert read == " ".join(visible(text).split())


def test_what_cannot_be_seen_or_sent_is_dropped() -> None:
    assert visible("a\x00b\ud800c\u202ed\u2066e\ufefff") == "abcdef"
    assert visible("👩‍💻 क्‍ष\n") == "👩‍💻 क्‍ष\n"
    visible("\ud800 half of a pair").encode("utf-8")


def test_right_to_left_text_keeps_to_itself() -> None:
    assert plain("שלום") == "\u2068שלום\u2069"
    assert plain("Ann") == "Ann"


@given(st.text(max_size=200), st.integers(2, 50))
def test_a_cut_text_is_no_longer_than_asked(text: str, length: int) -> None:
    cut = shorten(text, length)
    assert len(cut) <= length
    assert cut.endswith("…") or cut == " ".join(visible(text).split())


def test_lines_stay_lines_and_begin_no_list_heading_or_code() -> None:
    assert plain_lines("First:\n\n- one\r\n# two\n    three\n") == "First\\:  \n\\- one  \n\\# two  \nthree"
    assert ACTIVE.findall(plain_lines("\n".join(HOSTILE.values()))) == []


def test_a_long_address_may_go_on_in_the_next_line_after_a_slash_and_other_words_may_not() -> None:
    address = "https://example.org/handbook/interviews"
    assert (
        plain(address).replace("\\", "").replace("\u2060", "") == "https://example.org/\u200bhandbook/\u200binterviews"
    )
    assert "\u200b" not in plain("and/or, 1/2")
