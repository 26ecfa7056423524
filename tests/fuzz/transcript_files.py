"""What must hold of every reader of transcripts: read or refused with one sentence, no word lost and none made up."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from xml.sax.saxutils import escape

from analytics.transcripts.cues import read_cues
from analytics.transcripts.model import Transcript, TranscriptError
from analytics.transcripts.plain import read_plain
from analytics.transcripts.read import read_text, read_transcript_file
from analytics.transcripts.speech_json import read_json

_WORD = re.compile(r"\w+")
_ENTITY = re.compile(r"&[#\w]+;")


def cues(text: str) -> None:
    """Whatever stands between two times."""
    # What has no semicolon is no entity in a file of cues, though it is one on a page.
    _holds(read_cues, text, _ENTITY.sub(lambda entity: html.unescape(entity.group()), text))


def plain(text: str) -> None:
    """Whatever text is pasted: every word of it is said, left out by name, a label or a time."""
    transcript = _holds(read_plain, text, text)
    if transcript is not None:
        told = [turn.text for turn in transcript.turns] + [part.text for part in transcript.removed]
        named = [name.casefold() for name in transcript.speakers]
        kept = {word.casefold() for said in (*told, *named) for word in _WORD.findall(said)}
        lost = {word.casefold() for word in _WORD.findall(text)} - kept
        assert all(any(letter.isdigit() for letter in word) or word == "_" * len(word) for word in lost), lost
    _holds(read_text, text, None)


def speech_json(text: str) -> None:
    """Whatever JSON a service may write."""
    _holds(read_json, text, None)


def word(text: str) -> None:
    """Whatever stands in a document's paragraphs, and whatever its bytes are."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    held = "".join(letter if letter in "\n\t" or ord(letter) >= 32 else " " for letter in text)
    lines = "".join(
        f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in held.encode(errors="ignore").decode().split("\n")
    )
    file = io.BytesIO()
    kinds = "http://schemas.openxmlformats.org/package/2006/"
    of_document = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    leads = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{kinds}content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{of_document}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{kinds}relationships"><Relationship Id="r" Type="{leads}" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{lines}</w:body></w:document>')
    _holds(read_transcript_file, file.getvalue(), None)
    _holds(read_transcript_file, b"PK\x03\x04" + text.encode(errors="ignore"), None)
    _holds(read_transcript_file, text.encode(errors="ignore"), None)


def _holds(read: Callable[..., Transcript], given: str | bytes, source: str | None) -> Transcript | None:
    refusal = ""
    try:
        transcript = read(given)
    except TranscriptError as error:
        refusal = str(error)
    if refusal:
        assert "\n" not in refusal
        assert len(refusal) < 300
        return None
    for turn in transcript.turns:
        assert turn.speaker is None or turn.speaker.strip()
        assert turn.start is None or turn.start >= 0
        if source is not None:
            there = set(_WORD.findall(source))
            assert set(_WORD.findall(turn.text)) <= there | set(_WORD.findall(html.unescape(turn.text)))
    return transcript
