from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.breakdown.cleaning import clean, one_line, storable

ODD = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            "a é\u0301\u200b\u200d\u202e\ufeff\u00ad\ufe0f\U000e0041\r\n\x00\ud800\u1100\u1161\u11a8\u00a0\u2028"
        ),
    ),
    max_size=40,
)


@given(ODD)
def test_cleaned_text_is_normalised_and_holds_nothing_invisible(text: str) -> None:
    cleaned = clean(text).text
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(character) for character in cleaned} & {"Cf", "Cs"}
    assert not set(cleaned) & set("\x00\r\u200b\u202e\ufe0f\u2028\u00a0")
    assert clean(cleaned).text == cleaned


@given(ODD, st.data())
def test_every_piece_of_it_is_traced_to_the_original(text: str, data: st.DataObject) -> None:
    cleaned = clean(text)
    if not cleaned.text:
        return
    start = data.draw(st.integers(0, len(cleaned.text) - 1))
    end = data.draw(st.integers(start + 1, len(cleaned.text)))
    first, last = cleaned.span(start, end)
    assert 0 <= first < last <= len(text)
    assert cleaned.text[start:end] in clean(text[first:last]).text


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=50))
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert clean(text).text == text
    assert clean(text).starts is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200bb", "ab"),
        ("\u202eabc\u202c", "abc"),
        ("e\u0301", "é"),
        ("e\u200d\u0301", "é"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\u00a0b\u3000c", "a b c"),
        ("x\ufe0f\U000e0141y", "xy"),
        ("a\ud83d\x00\x1bb", "ab"),
        ("tab\there", "tab\there"),
    ],
)
def test_what_becomes_of_odd_characters(text: str, expected: str) -> None:
    assert clean(text).text == expected


def test_offsets_span_what_was_taken_out() -> None:
    cleaned = clean("A\u200bB e\u0301 C")
    start = cleaned.text.index("é")
    assert cleaned.span(start, start + 1) == (4, 6)
    assert cleaned.span(0, 2) == (0, 3)


def test_a_text_becomes_one_line_and_storable() -> None:
    assert one_line("a  b\n\n c") == "a b \u23ce c"
    assert storable("a\x00\ud800b\U0001f600\u202e") == "ab\U0001f600\u202e"
