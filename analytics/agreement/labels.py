"""Levels that people gave elsewhere, imported from a CSV with the columns `id, skill, level`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access.audit import record
from analytics.access.viewer import NotAllowedError, Viewer, scope
from analytics.agreement.pairs import read_labels
from analytics.columns import LARGEST_ID, now
from analytics.database.agreement_tables import human_levels
from analytics.formatting import quantity
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from analytics.transcripts.encodings import decode
from analytics.transcripts.model import TranscriptError

COLUMNS: Final = ("id", "skill", "level")
LEVELS: Final = (1, 2, 3, 4, 5)
MOST_LINES: Final = 50_000
_MOST_PROBLEMS: Final = 100
_AT_ONCE: Final = 500


class LabelsError(ValueError):
    """A CSV that cannot be imported; the message has one sentence for each wrong line."""


class Label(NamedTuple):
    """A person's level of one skill of an interview, and its line in the file."""

    line: int
    interview_id: int
    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class LabelImport:
    """How many levels were imported, for how many interviews, and how many were already there."""

    levels: int
    interviews: int
    known: int

    @property
    def sentence(self) -> str:
        """Describe what was imported."""
        known = f" {quantity(self.known, 'level')} had been brought in before." if self.known else ""
        return f"Brought in {quantity(self.levels, 'level')} of {quantity(self.interviews, 'interview')}.{known}"


def import_labels(viewer: Viewer, db: Connection, data: bytes) -> LabelImport:
    """Import all levels of a CSV or none; raises `LabelsError` listing every wrong line.

    For coaches and admins, of interviews that they see and that are not their own. A level that differs from an earlier
    one of the same skill counts from now on; the earlier one stays in the table.
    """
    if not viewer.sees_others:
        raise NotAllowedError("Only coaches and admins may bring in levels.")
    problems: list[tuple[int, str]] = []
    labels = list(_read(data, problems))
    there = _interviews(viewer, db, {label.interview_id for label in labels})
    problems += [
        (label.line, f"there is no completed interview {label.interview_id} that you may judge.")
        for label in labels
        if label.interview_id not in there
    ]
    if problems:
        raise LabelsError(_describe_problems(problems))
    if not labels:
        raise LabelsError("The file holds no levels. Write one a line below the columns id, skill, level.")
    known = read_labels(db, there)
    new = [label for label in labels if known.get((label.interview_id, label.skill)) != label.level]
    moment = now()
    rows = [
        {
            "interview_id": label.interview_id,
            "skill": label.skill,
            "level": label.level,
            "brought_by": viewer.actor,
            # Not before the interview is there, whoever's clock is behind.
            "brought_at": max(moment, there[label.interview_id]),
        }
        for label in new
    ]
    if rows:
        db.execute(sa.insert(human_levels), rows)
        record(db, viewer.actor, "bring_in_levels", levels=len(rows))
    return LabelImport(len(rows), len({label.interview_id for label in new}), len(labels) - len(new))


def _read(data: bytes, problems: list[tuple[int, str]]) -> Iterator[Label]:
    try:
        text, _encoding = decode(data)
    except TranscriptError as error:
        raise LabelsError(str(error)) from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    said: dict[tuple[int, str], int] = {}
    try:
        names = [cell.strip().lower() for cell in next(reader, [])]
        if lacking := [name for name in COLUMNS if name not in names]:
            raise LabelsError(f"Line 1: a column is missing: {', '.join(lacking)}. The columns are id, skill, level.")
        if twice := [name for name in COLUMNS if names.count(name) > 1]:
            raise LabelsError(f"Line 1: a column appears twice: {', '.join(twice)}.")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if reader.line_num > MOST_LINES:
                raise LabelsError(f"The file is longer than {MOST_LINES:,} lines. Bring it in in parts.")
            if any(cell.strip() for cell in cells[len(names) :]):
                problems.append((reader.line_num, "there are more cells than columns."))
                continue
            label = _label(reader.line_num, dict(zip(names, cells, strict=False)))
            if isinstance(label, str):
                problems.append((reader.line_num, label))
                continue
            before = said.setdefault((label.interview_id, label.skill), label.line)
            if before != label.line:
                problems.append((label.line, f"line {before} says a level of this skill and interview already."))
                continue
            yield label
    except csv.Error as error:
        problems.append((reader.line_num, f"this line cannot be read as a table: {error}."))


def _label(line: int, row: Mapping[str, str]) -> Label | str:
    written, skill, level = (row.get(name, "").strip() for name in COLUMNS)
    if empty := [name for name in COLUMNS if not row.get(name, "").strip()]:
        return f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty."
    if not (written.isascii() and written.isdecimal() and 0 < int(written[:11]) <= LARGEST_ID):
        return f"{written[:40]!r} is no id of an interview; write the number in its address."
    key = skill.lower().replace(" ", "_").replace("-", "_")
    if key not in SKILL_KEYS:
        return f"{skill[:40]!r} is not a skill; write one of {', '.join(SKILL_KEYS)}."
    number = level.removesuffix(".0")
    if number not in {str(each) for each in LEVELS}:
        return f"the level {level[:20]!r} is not a whole number from 1 to 5."
    return Label(line, int(written), key, int(number))


def _interviews(viewer: Viewer, db: Connection, ids: set[int]) -> dict[int, datetime]:
    """Find the completed interviews that the viewer may judge, with the moment each was made."""
    found: dict[int, datetime] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        statement = sa.select(interviews.c.id, interviews.c.created_at).where(
            interviews.c.id.in_(wanted[start : start + _AT_ONCE]),
            interviews.c.status == "completed",
            interviews.c.user_id != (viewer.user_id or -1),
            scope(viewer.role, interviews.c.user_id),
        )
        found |= {row[0]: row[1] for row in db.execute(statement, dict(viewer.parameters))}
    return found


def _describe_problems(problems: Sequence[tuple[int, str]]) -> str:
    told = [f"Line {line}: {what}" for line, what in sorted(problems)[:_MOST_PROBLEMS]]
    more = [f"... and {len(problems) - _MOST_PROBLEMS:,} more."] if len(problems) > _MOST_PROBLEMS else []
    return "\n".join(["Nothing was brought in. Correct these lines and bring in the file again.", *told, *more])
