"""Plain and pasted text: Otter, Granola, Meet, Teams, Markdown, questions and answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, pairwise, takewhile
from typing import Final

from analytics.transcripts import labels
from analytics.transcripts.fences import lines_of_code
from analytics.transcripts.headings import add_colons, join_times, space_colons
from analytics.transcripts.model import (
    RemovedText,
    Transcript,
    TranscriptError,
    Turn,
    join_turns,
    require_speakers,
    split_lines,
)
from analytics.transcripts.times import CLOCK, UNTIL, seconds

_HEAD: Final = 200  # characters of a line that its label and time may take
# The time of a day: how long after the start it is, nobody knows.
_NOON: Final = r"(?P<noon>\s?[AaPp]\.?[Mm]\b\.?)?"
_TO: Final = rf"(?:{UNTIL}{CLOCK})?"
_DAY: Final = r"(?P<day>\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})?,?[ \tT])?"
_ZONE: Final = r"(?:Z|[+-]\d\d:?\d\d)?"
_YEAR: Final = re.compile(r"\d{4}")
_TIME_FIRST: Final = re.compile(
    rf"\s{{0,9}}[\[(]?{_DAY}(?P<time>{CLOCK}){_ZONE}{_NOON}{_TO}[\])]?(?:\(https?://[^\s()]{{1,100}}\))?"
    r"(?:\s{0,3}[-–—|]|)[ \t]{1,9}(?=\S)"
)
_TIME_BEHIND: Final = re.compile(rf"\[({CLOCK})\][ \t]{{1,9}}")
_TIME_ALONE: Final = re.compile(rf"\s{{0,9}}[\[(]?({CLOCK}){_TO}[\])]?\s{{0,9}}")
_NAME_THEN_TIME: Final = re.compile(
    rf"\s{{0,9}}(?P<name>[^\n\t:：]{{1,80}}?)[ \t|*,]{{0,9}}[\[(](?P<time>{CLOCK}){_TO}[\])]"
    r"[ \t*]{0,9}[:：][* \t]{0,9}"
)
_HEADER_LINE: Final = re.compile(
    rf"\s{{0,9}}(?P<name>[^\n:：]{{1,80}}?)(?:[ \t|*,·•@-]{{1,12}}|\s{{0,3}}[\[(])"
    rf"{_DAY}(?P<time>{CLOCK}){_NOON}{_TO}[\])]?"
    r"[ \t*]{0,9}"
)
_TIME_THEN_NAME: Final = re.compile(rf"\s{{0,9}}[\[(]?({CLOCK})[\])]?\s{{0,3}}[-–—|]\s{{0,3}}([^\n\t:：]{{1,80}})")
# Zoom's chat says to whom.
_FROM: Final = re.compile(r"\s{0,3}From\s{1,3}([^:：\n]{1,60}?)(?:\s{1,3}to\s{1,3}[^:：\n]{1,60}?)?\s{0,3}(?=:)")
# As Speechmatics writes it above what is said.
_SPEAKER: Final = re.compile(r"SPEAKER: (S\d{1,3}|UU)\s{0,9}")
_BULLET: Final = re.compile(r"[ \t]{0,9}(?:(?:[-*>•]|\d{1,3}[.)])[ \t]{1,9}){1,3}(?=\S)")
_BOLD_TIME: Final = re.compile(rf"(\*\*|__)(\[{CLOCK}\][ \t]{{1,9}})")
_BOLD_LABEL: Final = re.compile(r"\s{0,9}(\*\*|__)(?P<name>[^*_\n]{1,80}?)(?P<colon>[:：]?)\1(?P<later>[:：]?)")
_NOTICES: Final = (
    ("Footer of the service", re.compile(r"(?i)\s{0,9}transcribed by https?://\S{1,200}\s{0,9}")),
    ("Footer of the service", re.compile(r"(?i)\s{0,9}(?:transcription|meeting) ended after \S{1,20}\W{0,9}")),
    ("Footer of the service", re.compile(r"(?i)\s{0,9}this editable transcript was computer generated.{0,200}")),
    ("Recording notice", re.compile(r"(?i).{0,80}\b(?:started|stopped) (?:transcription|recording)\.?\s{0,9}")),
    ("Recording notice", re.compile(r"(?i)\s{0,9}this (?:meeting|call) is being recorded\.?\s{0,9}")),
    ("Recording notice", re.compile(r"(?i)\s{0,9}recording (?:in progress|started|stopped)\.?\s{0,9}")),
)
# Who began or ended it, in whatever language Teams speaks.
_TRANSCRIPTION: Final = re.compile(r"(?i)tran?ss?[ck]r[iy]|транскри|文字起こし|转录|轉錄")
_TRANSCRIPT: Final = re.compile(r"(?i)[^\w\n]{0,9}(?:full |meeting )?transcript\W{0,9}")
_SUMMARY: Final = re.compile(
    r"(?i)\s{0,9}#{0,6}\s{0,3}\**(?:summary|ai summary|meeting summary|action items|key takeaways|takeaways|next steps|"
    r"outline|chapters|follow-?ups?)\**\s{0,3}:?\**\s{0,9}"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line taken apart: a label that may be a speaker, a time, and the rest."""

    raw: str
    label: str | None = None
    rest: str = ""
    time: float | None = None
    heads: bool = False  # the label stands alone above what is said
    dated: bool = False  # a day or a time stands before the label
    is_code: bool = False


