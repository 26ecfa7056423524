"""Cue files: WebVTT as written by Zoom, Teams and others, and SubRip.

The reader is our own because the usual ones lose text without a word: what stands between two times is kept whatever
it looks like, and a tag is one only where the format has such a tag.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from analytics.transcripts import labels
from analytics.transcripts.headings import space_colons
from analytics.transcripts.model import RemovedText, Transcript, TranscriptError, Turn, join_turns, split_lines
from analytics.transcripts.times import CLOCK, seconds

_TIMING: Final = re.compile(rf"\s{{0,9}}({CLOCK})\s{{0,9}}-->\s{{0,9}}({CLOCK})(?:\s|$)")
# As YouTube writes it (.sbv).
_PAIR: Final = re.compile(rf"({CLOCK}),({CLOCK})\s{{0,9}}$")
_FORM: Final = re.compile(r"(?:WEBVTT\s{0,9}$|(?:Kind|Language|X-[A-Z-]{1,30}) {0,3}[:=])")
_ZOOM_ID: Final = re.compile(r'\d{1,9} "([^"]{1,80})" \(\d{1,20}\)')
_TAG: Final = re.compile(
    r"<(?P<voice>v(?:\.[^\s<>]{1,60}){0,9}[ \t]+(?P<name>[^<>]{0,200}))>"
    r"|<lang(?:\.[^\s<>]{1,60}){0,9}[ \t]+[^<>]{1,60}>"
    r"|<(?P<open>[cibuv]|ruby|rt)(?:\.[^\s<>]{1,60}){0,9}>"
    r"|</(?P<close>[cibuv]|ruby|rt|lang)>"
    # SubRip's own: colours, and where on the screen.
    r"|</?font(?: [^<>]{1,100})?>|\{\\an?\d{1,2}\}"
    rf"|<{CLOCK}>"
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float | None
    end: float | None
    lines: tuple[str, ...]
    label: str | None = None


def read_cues(text: str, people: Collection[str] = ()) -> Transcript:
    """Read a WebVTT or SubRip file; raises `TranscriptError` if no cue names a speaker."""
    kind = "WebVTT" if text.lstrip("\ufeff").startswith("WEBVTT") else "SubRip (SRT)"
    cues, removed = _cues(text)
    if not cues:
        raise TranscriptError("This file has the form of subtitles but holds no text.")
    pieces = [piece for cue in cues for piece in _pieces(cue)]
    written = labels.with_colons(
        [labels.split_label(piece.text) if piece.speaker is None else None for piece in pieces]
    )
    units = [label[0] if label else None for label in written]
    accepted = labels.speaker_labels(
        [unit for unit, piece in zip(units, pieces, strict=True) if piece.speaker is None],
        [*people, *{piece.speaker for piece in pieces if piece.speaker}],
    )
    turns = []
    for piece, label in zip(pieces, written, strict=True):
        name = accepted.get(label[0].casefold()) if label else None
        turns.append(piece if name is None or label is None else Turn(name, label[1], piece.start, piece.end))
    if all(turn.speaker is None for turn in turns):
        raise TranscriptError(
            "This file does not say who speaks. Export the transcript with speaker names "
            "(Teams: Recap, Transcript, Download as .docx; Zoom: the audio transcript)."
        )
    return Transcript(kind, join_turns(turns), tuple(removed), tuple(labels.look_at(units, accepted)))


def _cues(text: str) -> tuple[list[_Cue], list[RemovedText]]:
    """Cut the file at its times. Text behind a blank line belongs to the cue before it: nothing is dropped."""
    lines = space_colons(split_lines(text))
    timing = _TIMING if "-->" in text else _PAIR
    timings = [place for place, line in enumerate(lines) if ":" in line and timing.match(line)]
    cues: list[_Cue] = []
    notes = _header(lines[: timings[0] - _identifier_lines(lines, timings[0])] if timings else [])
    for place, following in pairwise([*timings, len(lines)]):
        times = timing.match(lines[place])
        if times is None:
            continue
        end = following - _identifier_lines(lines, following) if following < len(lines) else following
        spoken, comments = _without_notes(lines[place + 1 : end])
        notes += comments
        identifier = _ZOOM_ID.fullmatch(lines[place - 1].strip()) if place else None
        label = identifier.group(1) if identifier else None
        cues.append(_Cue(seconds(times.group(1)), seconds(times.group(2)), tuple(spoken), label))
    removed = [RemovedText("Notes of the file", "\n".join(notes))] if notes else []
    return cues, removed


def _header(lines: list[str]) -> list[str]:
    """Return what stands before the first cue and is not the file's own form."""
    others, notes = _without_notes([line for line in lines if not _FORM.match(line)])
    blocks = "\n".join(lines).split("\n\n")
    styles = {line.strip() for block in blocks if block.startswith(("STYLE", "REGION")) for line in block.split("\n")}
    return [*(line for line in others if line not in styles), *notes]


