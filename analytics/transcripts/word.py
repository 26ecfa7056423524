"""Word documents as exported by Teams and Meet."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, Final

from docx import Document

from analytics.transcripts.model import Transcript, TranscriptError, require_lines
from analytics.transcripts.plain import read_plain

MOST_UNZIPPED: Final = 50_000_000
_MOST_PARTS: Final = 2_000
# Tags and attributes: a parsed element takes some 200 bytes, and one of ten thousand turns has some sixty of both.
_MOST_MARKS: Final = 1_000_000
# What else comes as a zip archive, by a part that it holds.
_OTHERS: Final = {
    "xl/": "This is an Excel file. Save it as CSV and add that file.",
    "ppt/": "This is a presentation. Copy its text and paste it.",
    "content.xml": "This is an OpenDocument file. Save it as Word (.docx) or as text and add that file.",
}
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def require_word(data: bytes) -> None:
    """Raise `TranscriptError`, which says what to do, unless a zip archive contains a Word document."""
    names: list[str] = []
    with suppress(zipfile.BadZipFile, ValueError, OSError), zipfile.ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()[:_MOST_PARTS]
    if any(name.startswith("word/") for name in names):
        return
    for part, advice in _OTHERS.items():
        if any(name.startswith(part) for name in names):
            raise TranscriptError(advice)
    raise TranscriptError("This is an archive (.zip). Unpack it and add the transcripts in it.")


def read_word(data: bytes, people: Collection[str] = ()) -> Transcript:
    """Read a document's paragraphs, including tables and tracked insertions; raises `TranscriptError`."""
    _check_size(data)
    try:
        body = Document(BytesIO(data)).element.body
    except Exception as error:  # the library raises whatever its parts raise for a damaged archive
        raise TranscriptError(
            "This Word document is damaged. Open it in Word, save it again, and add that file."
        ) from error
    text = "\n".join(_collect_lines(body))
    if not text.strip():
        raise TranscriptError("This Word document holds no text.")
    require_lines(text)
    return read_plain(text, people, name="Word document")


def _check_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            large = len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNZIPPED
            # Of every part: one is read as what the archive's own list says it is, whatever its name.
            marks = 0 if large else sum(_marks(archive.read(part)) for part in parts)
    except Exception as error:  # the library raises whatever its decompressors raise for a damaged archive
        raise TranscriptError("This file is damaged. Download it again.") from error
    if large:
        raise TranscriptError(
            "This document is larger than 50 MB when unpacked. Copy its text into a text file instead."
        )
    if marks > _MOST_MARKS:
        raise TranscriptError("This document has more formatting than is read. Copy its text into a text file instead.")


def _marks(part: bytes) -> int:
    return part.count(b"<") + part.count(b"=")


def _gather(parent: Any, lines: list[str]) -> None:
    """Add the text of each paragraph in the order of the document; cells of a table row are set apart by tabs."""
    for element in parent.iterchildren():
        if element.tag == f"{_W}p":
            lines.append(_text(element))
        elif element.tag == f"{_W}tr":
            cells = ["\n".join(_collect_lines(cell)) for cell in _cells(element)]
            # What is said may take several lines; a name and a time before it take one.
            lines.append(("\n" if any("\n" in cell for cell in cells[:-1]) else "\t").join(cells))
        elif element.tag != f"{_W}sectPr":
            _gather(element, lines)


def _collect_lines(parent: Any) -> list[str]:
    lines: list[str] = []
    _gather(parent, lines)
    return lines


def _cells(row: Any) -> Iterator[Any]:
    # Those of the row itself: a table in one of its cells has rows of its own.
    for element in row.iterchildren():
        if element.tag == f"{_W}tc":
            yield element
        else:
            yield from _cells(element)


def _text(paragraph: Any) -> str:
    """Return what a reader of the paragraph sees: insertions with it, deletions and what was moved away without."""
    parts: list[str] = []
    stack = list(reversed(list(paragraph)))
    while stack:
        element = stack.pop()
        if element.tag in {f"{_W}del", f"{_W}moveFrom", _FALLBACK}:
            continue
        if element.tag == f"{_W}t":
            parts.append(element.text or "")
        elif element.tag == f"{_W}tab":
            parts.append("\t")
        elif element.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif element.tag in {f"{_W}br", f"{_W}cr"}:
            parts.append("\n")
        else:
            stack.extend(reversed(list(element)))
    return "".join(parts)
