"""The parts of the comparison page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.candidate import skill_trends
from analytics.charts import comparison
from analytics.formatting import change, number, quantity, state_words
from analytics.interviewlab.feedback import State
from analytics.judges import are_several
from analytics.queries.interviews import ComparedRecord, InterviewRow
from analytics.queries.tags import tags_of
from analytics.skills import BY_KEY, CODE_KEYS, SKILLS
from analytics.text import shorten
from analytics.trends import analysis
from analytics.trends.wording import variation
from analytics.views.comparison import ClaimChanges, SaidClaim, Scatter
from pages.parts import address, reads
from pages.parts.markdown import plain
from pages.parts.times import day

FEWEST: Final = 2
MOST: Final = comparison.MOST_COMPARED
WIDGETS: Final = ("by_change",)
_OTHER_JUDGE: Final = "another judge"
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
        "Add an interview", icon=":material/add:", expanded=not selection, key="add", on_change="rerun"
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


def differences(records: Sequence[ComparedRecord], baseline: int, scatter: Scatter) -> None:
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
    margins = {skill.label: margin(scatter.by_skill[skill.key]) for skill in SKILLS}
    st.caption(variation(margins, of_one=scatter.own))
    for note in _notes(records, baseline, scatter):
        st.caption(f":material/info: {note}")


def choose_sorting() -> bool:
    """Offer to sort the skills by their difference from the baseline."""
    return st.toggle("Sort by size of change", key="by_change", bind="query-params")


def two_of(chosen: Sequence[ComparedRecord], baseline: int) -> tuple[ComparedRecord, ComparedRecord]:
    """Return the baseline and the interview beside it: the only other one, or a chosen one."""
    before = next(record for record in chosen if record.interview_id == baseline)
    others = [record for record in chosen if record is not before]
    if len(others) == 1:
        return before, others[0]
    names = {record.interview_id: f"{day(record.date)} · {shorten(record.interview_title, 60)}" for record in others}
    picked = st.selectbox(
        "Beside the baseline",
        list(names),
        format_func=names.__getitem__,
        key="beside",
        width=420,
        index=len(others) - 1,
    )
    return before, next(record for record in others if record.interview_id == picked)


def claim_changes(changes: Sequence[ClaimChanges], before: ComparedRecord, after: ComparedRecord) -> None:
    """Show each skill's claims in the first interview only, in the other only, and in both."""
    if not changes:
        st.caption("Neither interview has written feedback.")
        return
    heads = [f"Only {day(record.date)}: {plain(record.interview_title, 60)}" for record in (before, after)]
    if heads[0] == heads[1]:
        heads[1] += " (the other)"
    for each in changes:
        st.subheader(BY_KEY[each.skill].label, anchor=False)
        for column, head, claims in zip(st.columns(2), heads, (each.gone, each.new), strict=True):
            with column:
                _show_claims(head, claims)
        if each.kept:
            _show_claims("In both", each.kept)


def _show_claims(head: str, claims: Sequence[SaidClaim]) -> None:
    """Show claims one below the other, each with its quote."""
    signs = {"Strength": ":green[:material/add:]", "Weakness": ":orange[:material/remove:]"}
    lines = (
        f"{signs[claim.kind]} {plain(claim.text, 200)}{f' :gray[“{plain(claim.quote, 160)}”]' if claim.quote else ''}"
        for claim in claims
    )
    st.caption(head)
    st.markdown("  \n".join(lines) or ":gray[Nothing]")


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
    shown = f"({moved}{change(difference.before, difference.after)})"
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
    if mixed := sum(are_several(of) for of in _by_interview(records)):
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


def _by_interview(records: Sequence[ComparedRecord]) -> list[list[ComparedRecord]]:
    ids = dict.fromkeys(record.interview_id for record in records)
    return [[record for record in records if record.interview_id == one] for one in ids]


def _person(viewer: Viewer) -> int | None:
    if not viewer.sees_others:
        return viewer.user_id
    search = st.text_input("Candidate", key="adding_search", type="search", placeholder="Name or e-mail", live="300ms")
    people = {row.user_id: f"{row.name} · {row.email}" for row in reads.search_candidates(viewer, search or "")}
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
