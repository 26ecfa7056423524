"""The pieces of the comparison page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics import charts
from analytics.access import Viewer
from analytics.charts import day, state_words
from analytics.queries import ComparedRecord, InterviewRow
from analytics.skills import SKILLS
from analytics.text import shortened
from pages.parts import data, filters
from pages.parts.text import counted, number, plain, signed

FEWEST: Final = 2
MOST: Final = charts.MOST_COMPARED


def at_most_six(records: Sequence[ComparedRecord]) -> list[ComparedRecord]:
    """Keep the first six interviews, and say what of the address is not shown."""
    asked = filters.identities("interviews")
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
    for place, record in enumerate(chosen, 1):
        others = [other.interview_id for other in chosen if other is not record]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                f"Take interview {place} out", icon=":material/close:", type="tertiary", key=f"out_{record.interview_id}",
                on_click=_compare, args=(others,), help="Take it out of the comparison",
            )  # fmt: skip
            st.page_link(
                "interview.py", label=f"**{place}** · {plain(record.interview_title, 60)}", icon="",
                query_params={"interview": str(record.interview_id)},
            )  # fmt: skip
            st.caption(f"{plain(record.candidate, 40)} · {day(record.date)}")
    return chosen


def add_interview(viewer: Viewer, chosen: Sequence[int]) -> None:
    """Let further interviews be added, of anybody the viewer may see."""
    if len(chosen) >= MOST:
        return
    opened = st.expander(
        "Add an interview", icon=":material/add:", expanded=not chosen, key="add", on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        user_id = _person(viewer)
        if user_id is None:
            return
        options = {row.interview_id: row for row in data.interviews_of(viewer, user_id) if row.interview_id not in chosen}
        added = st.multiselect(
            "Interviews",
            list(options),
            format_func=lambda interview_id: _named(options[interview_id]),
            max_selections=MOST - len(chosen),
            key=f"adding_{user_id}",
            placeholder="Choose interviews",
        )
        st.button(
            "Add", icon=":material/add:", type="primary", disabled=not added, on_click=_compare, args=([*chosen, *added],)
        )


def too_few(count: int) -> None:
    """Say how to begin."""
    st.info(
        f"{'One interview is' if count else 'No interview is'} chosen. Add {'another' if count else 'two'} here, or tick "
        f"{FEWEST} to {MOST} in the list of a candidate.",
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


def differences(records: Sequence[ComparedRecord], baseline: int) -> None:
    """Show each score with its difference from the baseline's."""
    ids = list(dict.fromkeys(record.interview_id for record in records))
    scores = {(record.interview_id, record.skill): record for record in records}
    first = {record.interview_id: record for record in records}
    table: dict[str, list[str]] = {"Skill": [skill.label for skill in SKILLS] + ["**Overall**"]}
    overall = {
        interview_id: charts.overall_of(r for r in records if r.interview_id == interview_id) for interview_id in ids
    }
    for place, interview_id in enumerate(ids, 1):
        cells = []
        for skill in SKILLS:
            found = scores.get((interview_id, skill.key)) or first[interview_id]
            before = scores.get((baseline, skill.key))
            cells.append(_cell(found, before, is_baseline=interview_id == baseline))
        mean, base = overall[interview_id], overall[baseline]
        cells.append(_difference(mean, base, is_baseline=interview_id == baseline))
        table[f"{place}{' · baseline' if interview_id == baseline else ''}"] = cells
    st.table(table, hide_index=True, border="horizontal", alt="Scores and differences from the baseline")


def _cell(found: ComparedRecord, before: ComparedRecord | None, *, is_baseline: bool) -> str:
    if found.score is None:
        return f":gray[{state_words(found.state, found.reason)}]"
    return _difference(found.score, before.score if before else None, is_baseline=is_baseline)


def _difference(score: float | None, before: float | None, *, is_baseline: bool) -> str:
    if score is None or before is None or is_baseline:
        return number(score)
    return f"{number(score)} **({signed(score - before)})**"


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
