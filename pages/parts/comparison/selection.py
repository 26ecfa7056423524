"""Choose which interviews stand side by side, and against which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.charts import comparison
from analytics.formatting import quantity
from analytics.queries.interviews import ComparedRecord, InterviewRow
from analytics.queries.tags import tags_of
from analytics.text import shorten
from pages.parts import address, reads
from pages.parts.markdown import plain
from pages.parts.times import day

FEWEST: Final = 2
MOST: Final = comparison.MOST_COMPARED
# More ids than this in one address are a mistake.
MOST_ASKED: Final = 50


def at_most_six(records: Sequence[ComparedRecord]) -> list[ComparedRecord]:
    """Keep the first six interviews, and say which of the address are not shown."""
    asked = address.identities("interviews")[:MOST_ASKED]
    seen = list(dict.fromkeys(record.interview_id for record in records))
    missing = len(asked) - len(seen)
    if missing:
        st.warning(
            f"{quantity(missing, 'interview')} in the address {'does' if missing == 1 else 'do'} not exist, or you do "
            "not have access."
        )
    if len(seen) > MOST:
        st.warning(f"At most {MOST} interviews can be compared; these are the first {MOST}.")
    return [record for record in records if record.interview_id in seen[:MOST]]


def chosen_interviews(records: Sequence[ComparedRecord], *, among: Sequence[int]) -> list[ComparedRecord]:
    """List the interviews by the number of their bars; each can be opened, and removed from `among`."""
    selection = list({record.interview_id: record for record in records}.values())
    listed = st.container(gap=None)
    for place, record in enumerate(selection, 1):
        others = [other for other in dict.fromkeys(among) if other != record.interview_id]
        with listed.container(horizontal=True, vertical_alignment="center", gap="small", key=f"named_{place}"):
            st.button(
                ":material/close:", type="tertiary", key=f"out_{record.interview_id}",
                on_click=_compare, args=(others,), help=f"Remove interview {place}",
            )  # fmt: skip
            st.page_link(
                "interview.py", label=f"**{place}** · {plain(record.interview_title, 60)}", icon="",
                query_params={"interview": str(record.interview_id)},
            )  # fmt: skip
            st.caption(f"{plain(record.candidate, 40)} · {day(record.date)}", width="content")
    return selection


def add_interview(viewer: Viewer, selection: Sequence[int]) -> None:
    """Offer to add interviews of anybody the viewer may see."""
    if len(selection) >= MOST:
        return
    expander = st.expander(
        "Add to the comparison", icon=":material/add:", expanded=not selection, key="add", on_change="rerun"
    )
    if not expander.open:
        return
    with expander:
        user_id = _person(viewer)
        if user_id is None:
            return
        kind = _kind(viewer, user_id)
        options = {
            row.interview_id: row
            for row in reads.interviews_of(viewer, user_id)
            if row.interview_id not in selection and (kind is None or row.interview_id in kind)
        }
        added = st.multiselect(
            "Interviews",
            list(options),
            format_func=lambda interview_id: _name_row(options[interview_id]),
            max_selections=MOST - len(selection),
            key=f"adding_{user_id}",
            placeholder="Choose interviews",
        )
        st.button(
            "Add",
            icon=":material/add:",
            type="primary",
            disabled=not added,
            on_click=_compare,
            args=([*selection, *added],),
        )


def too_few(count: int) -> None:
    """Show how to begin."""
    st.info(
        f"Add {'another interview' if count else 'two interviews'} to compare.",
        icon=":material/bar_chart:",
    )


def baseline(selection: Sequence[ComparedRecord]) -> int:
    """Ask which interview the others are compared with; the first by default."""
    ids = [record.interview_id for record in selection]
    names = {
        record.interview_id: f"{place} · {day(record.date)} · {shorten(record.interview_title, 60)}"
        for place, record in enumerate(selection, 1)
    }
    asked = address.identity("baseline")
    if st.query_params.get("baseline") and asked not in ids:
        st.warning("The baseline in the address is not one of these interviews; the first one takes its place.")
    st.session_state["baseline_choice"] = asked if asked in ids else ids[0]
    return st.selectbox(
        "Baseline", ids, format_func=names.__getitem__, key="baseline_choice", width=420,
        on_change=lambda: address.write_address(baseline=st.session_state["baseline_choice"]),
    )  # fmt: skip


def by_interview(records: Sequence[ComparedRecord]) -> list[list[ComparedRecord]]:
    """Group records by their interview."""
    ids = dict.fromkeys(record.interview_id for record in records)
    return [[record for record in records if record.interview_id == one] for one in ids]


def _person(viewer: Viewer) -> int | None:
    if not viewer.sees_others:
        return viewer.user_id
    search = st.text_input("Candidate", key="adding_search", type="search", placeholder="Name or e-mail", live="300ms")
    people = {row.user_id: f"{row.name} · {row.email}" for row in reads.people(viewer, search or "")}
    if not people:
        st.caption("No candidates match." if search else "No candidates yet.")
        return None
    return st.selectbox(
        "Choose a candidate",
        list(people),
        format_func=lambda user_id: shorten(people[user_id], 90),
        key="adding_person",
    )


def _kind(viewer: Viewer, user_id: int) -> set[int] | None:
    """Offer the kinds of interviews, where any are known; return the interviews of the one chosen, None for all."""
    with reads.reading() as db:
        tags = tags_of(viewer, db, user_id)
    kinds = sorted({one.kind for one in tags.values() if one.kind is not None})
    if not kinds:
        return None
    kind = st.selectbox(
        "Kind of interview", kinds, index=None, placeholder="All kinds", width=260, key=f"adding_kind_{user_id}"
    )
    return None if kind is None else {number for number, one in tags.items() if one.kind == kind}


def _name_row(row: InterviewRow) -> str:
    return f"{day(row.date)} · {shorten(row.title)}{'' if row.status == 'completed' else ' (not completed)'}"


def _compare(interview_ids: Sequence[int]) -> None:
    address.write_address(interviews=",".join(map(str, interview_ids)) or None)