def read_plain(text: str, people: Collection[str] = (), *, name: str = "Text") -> Transcript:
    """Read text in which each turn begins with `Name:`, or follows a line with a name and a time.

    Raises `TranscriptError` where no line says who speaks.
    """
    lines = join_times(space_colons(split_lines(text)))
    read = _read(lines, people, name)
    if (named := add_colons(lines)) != lines:
        # Words before a colon are no speakers where names above what is said begin many more turns.
        changed = (line for line, before in zip(named, lines, strict=True) if line != before)
        alone = {line[:-1].casefold() for line in changed if line.endswith(":")}
        other = _read(named, people, name, alone)
        read = other if other and (read is None or len(other.turns) > 2 * len(read.turns)) else read
    if read is None:
        raise TranscriptError(
            "No line of this text says who speaks. Begin each turn with the speaker's name and a colon, for example: "
            "Priya: I would start with the logs."
        )
    return read


def _read(written: Sequence[str], people: Collection[str], name: str, only: Collection[str] = ()) -> Transcript | None:
    """Read lines; None where none of them says who speaks. With `only`, nobody else is a speaker."""
    lines = list(_parse(written))
    start = _where_the_transcript_begins(lines)
    above, lines = lines[:start], lines[start:]
    spoken = [line for line in lines if line.raw.strip() and not line.is_code and not _is_time(line)]
    units = [line.label for line in spoken[next((at for at, line in enumerate(spoken) if line.label), 0) :]]
    heads = [line.label for line in lines if line.heads]
    # Below a heading line, the lines of what is said carry no label and do not count against the labels; where most
    # labels stand so, a word before a colon is only that.
    labelled = [line.label for line in lines if line.label]
    counted = units if len(heads) < 2 else heads if len(heads) >= len(labelled) / 2 else labelled
    accepted = labels.speaker_labels(counted, people)
    # A label with a time, or alone above what is said, begins a turn if it comes once too, where labels stand so.
    clear = [line.label for line in lines if line.label and (line.dated or line.time is not None or not line.rest)]
    if len(clear) >= len(labelled) / 2:
        accepted |= labels.speaker_labels(clear, people)
    accepted = {key: label for key, label in accepted.items() if not only or key in only}
    if not accepted:
        return None
    for heading in _headings(lines, accepted):
        del accepted[heading]
    # Looked at here too, before anything is joined for thousands of them.
    require_speakers(len(accepted))
    turns, removed = _turns(lines, accepted, [line.raw for line in above])
    speaking = {turn.speaker for turn in turns if turn.text.strip()}
    if silent := [turn.speaker for turn in turns if turn.speaker and turn.speaker not in speaking]:
        removed.append(RemovedText("A name without words", ", ".join(dict.fromkeys(silent))))
    return Transcript(name, join_turns(turns), tuple(removed), tuple(labels.look_at(counted, accepted)))


