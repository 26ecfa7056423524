"""Adding interviews, before the speakers: how a text is read, as recognised or as somebody says."""

from __future__ import annotations

from tests.support.databases import Database
from tests.support.visitor import Visitor, errors

CUES = (
    "WEBVTT\n\n00:01.000 --> 00:02.000\nAnn Lee: Why a queue?\n\n00:03.000 --> 00:04.000\nBob Roy: It absorbs peaks.\n"
)


def test_what_a_text_was_recognised_as_can_be_changed(database: Database, visitor: Visitor) -> None:
    database.allow_adding()
    page = visitor.open("add")
    page.at.text_area(key="add_text").set_value(CUES)
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


def said(elements: object) -> str:
    return " ".join(str(element.value) for element in elements).replace("\\", "")  # type: ignore[attr-defined]
