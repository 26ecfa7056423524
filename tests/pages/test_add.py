"""Adding interviews, before the speakers: how a text is read, as recognised or as somebody says."""

from __future__ import annotations

import pytest

from pages.parts.change import field_key
from tests.support.databases import Database
from tests.support.visitor import Visitor, errors

CUES = (
    "WEBVTT\n\n00:01.000 --> 00:02.000\nAnn Lee: Why a queue?\n\n00:03.000 --> 00:04.000\nBob Roy: It absorbs peaks.\n"
)


def test_what_a_text_was_recognised_as_can_be_changed(database: Database, visitor: Visitor) -> None:
    database.allow_adding()
    page = visitor.open("add")
    page.at.text_area(key=field_key("add", "text")).set_value(CUES)
    visitor.again(page)
    assert "WebVTT, 2 turns, 2 speakers" in said(page.at.success)
    read_as = next(box for box in page.at.selectbox if box.label == "Read as")
    assert read_as.value is None
    read_as.select("json")
    visitor.again(page)
    assert len(errors(page)) == 1
    assert not page.at.success
    next(box for box in page.at.selectbox if box.label == "Read as").select("subtitles")
    visitor.again(page)
    assert errors(page) == []
    assert "2 turns" in said(page.at.success)


@pytest.mark.parametrize("text", [CUES, "Nobody says who speaks here"])
def test_the_same_words_twice_are_looked_at_once(database: Database, visitor: Visitor, text: str) -> None:
    database.allow_adding()
    page = visitor.open("add")
    files = [(name, text.encode(), "text/plain") for name in ("a.vtt", "a copy.vtt")]
    page.at.file_uploader(key="add_files").set_value(files)
    page.at.text_area(key=field_key("add", "text")).set_value(text)
    visitor.again(page)
    assert said(page.at.info) == "**a copy.vtt** holds the same as a.vtt. **Pasted text** holds the same as a.vtt."
    assert (len(page.at.success), len(errors(page))) == ((1, 0) if text is CUES else (0, 1))


def test_files_of_one_name_can_each_be_looked_at(database: Database, visitor: Visitor) -> None:
    database.allow_adding()
    page = visitor.open("add")
    texts = (CUES, CUES.replace("Bob Roy", "Cy Poe"), CUES.replace("Bob Roy", "Di Foe"))
    page.at.file_uploader(key="add_files").set_value([("talk.vtt", text.encode(), "text/vtt") for text in texts])
    visitor.again(page)
    look_at = next(box for box in page.at.selectbox if box.label == "Look at")
    assert look_at.options == ["talk.vtt", "talk.vtt (2)", "talk.vtt (3)"]
    look_at.select("talk.vtt (2)")
    visitor.again(page)
    assert next(radio for radio in page.at.radio if radio.label == "Who is the candidate?").options == [
        "Ann Lee",
        "Cy Poe",
    ]
    assert next(field for field in page.at.text_input if field.label == "Title").value == "talk"


def said(elements: object) -> str:
    return " ".join(str(element.value) for element in elements).replace("\\", "")  # type: ignore[attr-defined]


@pytest.mark.parametrize("data", [b"", b" \n", b"%PDF-1.7\n", b"PK\x03\x04", b"RIFF\x24\0\0\0WAVEfmt "])
def test_what_holds_no_text_is_not_offered_to_be_read_in_another_way(
    database: Database, visitor: Visitor, data: bytes
) -> None:
    database.allow_adding()
    page = visitor.open("add")
    files = [("a.vtt", data, "text/plain"), ("b.txt", b"Nobody says who speaks here", "text/plain")]
    page.at.file_uploader(key="add_files").set_value(files)
    visitor.again(page)
    assert len(errors(page)) == 2
    # Only the other one's.
    assert [box.label for box in page.at.selectbox].count("Read as") == 1