def _headings(lines: list[_Line], accepted: Collection[str]) -> set[str]:
    """Find labels above the conversation that say what it is or who takes part, such as `Date:` and `Interviewer:`.

    They stand in the lines before the first empty one, two at least, and come once, where others return.
    """
    counts = Counter(line.label.casefold() for line in lines if line.label)
    above = list(takewhile(lambda line: line.raw.strip(), dropwhile(lambda line: not line.raw.strip(), lines)))
    headings = {line.label.casefold() for line in above if line.label}
    returning = [label for label in accepted if counts[label] > 1]
    if len(headings) < 2 or len(returning) < 2 or any(counts[label] > 1 for label in headings):
        return set()
    return headings & set(accepted)


def _parse(lines: Sequence[str]) -> Iterator[_Line]:
    code = lines_of_code(lines)
    for place, (raw, following) in enumerate(pairwise([*lines, ""])):
        yield _Line(raw, rest=raw, is_code=True) if place in code else _heading(raw, following) or _take_apart(raw)


def _heading(raw: str, following: str) -> _Line | None:
    """Parse a line with a time, a dash and a name, above what is said: a line that has no time of its own."""
    named = _TIME_THEN_NAME.fullmatch(raw) if len(raw) < _HEAD else None
    if named is None or not following.strip() or _TIME_FIRST.match(following[:_HEAD]):
        return None
    label = labels.clean_label(named.group(2))
    return _Line(raw, label, "", seconds(named.group(1)), heads=True) if labels.could_be_name(label) else None


def _take_apart(raw: str) -> _Line:
    head = raw[:_HEAD]
    if "\t" in head and (line := _read_tabs(raw)) is not None:
        return line
    if spoken := _SPEAKER.fullmatch(head):
        return _Line(raw, f"Speaker {spoken.group(1)}", "", heads=True)
    if alone := _TIME_ALONE.fullmatch(raw[:40]) if len(raw) < 40 else None:
        return _Line(raw, time=seconds(alone.group(1)))
    time = None
    bullet = _BULLET.match(head)
    body = raw[bullet.end() :] if bullet else raw
    if timed := _BOLD_TIME.match(body):
        body = f"{timed.group(2)}{timed.group(1)}{body[timed.end() :]}"
    if first := _TIME_FIRST.match(body[:_HEAD]):
        time = _time_in(first)
        body = _FROM.sub(r"\1", body[first.end() :], count=1)
    if bold := _BOLD_LABEL.match(body[:_HEAD]):
        separator = bold.group("colon") or bold.group("later")
        body = (
            f"{bold.group('name')}{separator} {body[bold.end() :].lstrip()}"
            if separator
            else (f"{bold.group('name')} {body[bold.end() :].lstrip()}")
        )
    if named := _NAME_THEN_TIME.match(body[:_HEAD]):
        label = labels.clean_label(named.group("name"))
        rest = body[named.end() :].strip()
        return _Line(raw, label, rest, seconds(named.group("time")), heads=not rest)
    if len(body) < _HEAD and (headed := _HEADER_LINE.fullmatch(body)):
        label = labels.clean_label(headed.group("name"))
        # A day above the transcript, such as "March 2, 2026, 4:01 PM", is nobody.
        if labels.could_be_name(label) and not (headed.group("noon") and _YEAR.search(label)):
            return _Line(raw, label, "", _time_in(headed), heads=True)
    if labelled := labels.split_label(body):
        label, rest = labelled
        if time is None and (behind := _TIME_BEHIND.match(rest[:40])):
            return _Line(raw, label, rest[behind.end() :], seconds(behind.group(1)))
        return _Line(raw, label, rest, time, dated=first is not None)
    return _Line(raw, rest=body if time is not None else raw, time=time)


