"""Changes of judge on a chart: a mark on the line, and the words about it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from itertools import pairwise
from typing import Any, Final, NamedTuple

from analytics.charts.style import INK
from analytics.formatting import day, number
from analytics.judges import Judge, change_words, names
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.skills import BY_KEY, SKILL_KEYS

# More marks than these in one field have no words: they would stand on each other.
_MOST_WORDS: Final = 3
_UNKNOWN: Final = "another judge"


class Step(NamedTuple):
    """A change of judge in a skill at an interview; `before` is the last record of the former judge."""

    before: SkillRecord
    first: SkillRecord
    words: str


def steps(records: Sequence[SkillRecord | None], judges: Mapping[str, Judge]) -> list[Step]:
    """Find the changes of judge among the records of one skill, in interview order."""
    scored = [record for record in records if record is not None and record.score is not None]
    return [
        Step(before, first, _words(before.judge, first.judge, judges))
        for before, first in pairwise(scored)
        if before.judge != first.judge
    ]


def _words(before: str, after: str, judges: Mapping[str, Judge]) -> str:
    if before in judges and after in judges:
        return change_words(judges[before], judges[after])
    return "scored by another judge"


def scorer(
    record: SkillRecord | ComparedRecord | None, judges: Mapping[str, Judge], zone: tzinfo, step: Step | None = None
) -> str:
    """Describe for a hover label who gave a score, and when; for a verdict with both numbers. Empty without a score."""
    if record is None or record.shown_score is None:
        return ""
    judge = judges.get(record.judge)
    label = html.escape(_UNKNOWN if judge is None else judge.label)
    if record.has_verdict:
        beside = "" if record.score is None else f"; {number(record.score)} by {label}"
        return f"Verdict of a coach{beside}"
    at = "" if record.judged_at is None else f" on {day(record.judged_at, zone)}"
    return f"From here {html.escape(step.words)}" if step is not None else f"Scored by {label}{at}"


def scorers(records: Sequence[SkillRecord | ComparedRecord], judges: Mapping[str, Judge]) -> str:
    """Return who scored one interview, for a table; by skill if that differs."""
    named = names(judges)
    by_skill = {
        record.skill: named.get(record.judge, _UNKNOWN)
        for record in records
        if record.skill is not None and record.score is not None
    }
    if len(set(by_skill.values())) <= 1:
        return next(iter(by_skill.values()), "–")
    return "; ".join(f"{BY_KEY[key].label}: {by_skill[key]}" for key in SKILL_KEYS if key in by_skill)


def write_scoring_days(records: Sequence[SkillRecord | ComparedRecord], zone: tzinfo) -> str:
    """Format the days on which one interview was scored, for a table; a dash if unknown."""
    moments = sorted(one.judged_at for one in records if one.score is not None and one.judged_at is not None)
    return ", ".join(dict.fromkeys(day(moment, zone) for moment in moments)) or "–"


def describe(history: Sequence[SkillRecord], judges: Mapping[str, Judge], zone: tzinfo) -> str:
    """Describe who gave the scores and where that changes; empty without scores."""
    scored = [record for record in history if record.score is not None]
    if not scored:
        return ""
    told: dict[tuple[str, str], list[str]] = {}
    for key in SKILL_KEYS:
        for step in steps([record for record in scored if record.skill == key], judges):
            told.setdefault((day(step.first.date, zone), step.words), []).append(BY_KEY[key].label)
    if not told:
        judge = judges.get(scored[-1].judge)
        return "" if judge is None else f" Scored by {judge.label}."
    everything = len({record.skill for record in scored})
    sentences = []
    for (date, words), skills in told.items():
        of_some = f" ({', '.join(skills)})" if len(skills) < everything else ""
        sentences.append(f" From {date} {words}{of_some}.")
    return "".join(sentences)


def marks(at: Sequence[tuple[str, str]], field: str) -> dict[str, list[dict[str, Any]]]:
    """Build the shapes and annotations of marks in a subplot: `at` holds dates and texts, `field` its number."""
    line = {"color": INK, "width": 1.5, "dash": "longdash"}
    told: dict[str, dict[str, None]] = {}
    for place, said in at:
        told.setdefault(place, {})[html.escape(said)] = None
    words = {place: "<br>".join(said) for place, said in told.items()}
    span = {"xref": f"x{field}", "yref": f"y{field} domain"}
    shapes = [{"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "line": line, **span} for place in words]
    annotations = [
        {
            "x": place, "y": 1, "text": "New judge", "hovertext": f"From here {words[place]}", "showarrow": False,
            "xanchor": "left", "yanchor": "top", "font": {"size": 11}, **span,
        }
        for place in words
    ]  # fmt: skip
    return {"shapes": shapes, "annotations": annotations if len(words) <= _MOST_WORDS else []}
