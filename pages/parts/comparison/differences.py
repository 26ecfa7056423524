"""Differences of the scores, with what counts against reading them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.candidate import skill_trends
from analytics.formatting import change, number, quantity, signed_number, state_words
from analytics.interviewlab.feedback import State
from analytics.judges import are_several
from analytics.queries.interviews import ComparedRecord
from analytics.skills import CODE_KEYS, SKILLS
from analytics.trends import analysis
from analytics.trends.wording import variation
from analytics.views.comparison import Scatter
from pages.parts.comparison.selection import by_interview

WIDGETS: Final = ("by_change",)
_OTHER_JUDGE: Final = "another judge"


def choose_sorting() -> bool:
    """Offer to sort the skills by their difference from the baseline."""
    return st.toggle("Sort by size of change", key="by_change", bind="query-params")


def show_differences(records: Sequence[ComparedRecord], baseline: int, scatter: Scatter) -> None:
    """Show each score with its difference from the baseline's, grey if within noise."""
    ids = list(dict.fromkeys(record.interview_id for record in records))
    scores = {(record.interview_id, record.skill): record for record in records}
    first = {record.interview_id: record for record in records}
    table: dict[str, list[str]] = {"Skill": [skill.label for skill in SKILLS] + ["Overall"]}
    for place, interview_id in enumerate(ids, 1):
        cells = []
        for skill in SKILLS:
            score = scores.get((interview_id, skill.key), first[interview_id])
            before = scores.get((baseline, skill.key))
            cells.append(_cell(score, None if interview_id == baseline else before, scatter))
        mean, base = (
            skill_trends.overall_of(r for r in records if r.interview_id == one) for one in (interview_id, baseline)
        )
        apart = interview_id == baseline or _of_two_judges(records, baseline, interview_id)
        difference = "" if apart or mean is None or base is None else f" ({change(base, mean)})"
        cells.append(f"{number(mean)}{difference}")
        table[f"{place}{' · baseline' if interview_id == baseline else ''}"] = cells
    st.table(table, hide_index=True, border="horizontal", alt="Scores and differences from the baseline")
    if any(interview_id != baseline for interview_id, _ in scatter.differences(records, baseline)):
        margins = {skill.label: margin(scatter.by_skill[skill.key]) for skill in SKILLS}
        st.caption(variation(margins, of_one=scatter.own))
    for note in _notes(records, baseline, scatter):
        st.caption(f":material/info: {note}")


def margin(scatter: tuple[float, float]) -> float:
    """Return the least difference of two scores that counts."""
    return float(analysis.compare(0.0, 0.0, *scatter).margin)


def _cell(record: ComparedRecord, before: ComparedRecord | None, scatter: Scatter) -> str:
    if record.score is None:
        return f":gray[{state_words(record.state)}]"
    if before is None or before.score is None:
        return number(record.score)
    difference = scatter.difference(before, record)
    if difference is None:
        return f"{number(record.score)} :gray[({_OTHER_JUDGE})]"
    moved = "≈ " if difference.moved else ""
    shown = f"({moved}{signed_number(difference.change)})"
    return f"{number(record.score)} {f'**{shown}**' if difference.counts else f':gray[{shown}]'}"


def _notes(records: Sequence[ComparedRecord], baseline: int, scatter: Scatter) -> list[str]:
    notes = []
    scores = {(record.interview_id, record.skill): record for record in records if record.score is not None}
    pairs = [
        (scores[baseline, record.skill], record) for record in scores.values() if (baseline, record.skill) in scores
    ]
    across = [scatter.difference(*pair) for pair in pairs if pair[0].judge != pair[1].judge]
    if None in across:
        notes.append("Scores of two judges cannot be compared, so there is no difference between them.")
    if mixed := sum(are_several(of) for of in by_interview(records)):
        notes.append(f"The overall score of {quantity(mixed, 'interview')} weighs skills that several judges scored.")
    if any(across):
        notes.append("≈ Given by another judge than the baseline's, and compared on one scale.")
    if any(record.has_verdict for record in records):
        notes.append("Differences are between the judge's scores, not between coaches' verdicts.")
    coded = {record.interview_id for record in records if record.skill in CODE_KEYS and record.score is not None}
    if coded and len(coded) < len({record.interview_id for record in records}):
        notes.append("Some interviews had code and some did not, so their overall scores weigh different skills.")
    if any(record.state == State.FAILED for record in records):
        notes.append("At least one of these interviews could not be scored in full.")
    if len({record.user_id for record in records}) > 1:
        notes.append("These are different candidates, who may have been asked different questions.")
    return notes


def _of_two_judges(records: Sequence[ComparedRecord], *interview_ids: int) -> bool:
    return are_several(record for record in records if record.interview_id in interview_ids)
