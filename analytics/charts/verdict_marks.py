"""Marks on charts for verdicts beside a judge's scores: another marker, both numbers in the table, and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from analytics.charts.style import Cell, Table
from analytics.formatting import quantity
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.skills import SKILL_KEYS, SKILLS

LAYER: Final = "Coaches’ verdicts"
SYMBOL: Final = "star-diamond"
_SIZE: Final = 13
_PATTERN: Final = "/"

Record = SkillRecord | ComparedRecord
# By interview and skill.
Scores = Mapping[tuple[int, str], SkillRecord] | Mapping[tuple[int, str | None], ComparedRecord]


def point_marks(symbol: str, size: int, records: Sequence[Record | None]) -> dict[str, Any]:
    """Return the markers of points, with another symbol for verdicts."""
    if not any(map(_is_drawn, records)):
        return {"symbol": symbol, "size": size}
    return {
        "symbol": [SYMBOL if _is_drawn(record) else symbol for record in records],
        "size": [_SIZE if _is_drawn(record) else size for record in records],
    }


def bar_marks(records: Sequence[Record | None]) -> dict[str, Any]:
    """Return the pattern of bars: stripes for verdicts; nothing without any."""
    if not any(map(_is_drawn, records)):
        return {}
    return {"pattern": {"shape": [_PATTERN if _is_drawn(record) else "" for record in records], "fillmode": "replace"}}


def columns(scores: Scores, interview_ids: Iterable[int]) -> Table:
    """Return verdict and judge's score of each skill side by side; skills without a verdict have no columns."""
    ids, table = list(interview_ids), Table()
    for skill in SKILLS:
        records = [scores.get((interview_id, skill.key)) for interview_id in ids]
        if any(record is not None and record.has_verdict for record in records):
            table[f"{skill.label}, verdict"] = [_verdict(record) for record in records]
            table[f"{skill.label}, judge"] = [
                None if record is None or record.score is None else round(record.score, 4) for record in records
            ]
    return table


def averages(history: Sequence[SkillRecord]) -> dict[str, float | None]:
    """Average the verdicts of each skill; empty without any."""
    given: dict[str, list[float]] = {key: [] for key in SKILL_KEYS}
    for record in history:
        if record.verdict is not None:
            given[record.skill].append(record.verdict)
    if not any(given.values()):
        return {}
    return {key: sum(scores) / len(scores) if scores else None for key, scores in given.items()}


def describe(records: Iterable[Record]) -> str:
    """Describe how many of the drawn numbers are verdicts; empty if none is."""
    count = sum(map(_is_drawn, records))
    return f" {quantity(count, 'is a verdict', 'are verdicts')} of a coach." if count else ""


def _is_drawn(record: Record | None) -> bool:
    return record is not None and record.verdict is not None


def _verdict(record: Record | None) -> Cell:
    if record is None or not record.has_verdict:
        return None
    return "not assessed" if record.verdict is None else round(record.verdict, 4)
