"""The pieces of the comparison page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics import charts, trends
from analytics.access import Viewer
from analytics.charts import state_words
from analytics.feedback import State
from analytics.queries import ComparedRecord, InterviewRow
from analytics.skills import SKILLS
from analytics.text import shortened
from pages.parts import data, filters
from pages.parts.data import Comparison
from pages.parts.local import day
from pages.parts.text import counted, number, plain, signed

FEWEST: Final = 2
MOST: Final = charts.MOST_COMPARED
# More ids than this in one address are a mistake.
MOST_ASKED: Final = 50


def at_most_six(records: Sequence[ComparedRecord]) -> list[ComparedRecord]:
    """Keep the first six interviews, and say what of the address is not shown."""
    asked = filters.identities("interviews")[:MOST_ASKED]
    seen = list(dict.fromkeys(record.interview_id for record in records))
    missing = len(asked) - len(seen)
    if missing:
        st.warning(
            f"{counted(missing, 'interview')} of the address {'does' if missing == 1 else 'do'} not exist, or you may "
            "not see them."
        )
    if len(seen) > MOST:
        st.warning(f"At most {MOST} interviews can be compared; these are the first {MOST}.")
    return [record for record in records if record.interview_id in seen[:MOST]]


def chosen_interviews(records: Sequence[ComparedRecord]) -> list[ComparedRecord]:
    """List the interviews by the number their bars carry; each can be opened and taken out."""
    chosen = list({record.interview_id: record for record in records}.values())
    listed = st.container(gap=None)
    for place, record in enumerate(chosen, 1):
        others = [other.interview_id for other in chosen if other is not record]
        with listed.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                ":material/close:", type="tertiary", key=f"out_{record.interview_id}",
                on_click=_compare, args=(others,), help=f"Take interview {place} out of the comparison",
            )  # fmt: skip
            st.page_link(
                "interview.py", label=f"**{place}** · {plain(record.interview_title, 60)}", icon="",
                query_params={"interview": str(record.interview_id)},
            )  # fmt: skip
            st.caption(f"{plain(record.candidate, 40)} · {day(record.date)}", width="content")
    return chosen


def add_interview(viewer: Viewer, chosen: Sequence[int]) -> None:
    """Let further interviews be added, of anybody the viewer may see."""
    if len(chosen) >= MOST:
        return
    opened = st.expander("Add an interview", icon=":material/add:", expanded=not chosen, key="add", on_change="rerun")
    if not opened.open:
        return
    with opened:
        user_id = _person(viewer)
        if user_id is None:
            return
        options = {
            row.interview_id: row for row in data.interviews_of(viewer, user_id) if row.interview_id not in chosen
        }
        added = st.multiselect(
            "Interviews",
            list(options),
            format_func=lambda interview_id: _named(options[interview_id]),
            max_selections=MOST - len(chosen),
            key=f"adding_{user_id}",
            placeholder="Choose interviews",
        )
        st.button(
            "Add",
            icon=":material/add:",
            type="primary",
            disabled=not added,
            on_click=_compare,
            args=([*chosen, *added],),
        )


def too_few(count: int) -> None:
    """Say how to begin."""
    st.info(
        f"{'One interview is' if count else 'No interview is'} chosen. Add {'another' if count else 'two'} here, or "
        f"tick {FEWEST} to {MOST} in the list of a candidate.",
        icon=":material/bar_chart:",
    )


def baseline(chosen: Sequence[ComparedRecord]) -> int:
    """Let the interview be chosen that the others are compared with; the first is the default."""
    ids = [record.interview_id for record in chosen]
    names = {
        record.interview_id: f"{place} · {shortened(record.interview_title, 60)} · {day(record.date)}"
        for place, record in enumerate(chosen, 1)
    }
    asked = filters.identity("baseline")
    if st.query_params.get("baseline") and asked not in ids:
        st.warning("The baseline in the address is not one of these interviews; the first one takes its place.")
    st.session_state["baseline_choice"] = asked if asked in ids else ids[0]
    return st.selectbox(
        "Baseline", ids, format_func=names.__getitem__, key="baseline_choice", width=420,
        on_change=lambda: filters.remember(baseline=st.session_state["baseline_choice"]),
    )  # fmt: skip


def differences(records: Sequence[ComparedRecord], baseline: int, compared: Comparison) -> None:
    """Show each score with its difference from the baseline's, grey where that is within the scatter of scores."""
    ids = list(dict.fromkeys(record.interview_id for record in records))
    scores = {(record.interview_id, record.skill): record for record in records}
    first = {record.interview_id: record for record in records}
    table: dict[str, list[str]] = {"Skill": [skill.label for skill in SKILLS] + ["Overall"]}
    for place, interview_id in enumerate(ids, 1):
        cells = []
        for skill in SKILLS:
            found = scores.get((interview_id, skill.key), first[interview_id])
            before = scores.get((baseline, skill.key))
            cells.append(_cell(found, None if interview_id == baseline else before, compared.scatter[skill.key]))
        mean, base = (
            charts.overall_of(r for r in records if r.interview_id == one) for one in (interview_id, baseline)
        )
        difference = "" if interview_id == baseline or mean is None or base is None else f" ({signed(mean - base)})"
        cells.append(f"{number(mean)}{difference}")
        table[f"{place}{' · baseline' if interview_id == baseline else ''}"] = cells
    st.table(table, hide_index=True, border="horizontal", alt="Scores and differences from the baseline")
    least = ", ".join(f"{skill.label.lower()} {margin(compared.scatter[skill.key]):.2f}" for skill in SKILLS)
    whose = "this candidate's scores" if compared.of_one else "scores in general"
    st.caption(f"Bold: more than the scatter of {whose} explains (95%). Grey: within it. What counts: {least}.")
    for note in _notes(records):
        st.caption(f":material/info: {note}")


