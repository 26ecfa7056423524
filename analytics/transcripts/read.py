"""Reads a transcript file of any format, told by its content, as names cannot be trusted."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from analytics.transcripts.audio import recording_suffix
from analytics.transcripts.cues import read_cues
from analytics.transcripts.encodings import EXPORT_TEXT, decode
from analytics.transcripts.model import (
    LARGEST_FILE,
    MOST_TURNS,
    Transcript,
    TranscriptError,
    require_lines,
    require_speakers,
)
from analytics.transcripts.plain import read_plain
from analytics.transcripts.sheets import read_sheet
from analytics.transcripts.speech_json import read_json
from analytics.transcripts.times import CLOCK
from analytics.transcripts.word import read_word, require_word

_KINDS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"{\\rtf", "rich text (RTF)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_CUE_TIME: Final = re.compile(rf"^[ \t]{{0,9}}{CLOCK}[ \t]{{0,9}}-->[ \t]{{0,9}}{CLOCK}", re.MULTILINE)
# How a file can be read, by the name that commands and the API know it by; its content or somebody says which.
FORMATS: Final = {
    "subtitles": "Subtitles (.vtt, .srt)",
    "text": "Text with names",
    "json": "JSON of a service",
    "word": "Word (.docx)",
}
_PAIRED_TIMES: Final = re.compile(rf"\s{{0,9}}{CLOCK},{CLOCK}[ \t]{{0,9}}$", re.MULTILINE)


def read_transcript_file(data: bytes, people: Collection[str] = (), as_format: str | None = None) -> Transcript:
    """Read a transcript in the format its content shows, or in one of `FORMATS`.

    `people` are names that are known to take part: each is a speaker wherever it stands before a colon. Raises
    `TranscriptError` with one sentence that says what to do; up to 10 MB and 10,000 turns are read.
    """
    if len(data) > LARGEST_FILE:
        raise TranscriptError(
            "This file is larger than 10 MB. A transcript of many hours is smaller; check what it is."
        )
    if not data.strip():
        raise TranscriptError("This file is empty.")
    _refuse_others(data)
    if data.startswith(b"PK"):
        if as_format not in {None, "word"}:
            raise TranscriptError(
                f"This is a Word document or an archive; it cannot be read as {_name_format(as_format)}."
            )
        require_word(data)
        return _check(read_word(data, people), "")
    text, encoding = decode(data)
    return _check(read_text(text, people, as_format), encoding)


def read_text(text: str, people: Collection[str] = (), as_format: str | None = None) -> Transcript:
    """Read a pasted transcript; limits and errors as in `read_transcript_file`."""
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise TranscriptError("There is no text here.")
    head = text[:2_000].lstrip()
    found = as_format or _format_of(head, text)
    if found not in {"subtitles", "text", "json"}:
        raise TranscriptError(f"This is text; it cannot be read as {_name_format(found)}.")
    if found == "json":
        return _check(read_json(text), "")
    if head[:15].lower().startswith(("<!doctype html", "<html")):
        raise TranscriptError(f"This is a web page. {EXPORT_TEXT}")
    if head.startswith("[Script Info]"):
        raise TranscriptError("These are subtitles of SubStation (.ass). Convert them to .srt and add that file.")
    require_lines(text)
    if found == "subtitles":
        return _check(read_cues(text, people), "")
    return _check(read_sheet(text) or read_plain(text, people), "")


def is_text(data: bytes | str) -> bool:
    """Return whether a file or text holds any words, so that it may be read in another format than recognised."""
    if isinstance(data, str):
        return bool(data.strip())
    if not data.strip() or len(data) > LARGEST_FILE or data.startswith(b"PK"):
        return False
    try:
        _refuse_others(data)
        return bool(decode(data)[0].strip())
    except TranscriptError:
        return False


def _refuse_others(data: bytes) -> None:
    for magic, kind in _KINDS:
        if data.startswith(magic) and not (magic == b"MZ" and data[2:60].isascii() and 0 not in data[:60]):
            raise TranscriptError(f"This is {kind}, not a transcript. {EXPORT_TEXT}")
    if recording_suffix(data) is not None:
        raise TranscriptError(f"This is audio or a video, not a transcript. {EXPORT_TEXT}")


def _format_of(head: str, text: str) -> str:
    if head.startswith("WEBVTT") or _has_times(text):
        return "subtitles"
    return "json" if _is_json(head, text) else "text"


def _name_format(as_format: str | None) -> str:
    return FORMATS.get(as_format or "", "that format")


def _has_times(text: str) -> bool:
    """Return whether the text holds cue times near its beginning, whatever its lines end with."""
    begins = "\n".join(text[:5_000].splitlines())
    return _CUE_TIME.search(begins) is not None or _PAIRED_TIMES.match(begins) is not None


def _is_json(head: str, text: str) -> bool:
    in_list = head.startswith("[") and text.rstrip().endswith("]") and '"' in head
    return in_list or head.startswith(("{", "[{", "[["))


def _check(transcript: Transcript, encoding: str) -> Transcript:
    if not transcript.turns:
        raise TranscriptError("This file holds nothing that anybody said.")
    require_speakers(len(transcript.speakers))
    if len(transcript.turns) > MOST_TURNS:
        raise TranscriptError(f"This transcript has {len(transcript.turns):,} turns; up to {MOST_TURNS:,} are read.")
    return replace(transcript, encoding=encoding) if encoding else transcript
