"""Whatever is dropped on the page: read by its content, or refused with one sentence within the bounds."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from analytics.breakdown.reading.sentences import split
from analytics.transcripts.encodings import decode
from analytics.transcripts.model import LARGEST_FILE, TranscriptError
from analytics.transcripts.read import read_text, read_transcript_file
from tests.support.archives import archive
from tests.support.effort import processor_seconds, seconds_of_a_long_conversation

_TALK = "Ann: Why?\nBob: Because of naïve peaks.\nAnn: And?\nBob: That’s all.\n"


@pytest.fixture(scope="module")
def honest() -> float:
    return seconds_of_a_long_conversation()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (_TALK.encode(), "UTF-8"),
        (_TALK.encode("utf-8-sig"), "UTF-8"),
        (_TALK.encode("utf-16"), "UTF-16"),
        (_TALK.encode("utf-16-le"), "UTF-16"),
        (_TALK.encode("utf-16-be"), "UTF-16"),
        (_TALK.encode("cp1252"), "Windows-1252"),
    ],
)
def test_the_encoding_is_found_and_said(data: bytes, encoding: str) -> None:
    transcript = read_transcript_file(data)
    assert transcript.encoding == encoding
    assert [turn.text for turn in transcript.turns] == ["Why?", "Because of naïve peaks.", "And?", "That’s all."]


def test_a_last_letter_is_kept_where_it_alone_is_not_ascii() -> None:
    transcript = read_transcript_file("Ada: Where?\nBo: In a café".encode("cp1252"))
    assert (transcript.encoding, transcript.turns[-1].text) == ("Windows-1252", "In a café")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"RIFF0000WAVEfmt ", "audio"),
        (archive(a=b"text"), "Unpack it"),
        (archive(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"}), "Save it as CSV"),
        (archive(**{"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<w/>"}), "as Word"),
        (archive(**{"ppt/presentation.xml": b"<w/>"}), "paste it"),
        (b"[Script Info]\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,Ann,0,0,0,,Hello.\n", "to .srt"),
        (b"PK\x03\x04 broken", "Unpack it"),
        (archive(**{"word/document": b"<w/>"}), "damaged"),
        (b"Ann\x00\x01\x02" * 40, "not a text file"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"<!DOCTYPE html><p>Ann: hi</p>", "web page"),
        (b'{"a": ', "cannot be read"),
        (b'{"a": 1}', "no service that is known"),
        (b"[" * 100_000 + b'"' + b"]" * 100_000, "deeply|cannot be read"),
        (b"just a few words without anybody", "who speaks"),
        (b"x" * (LARGEST_FILE + 1), "larger than 10 MB"),
    ],
)
def test_what_is_no_transcript_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(TranscriptError, match=words) as refused:
        read_transcript_file(data)
    assert len(str(refused.value)) < 220
    assert "Traceback" not in str(refused.value)


def test_a_document_that_unpacks_to_much_more_is_refused_unopened() -> None:
    bomb = archive(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * 60_000_000})
    assert len(bomb) < 100_000
    with pytest.raises(TranscriptError, match="50 MB"):
        read_transcript_file(bomb)


def test_a_document_of_millions_of_tags_is_refused_whatever_its_part_is_called() -> None:
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    part = f"<Types xmlns='{types}'><Override PartName='/word/document.bin' ContentType='{office}'/></Types>"
    bomb = archive(**{"[Content_Types].xml": part.encode(), "word/document.bin": b"<w:p/>" * 2_000_000})
    with pytest.raises(TranscriptError, match="more formatting"):
        read_transcript_file(bomb)


def test_more_speakers_than_a_conversation_has_are_refused() -> None:
    crowd = "\n".join(f"Person N{number}x: hello\nPerson N{number}x: again" for number in range(1_000))
    with pytest.raises(TranscriptError, match="speakers"):
        read_text(crowd)


def test_more_turns_than_are_read_are_refused() -> None:
    with pytest.raises(TranscriptError, match="10,000"):
        read_text("Ann: hi\nBob: yes\n" * 6_000)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "unit",
    [
        "Ann: ",
        "<v A>",
        "00:00:01.000 --> ",
        "a:",
        "[00:01] ",
        "**",
        "&amp;",
        "\t",
        "- ",
        " ",
        "Ann 0:01 ",
        "<b>",
        "{",
        "é",
    ],
)
def test_long_odd_lines_take_no_longer_than_their_length(unit: str, honest: float) -> None:
    """Much in one line and in many: no longer than twice an honest conversation, whatever comes of it."""
    for text in (
        unit * (300_000 // len(unit)),
        (unit + "\n") * (100_000 // len(unit)),
        "WEBVTT\n\n0:0:0.0 --> 0:0:1.0\n" + unit * 50_000,
    ):
        assert processor_seconds(partial(read_or_refuse, text)) < 2 * honest


def read_or_refuse(text: str) -> None:
    with suppress(TranscriptError):
        read_text(text)


def test_bytes_that_no_encoding_explains_are_no_crash() -> None:
    assert decode(b"caf\x81 Ann: hi")[1] == "Latin-1"


@pytest.mark.parametrize(
    ("data", "as_format"),
    [
        (b"WEBVTT\n\nAnn: hi\n", None),
        (b"Ann: hi\nBob: ho\nAnn: so\nBob: no\n", "subtitles"),
        (b"Ann: hi\nBob: ho\nAnn: so\nBob: no\n", "json"),
        (b"Ann: hi\nBob: ho\nAnn: so\nBob: no\n", "word"),
        (b"PK\x03\x04", "text"),
    ],
)
def test_what_a_file_is_not_is_said_in_one_sentence(data: bytes, as_format: str | None) -> None:
    with pytest.raises(TranscriptError):
        read_transcript_file(data, (), as_format)


def test_what_is_said_goes_before_what_the_content_shows() -> None:
    talk = "Ann: Look at 00:01 --> 00:02.\n00:01.000 --> 00:02.000\nBob: I see.\nAnn: Yes.\nBob: Good.\n"
    assert read_text(talk).format.startswith("SubRip")
    assert read_text(talk, (), "text").format == "Text"
    with pytest.raises(TranscriptError):
        read_text(talk, (), "json")


CUES = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Ann>tell me about the outage{end}

00:00:05.000 --> 00:00:08.000
<v Bob>we lost one node and{end}

00:00:08.200 --> 00:00:11.000
<v Bob>the queue filled up{end}

00:00:12.500 --> 00:00:15.000
<v Bob>then I drained it by hand{end}
"""


def test_speech_without_punctuation_is_put_into_lines_by_its_pauses() -> None:
    bare = read_text(CUES.format(end="")).turns[1].text
    assert bare == "we lost one node and the queue filled up\nthen I drained it by hand"
    assert [bare[start:end] for start, end in split(bare)] == bare.split("\n")
    assert "\n" not in read_text(CUES.format(end=".")).turns[1].text
