"""The interviews of a candidate: the latest few, and all to open or compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import streamlit as st

from analytics import formatting
from analytics.candidate import skill_trends
from analytics.charts import comparison
from analytics.formatting import number, quantity, rounded
from analytics.interviewlab.feedback import State
from analytics.judges import are_several
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import InterviewRow
from analytics.skills import SKILLS
from analytics.text import visible
from analytics.views.candidate import CandidateView
from pages.parts import times
from pages.parts.markdown import plain

FEWEST, MOST = 2, comparison.MOST_COMPARED
LATEST: Final = 3
# So high that fifteen interviews are shown, and printed, whole.
_HIGHEST: Final = 38 + 35 * 15


def show_latest(view: CandidateView) -> None:
    """Link to the newest completed interviews, and to the usual comparisons."""
    scores = _overall_scores(view.history)
    completed = [row for row in view.interviews if row.status == "completed"]
    with st.grid(LATEST, min_column_width=320, gap="small"):
        for row in completed[:LATEST]:
            st.page_link(
                "interview.py", icon=":material/forum:", help="",
                label=_label(row, scores.get(row.interview_id)),
                query_params={"interview": str(row.interview_id)},
            )  # fmt: skip
    # Of one scale only: what another judge scored is neither better nor worse.
    compared = _overall_scores(view.told)
    ranked = sorted((score, interview_id) for interview_id, score in compared.items() if score is not None)
    if len(ranked) < FEWEST:
        return
    ends = [interview_id for interview_id, score in compared.items() if score is not None]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pairs = {"Best against worst": (ranked[-1][1], ranked[0][1]), "First against latest": (ends[0], ends[-1])}
        # Of two there is one pair.
        for label, pair in list(pairs.items())[len(ranked) == FEWEST :]:
            st.page_link(
                "compare.py", label=label, icon=":material/bar_chart:", help="",
                query_params={"interviews": ",".join(map(str, pair))},
            )  # fmt: skip


def _label(row: InterviewRow, score: float | None) -> str:
    told = [times.day(row.date), *([] if score is None else [number(score)]), plain(row.title, 255)]
    return " · ".join(told)


def _overall_scores(records: Sequence[SkillRecord]) -> dict[int, float | None]:
    """Return the overall score of each interview, in the order of the records."""
    by_interview: dict[int, list[SkillRecord]] = {}
    for record in records:
        by_interview.setdefault(record.interview_id, []).append(record)
    return {interview_id: skill_trends.overall_of(of) for interview_id, of in by_interview.items()}


def show_all(view: CandidateView, *, yours: bool) -> None:
    """List the interviews; one can be opened, two to six compared."""
    if not view.interviews:
        return
    st.header("Your interviews" if yours else "Interviews", anchor=False)
    scores: dict[int, dict[str, SkillRecord]] = {}
    for record in view.history:
        scores.setdefault(record.interview_id, {})[record.skill] = record
    rows, zone = view.interviews, times.zone()
    table: dict[str, Sequence[Any]] = {
        "Date": [formatting.day(row.date, zone) for row in rows],
        "Title": [visible(row.title) for row in rows],
        "Overall": [rounded(skill_trends.overall_of(scores.get(row.interview_id, {}).values())) for row in rows],
        "Status": [
            "rate first" if row.interview_id in view.hidden else _status(row.status, scores.get(row.interview_id))
            for row in rows
        ],
    }
    for skill in SKILLS:
        table[skill.label] = [_score(scores.get(row.interview_id, {}).get(skill.key)) for row in rows]
    with st.container(key="wide"):
        _selectable(table, rows, "Your interviews" if yours else f"Interviews of {view.candidate.name}")
    with st.container(key="narrow"):
        st.markdown("\n".join(_line(row, place, table) for place, row in enumerate(rows)))
    if mixed := sum(are_several(of.values()) for of in scores.values()):
        st.caption(
            f":material/gavel: The overall score of {quantity(mixed, 'interview')} weighs skills that several judges "
            "scored. The numbers behind Progression say who scored what."
        )


def _line(row: InterviewRow, place: int, table: Mapping[str, Sequence[Any]]) -> str:
    """Write an interview, which it leads to, with its scores below."""
    about = f"{table['Date'][place]} · {plain(row.title, 60)}"
    words = [f"{name} {number(table[name][place])}" for name in ("Overall", *(skill.label for skill in SKILLS))]
    if table["Status"][place] != row.status:
        words.insert(0, table["Status"][place])
    return f"* [{about}](interview?interview={row.interview_id})  \n  :small[{' · '.join(words)}]"


def _selectable(table: Mapping[str, Sequence[Any]], rows: Sequence[InterviewRow], alt: str) -> None:
    """Show the interviews as a table; one that is ticked opens, two to six are compared."""
    # Ticks are of places: they must not stay when other interviews stand there.
    listed = sha256(",".join(str(row.interview_id) for row in rows).encode()).hexdigest()[:16]
    event = st.dataframe(
        table,
        key=f"interviews_list_{listed}",
        hide_index=True,
        height=min(_HIGHEST, 38 + 35 * len(rows)),
        on_select="rerun",
        selection_mode="multi-row",
        placeholder="–",
        alt=alt,
        column_config={
            "Title": st.column_config.TextColumn(width=260),
            **{
                name: st.column_config.NumberColumn(format="%.2f", width=112)
                for name in ("Overall", *(skill.label for skill in SKILLS))
            },
        },
    )
    selection = [rows[place].interview_id for place in event.selection.rows]
    with st.container(key="list_actions", horizontal=True, vertical_alignment="center"):
        if st.button("Open", icon=":material/open_in_new:", disabled=len(selection) != 1):
            st.switch_page("interview.py", query_params={"interview": str(selection[0])})
        if len(rows) >= FEWEST and st.button(
            "Compare", icon=":material/bar_chart:", type="primary", disabled=not FEWEST <= len(selection) <= MOST
        ):
            st.switch_page("compare.py", query_params={"interviews": ",".join(map(str, reversed(selection)))})
        st.caption(_hint(len(selection), len(rows)))


def _hint(count: int, of: int) -> str:
    if of < FEWEST:
        return "" if count else "Select it to open it."
    if count > MOST:
        return f"At most {MOST} can be compared; {count} are selected."
    return f"{quantity(count, 'interview')} selected. Select one to open it, {FEWEST} to {MOST} to compare them."


def _score(record: SkillRecord | None) -> float | None:
    return rounded(record.score) if record else None


def _status(status: str, records: dict[str, SkillRecord] | None) -> str:
    if status == "completed" and not records:
        return "not scored yet"
    if records and any(record.state == State.FAILED for record in records.values()):
        return "scoring failed"
    return formatting.STATUS_WORDS.get(status, visible(status))