def _identifier_lines(lines: list[str], timing: int) -> int:
    """Count the lines before a timing that are its identifier: 1 or 0."""
    before = lines[timing - 1].strip() if timing else ""
    if not before:
        return 0
    stands_alone = timing < 2 or not lines[timing - 2].strip()
    return 1 if stands_alone or before.isdigit() else 0


def _without_notes(lines: list[str]) -> tuple[list[str], list[str]]:
    spoken: list[str] = []
    notes: list[str] = []
    in_note = False
    for place, line in enumerate(lines):
        begins = (line == "NOTE" or line.startswith(("NOTE ", "NOTE\t"))) and place > 0 and not lines[place - 1].strip()
        in_note = begins or (in_note and bool(line.strip()))
        if in_note:
            notes.append(line)
        elif line.strip():
            spoken.append(line.strip())
    return spoken, notes


def _pieces(cue: _Cue) -> Iterator[Turn]:
    """Return the cue's text voice by voice."""
    whole = "\n".join(cue.lines)
    if (entry := _as_json(whole)) is not None:
        yield Turn(entry[0], entry[1], cue.start, cue.end)
        return
    voiced = False
    for speaker, text in _voices(whole):
        voiced = voiced or speaker is not None
        if text.strip():
            yield from _by_label_lines(Turn(speaker or cue.label, text, cue.start, cue.end))


def _by_label_lines(piece: Turn) -> Iterator[Turn]:
    """Cut a piece without a voice where a line of it begins with another label; wrapped lines become one."""
    if piece.speaker is not None:
        yield Turn(piece.speaker, " ".join(piece.text.split("\n")).strip(), piece.start, piece.end)
        return
    gathered: list[str] = []
    for line in piece.text.split("\n"):
        label = labels.split_label(line)
        if gathered and label is not None and labels.could_be_name(label[0]):
            yield Turn(None, " ".join(gathered), piece.start, piece.end)
            gathered = []
        gathered.append(line.strip())
    yield Turn(None, " ".join(gathered).strip(), piece.start, piece.end)


def _voices(text: str) -> Iterator[tuple[str | None, str]]:
    """Remove the tags and return (voice, text); entities are undone afterwards, so that none becomes a tag."""
    closed = {match.group("close") for match in _TAG.finditer(text)} - {None}
    begun = {name for name in closed if f"<{name}" in text}
    speaker: str | None = None
    gathered: list[str] = []
    last = 0
    for match in _TAG.finditer(text):
        opened = match.group("open")
        if (opened and opened not in closed) or (match.group("close") and match.group("close") not in begun):
            continue
        gathered.append(text[last : match.start()])
        last = match.end()
        if match.group("voice") or match.group("close") == "v":
            yield speaker, _undone("".join(gathered))
            gathered = []
            name = match.group("name")
            speaker = labels.clean_name(_undone(name)) or None if name else None
    gathered.append(text[last:])
    yield speaker, _undone("".join(gathered))


def _undone(text: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text).replace("\u00a0", " ")


def _as_json(text: str) -> tuple[str | None, str] | None:
    """Read a cue whose text is a JSON object, as Microsoft's metadata files have it."""
    if not text.startswith("{"):
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None
    text_value = document.get("spokenText", document.get("text")) if isinstance(document, dict) else None
    if not isinstance(text_value, str):
        return None
    name = document.get("speakerName", document.get("speaker"))
    return (name.strip() or None if isinstance(name, str) else None), text_value
