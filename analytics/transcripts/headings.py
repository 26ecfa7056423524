"""Rewrites names on lines of their own, and other ways to name a speaker, as lines that `plain` reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from analytics.transcripts.labels import clean_name, could_be_name, split_label
from analytics.transcripts.times import CLOCK

_MOSTLY: Final = 0.8
_THROUGHOUT: Final = 0.6
_LONGEST: Final = 80
_TIME: Final = re.compile(
    rf"\s{{0,9}}[\[(]?({CLOCK}(?:\s?[AaPp][Mm])?)(?:\s{{0,3}}(?:-->|[-–—,])\s{{0,3}}{CLOCK})?[\])]?\s{{0,9}}"
)
_TIME_AND_NAME: Final = re.compile(rf"\A\s{{0,9}}([\[(]{CLOCK}(?:\s?[AaPp][Mm])?[\])])[ \t]{{1,9}}([^:：]{{1,60}})\Z")
_MARKED: Final = re.compile(r"\s{0,3}(?:#{1,6}\s{1,3}([^#*_]{1,60})|(?:\*\*|__)([^*_]{1,60})(?:\*\*|__))\s{0,9}")
# A name with its colon and no space behind it, which a path, a time or C++ has not.
_TIGHT: Final = re.compile(rf"(\s{{0,9}}(?:[\[(]?{CLOCK}[\])]?\s{{1,3}})?)([^:：\n\t]{{1,60}}):(?=[^\s:/\\\d])")
# Names in angle or square brackets, or with a dash behind them, where nearly every line begins so.
_APART: Final = re.compile(
    r"\s{0,9}(?:<(?P<angled>[^<>]{1,40})>|\[(?P<squared>[^\[\]]{1,40})\]|(?P<dashed>[^\n:–—-]{1,40}?)\s[-–—]{1,2})\s{1,9}(?=\S)"
)
_QUESTION: Final = re.compile(r"\s{0,40}([QA])\.\s{1,9}(?=\S)")
_CELL_END: Final = re.compile(r"\s{0,9}\|\s{0,9}")
_RULE: Final = re.compile(r"\|[|\s:-]{2,200}")
_NO_NAME: Final = re.compile(r"[:：\t]|[?!,;…]$|\w\w\.$")


def join_times(lines: Sequence[str]) -> list[str]:
    """Rewrite names beside times as `Name (time)`, if nearly all times of the text stand so and names return.

    The name stands above the time throughout, or behind or below it and above what is said.
    """
    parts = "\n".join(_TIME_AND_NAME.sub(r"\1\n\2", line) for line in lines).split("\n")
    times = {place: found.group(1) for place, part in enumerate(parts) if (found := _TIME.fullmatch(part))}
    above = {place: name for place in times if (name := _name_at(parts, place - 1))}
    below = {
        place: name
        for place in times
        if (name := _name_at(parts, place + 1)) and place + 2 not in times and _text_at(parts, place + 2)
    }
    step, names = max(((-1, above), (1, below)), key=lambda way: (len(way[1]), -len(set(way[1].values()))))
    if len(names) < _MOSTLY * len(times) or len(set(names.values())) == len(names):
        return list(lines)
    joined = {place + step: f"{name} ({times[place]})" for place, name in names.items()}
    return [joined.get(place, part) for place, part in enumerate(parts) if place not in names]


def space_colons(lines: Sequence[str]) -> list[str]:
    """Put a space behind a speaker's colon where there is none: `Ann:yes`.

    A name is one that has its space elsewhere, or names begin most lines so.
    """
    tight = {place: found for place, line in enumerate(lines) if (found := _TIGHT.match(line[:_LONGEST]))}
    tight = {place: found for place, found in tight.items() if could_be_name(found.group(2).strip())}
    if not tight:
        return list(lines)
    spaced = {label[0].casefold() for line in lines if (label := split_label(line))}
    names = {place: found.group(2).strip().casefold() for place, found in tight.items()}
    counts = Counter(names.values())
    throughout = len(tight) >= _THROUGHOUT * sum(any(map(str.isalpha, line)) for line in lines)
    return [
        f"{line[: tight[place].end()]} {line[tight[place].end() :]}"
        if place in tight and (names[place] in spaced or (throughout and counts[names[place]] > 1))
        else line
        for place, line in enumerate(lines)
    ]


def add_colons(lines: Sequence[str]) -> list[str]:
    """Add a colon after each speaker's name in a text without any; unchanged if nothing names a speaker.

    Looks for `Q.` and `A.`, for a table of Markdown, and for names that return: in brackets or before a dash at the
    beginning of nearly every line, in headings, in bold, or above nearly every paragraph, or in turn.
    """
    if {found.group(1) for line in lines if (found := _QUESTION.match(line))} == {"Q", "A"}:
        return [_QUESTION.sub(r"\1: ", line, count=1) for line in lines]
    if rows := {place for place in range(len(lines)) if _is_row(lines, place)}:
        return [_CELL_END.sub("\t", line.strip("| ")) if at in rows else line for at, line in enumerate(lines)]
    if apart := _names_apart(lines):
        return [f"{apart[at][0]}: {line[apart[at][1] :]}" if at in apart else line for at, line in enumerate(lines)]
    begins = [place for place, line in enumerate(lines) if line.strip() and not (place and lines[place - 1].strip())]
    marked = {place: name for place, line in enumerate(lines) if (name := _marked_name(line))}
    alone = {place: name for place in begins if _text_at(lines, place + 1) and (name := _name_at(lines, place))}
    for names, units in ((marked, list(marked)), (alone, begins)):
        counts = Counter(names.values())
        first = next((place for place, name in names.items() if counts[name] > 1), len(lines))
        speaking = {place: name for place, name in names.items() if place >= first}
        # A name that comes once may be a speaker's or a heading: nobody can tell, and the text stays as it is.
        if (
            len(set(speaking.values())) > 1
            and all(counts[name] > 1 for name in speaking.values())
            and (
                len(speaking) >= _MOSTLY * sum(place >= first for place in units)
                or all(before != after for before, after in pairwise(speaking.values()))
            )
        ):
            return [f"{speaking[place]}:" if place in speaking else line for place, line in enumerate(lines)]
    return list(lines)


def _names_apart(lines: Sequence[str]) -> Mapping[int, tuple[str, int]]:
    """Find the name and its end in each line that begins with one; empty unless nearly all do and names return."""
    found = {place: match for place, line in enumerate(lines) if (match := _APART.match(line))}
    names = {place: next(filter(None, match.groups())).strip() for place, match in found.items()}
    names = {place: name for place, name in names.items() if could_be_name(name)}
    counts = Counter(names.values())
    returning = {place: name for place, name in names.items() if counts[name] > 1}
    if len(set(returning.values())) < 2 or len(returning) < _MOSTLY * sum(bool(line.strip()) for line in lines):
        return {}
    return {place: (name, found[place].end()) for place, name in returning.items()}


def _is_row(lines: Sequence[str], place: int) -> bool:
    """Return whether a line is a row of a Markdown table, neither its head nor the rule below that."""
    line = _text_at(lines, place)
    is_framed = len(line) > 2 and line[0] == line[-1] == "|"
    return is_framed and not any(_RULE.fullmatch(below) for below in (line, _text_at(lines, place + 1)))


def _text_at(lines: Sequence[str], place: int) -> str:
    return lines[place].strip() if 0 <= place < len(lines) else ""


def _name_at(lines: Sequence[str], place: int) -> str:
    """Return the line where it is written as a name and not as a sentence, else nothing."""
    line = _text_at(lines, place)
    name = clean_name(line) if len(line) <= _LONGEST else ""
    return name if name and not _NO_NAME.search(name) and could_be_name(name) else ""


def _marked_name(line: str) -> str:
    found = _MARKED.fullmatch(line) if len(line) <= _LONGEST else None
    return _name_at([found.group(1) or found.group(2)], 0) if found else ""