def margin(scatter: tuple[float, float]) -> float:
    """Give the least difference of two scores that counts."""
    return float(trends.compare(0.0, 0.0, *scatter).margin)


def _cell(found: ComparedRecord, before: ComparedRecord | None, scatter: tuple[float, float]) -> str:
    if found.score is None:
        return f":gray[{state_words(found.state)}]"
    if before is None or before.score is None:
        return number(found.score)
    difference = found.score - before.score
    counts = abs(difference) > margin(scatter)
    return (
        f"{number(found.score)} **({signed(difference)})**"
        if counts
        else f"{number(found.score)} :gray[({signed(difference)})]"
    )


def _notes(records: Sequence[ComparedRecord]) -> list[str]:
    notes = []
    coded = {record.interview_id for record in records if record.skill == "code_quality" and record.score is not None}
    if coded and len(coded) < len({record.interview_id for record in records}):
        notes.append(
            "Some of these interviews were with code and some without, so they may not have asked for the same. "
            "Overall then weighs different skills."
        )
    if any(record.state == State.FAILED for record in records):
        notes.append("At least one of these interviews could not be scored in full.")
    if len({record.user_id for record in records}) > 1:
        notes.append("These are interviews of different people, who may have been asked different things.")
    return notes


def _person(viewer: Viewer) -> int | None:
    if not viewer.sees_others:
        return viewer.user_id
    search = st.text_input("Candidate", key="adding_search", type="search", placeholder="Name or e-mail", live="300ms")
    people = {row.user_id: f"{row.name} · {row.email}" for row in data.found(viewer, search or "")}
    if not people:
        st.caption("Nobody of that name.")
        return None
    return st.selectbox(
        "Candidate found", list(people), format_func=lambda user_id: shortened(people[user_id], 90), key="adding_person"
    )


def _named(row: InterviewRow) -> str:
    return f"{day(row.date)} · {shortened(row.title)}{'' if row.status == 'completed' else ' (not completed)'}"


def _compare(interview_ids: Sequence[int]) -> None:
    filters.remember(interviews=",".join(map(str, interview_ids)) or None)