def _time_in(found: re.Match[str]) -> float | None:
    """Return a time since the start: one of a day is none."""
    return None if found.group("noon") or found.group("day") else seconds(found.group("time"))


def _read_tabs(raw: str) -> _Line | None:
    """Parse `time⇥Name⇥text`, `Name⇥time⇥text` and `Name⇥text`."""
    cells = [cell.strip() for cell in raw.split("\t") if cell.strip()]
    times = [seconds(cell.strip("[]()")) for cell in cells[:2]]
    time = next((value for value in times if value is not None), None)
    left = [cell for place, cell in enumerate(cells) if place >= 2 or times[place] is None]
    if not left:
        return None
    label = labels.clean_label(left[0].rstrip(":："))
    if not labels.could_be_name(label) or len(left[0]) > 60:
        return None
    return _Line(raw, label, " ".join(left[1:]), time, heads=len(left) == 1 and time is not None)


def _turns(lines: list[_Line], accepted: dict[str, str], before: list[str]) -> tuple[list[Turn], list[RemovedText]]:
    turns: list[Turn] = []
    texts: list[list[str]] = []
    removed: list[RemovedText] = []
    time: float | None = None
    fenced = False
    ended = _where_the_summary_begins(lines, accepted)
    for line in lines[:ended]:
        speaker = accepted.get(line.label.casefold()) if line.label else None
        if speaker is not None:
            turns.append(Turn(speaker, "", line.time if line.time is not None else time))
            texts.append([line.rest])
            time, fenced = None, "```" in line.rest
            continue
        if reason := _notice(line.raw, accepted):
            removed.append(RemovedText(reason, line.raw.strip()))
            continue
        if _is_time(line):
            time = line.time
        elif not turns:
            before.append(line.raw)
        elif line.raw.strip() or fenced:
            texts[-1] = texts[-1] if texts[-1] != [""] else []
            texts[-1].append(line.raw.rstrip() if texts[-1] else line.raw.strip())
            fenced = fenced or "```" in line.raw
    if any(text.strip() for text in before):
        removed.insert(0, RemovedText("Text above the first speaker", "\n".join(before).strip()))
    if rest := "\n".join(line.raw for line in lines[ended:]).strip():
        removed.append(RemovedText("Summary below the transcript", rest))
    said = ["\n".join(pieces).rstrip() for pieces in texts]
    return [replace(turn, text=text) for turn, text in zip(turns, said, strict=True)], removed


def _where_the_transcript_begins(lines: list[_Line]) -> int:
    """Find the line behind a heading `Transcript`, below notes with fewer labels than stand behind it; else 0."""
    labelled = [place for place, line in enumerate(lines) if line.label]
    for place, line in enumerate(lines):
        if len(line.raw) < 40 and _TRANSCRIPT.fullmatch(line.raw):
            above = sum(label < place for label in labelled)
            return place + 1 if above < len(labelled) - above else 0
    return 0


def _is_time(line: _Line) -> bool:
    return line.time is not None and line.label is None and not line.rest.strip()


def _where_the_summary_begins(lines: list[_Line], accepted: dict[str, str]) -> int:
    """Find the heading of a summary behind which nobody speaks any more; the end of the file where there is none."""
    last = max(
        (place for place, line in enumerate(lines) if line.label and line.label.casefold() in accepted), default=-1
    )
    for place in range(last + 1, len(lines)):
        if _SUMMARY.fullmatch(lines[place].raw[:80]) and place and not lines[place - 1].raw.strip():
            return place
    return len(lines)


def _notice(raw: str, speakers: Collection[str]) -> str | None:
    line = raw.strip()[:300]
    if (
        len(line) < _HEAD
        and _TRANSCRIPTION.search(line)
        and any(line.casefold().startswith(f"{name} ") for name in speakers)
    ):
        return "Recording notice"
    return next((reason for reason, pattern in _NOTICES if pattern.fullmatch(line)), None)
