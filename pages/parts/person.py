"""The pieces of a candidate's page; with `yours` they speak to the candidate."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from analytics import charts
from analytics.feedback import State
from analytics.outlook import Recommendation, Trend
from analytics.queries import SkillRecord
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILLS, overall
from analytics.text import visible
from pages.parts import cards, local
from pages.parts.data import CandidatePage
from pages.parts.text import counted, give_or_take, number, plain

FEWEST, MOST = 2, charts.MOST_COMPARED
TREND_ICONS: Final = {
    Trend.IMPROVING: ":green[:material/trending_up:]",
    Trend.DECLINING: ":red[:material/trending_down:]",
    Trend.STEADY: ":material/trending_flat:",
    Trend.NOT_ENOUGH_EVIDENCE: ":material/question_mark:",
}
STATUS_WORDS: Final = {
    "pending": "not started",
    "in_progress": "in progress",
    "completed": "completed",
    "cancelled": "cancelled",
}


def figures(shown: CandidatePage) -> None:
    """Show the figures at the top of the page."""
    completed = [row for row in shown.interviews if row.status == "completed"]
    averages = {key: outlook.average for key, outlook in shown.outlooks.items()}
    ranked = sorted((average, key) for key, average in averages.items() if average is not None)
    mean = overall(averages)
    with st.grid(5, min_column_width=150):
        st.metric("Interviews", len(completed), help=f"Completed; {len(shown.interviews)} in all", **_FIGURE)
        st.metric("Last interview", local.day(completed[0].date if completed else None), **_FIGURE)
        st.metric("Overall average", number(mean), help=_OVERALL_HELP, **_FIGURE)
        for word, (average, key) in zip(
            ("Strongest", "Weakest"), (ranked[-1], ranked[0]) if ranked else (), strict=False
        ):
            st.metric(word, number(average), BY_KEY[key].label, delta_color="off", delta_arrow="off", **_FIGURE)


_FIGURE: Final[dict[str, Any]] = {"border": True, "height": "stretch"}
_OVERALL_HELP: Final = (
    "From 0 to 1. Communication counts 25%, technical 30%, problem solving 25% and code quality 20%; a skill without "
    "scores is left out and the others count for more."
)


def nothing_scored(shown: CandidatePage, *, yours: bool) -> None:
    """Say what would fill the charts."""
    if shown.interviews:
        begun = "None of your interviews is" if yours else "No interview has been"
        said = f"{begun} completed and scored yet. The charts appear with the first one that is."
    else:
        none = "You have no interview yet. Your charts" if yours else "There is no interview yet. Charts"
        said = f"{none} appear once the first one is completed and scored."
    st.info(said, icon=":material/hourglass_empty:")


def work_on_next(shown: CandidatePage, *, yours: bool) -> None:
    """Say which skill to work on, why, how sure that is, and what the last breakdowns recommended."""
    step = shown.next_step
    if not step.skills:
        return
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(f"Work on next: {' or '.join(_label(key) for key in step.skills)}", icon=":material/flag:")
            cards.how()
        st.markdown(_why(shown, yours=yours))
        for recommendation in shown.recommendations:
            _recommendation(recommendation, yours=yours)


def sentences(shown: CandidatePage, *, yours: bool) -> None:
    """Say of each skill how it develops."""
    with st.grid(2, min_column_width=320, gap="small"):
        for skill in SKILLS:
            outlook = shown.outlooks[skill.key]
            sentence = outlook.own_sentence if yours else outlook.sentence
            st.markdown(f"{TREND_ICONS[outlook.trend]} {plain(sentence)}")


def interview_list(shown: CandidatePage, *, yours: bool) -> None:
    """List the interviews; two to six of them go to the comparison, one opens."""
    st.subheader("Your interviews" if yours else "Interviews", anchor=False)
    scores: dict[int, dict[str, SkillRecord]] = {}
    for record in shown.history:
        scores.setdefault(record.interview_id, {})[record.skill] = record
    rows, zone = shown.interviews, local.zone()
    table = {
        "Date": [charts.day(row.date, zone) for row in rows],
        "Title": [visible(row.title) for row in rows],
        "Overall": [charts.overall_of(scores.get(row.interview_id, {}).values()) for row in rows],
        "Status": [_status(row.status, scores.get(row.interview_id)) for row in rows],
    }
    for skill in SKILLS:
        table[skill.label] = [_score(scores.get(row.interview_id, {}).get(skill.key)) for row in rows]
    event = st.dataframe(
        table,
        key="interviews_list",
        hide_index=True,
        height=min(420, 38 + 35 * len(rows)),
        on_select="rerun",
        selection_mode="multi-row",
        placeholder="–",
        alt="Your interviews" if yours else f"Interviews of {shown.candidate.name}",
        column_config={
            "Title": st.column_config.TextColumn(width=260),
            **{
                name: st.column_config.NumberColumn(format="%.2f", width=90)
                for name in ("Overall", *(skill.label for skill in SKILLS))
            },
        },
    )
    chosen = [rows[place].interview_id for place in event.selection.rows]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open", icon=":material/open_in_new:", disabled=len(chosen) != 1):
            st.switch_page("interview.py", query_params={"interview": str(chosen[0])})
        if st.button(
            "Compare", icon=":material/bar_chart:", type="primary", disabled=not FEWEST <= len(chosen) <= MOST
        ):
            st.switch_page("compare.py", query_params={"interviews": ",".join(map(str, reversed(chosen)))})
        st.caption(_hint(len(chosen)))


def _hint(chosen: int) -> str:
    if chosen > MOST:
        return f"At most {MOST} can be compared; {chosen} are ticked."
    return f"{counted(chosen, 'interview')} ticked. Tick one to open it, {FEWEST} to {MOST} to compare them."


def _score(record: SkillRecord | None) -> float | None:
    return record.score if record else None


def _status(status: str, records: dict[str, SkillRecord] | None) -> str:
    if status == "completed" and not records:
        return "not scored yet"
    if records and any(record.state == State.FAILED for record in records.values()):
        return "scoring failed"
    return STATUS_WORDS.get(status, visible(status))


def _label(key: str) -> str:
    return BY_KEY[key].label


def _why(shown: CandidatePage, *, yours: bool) -> str:
    step, targets = shown.next_step, settings().targets
    first = step.skills[0]
    gap = step.gaps[first]
    target = f"{targets[first]:.2f}"
    if gap <= 0:
        every = "Each of your skills" if yours else "Every skill"
        return f"{every} has reached its target; {_label(first).lower()} is the closest to it ({target})."
    level = give_or_take(shown.outlooks[first].current, shown.outlooks[first].current_error)
    stands = f"{_label(first)}: you stand" if yours else f"{_label(first)} stands"
    why = f"{stands} at {level}, {gap:.2f} below {'your' if yours else 'its'} target of {target}."
    sure = f"{step.probabilities[first]:.0%}"
    if step.clear:
        return f"{why} That it is {'your' if yours else 'the'} largest gap is {sure} sure."
    second = step.skills[1] if len(step.skills) > 1 else first
    return (
        f"{why} It is not clear which {'of your gaps' if yours else 'gap'} is the largest: {_label(first).lower()} "
        f"with {sure}, {_label(second).lower()} with {step.probabilities[second]:.0%}."
    )


def _recommendation(said: Recommendation, *, yours: bool) -> None:
    with st.container(gap=None):
        st.markdown(f":material/arrow_right: {plain(said.text, 300)} :gray[· {_label(said.skill).lower()}]")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.space(20)
            for mention in said.mentions:
                st.page_link(
                    "interview.py", label=plain(mention.title, 40), icon=":material/forum:",
                    query_params={"interview": str(mention.interview_id)}, help=plain(mention.title, 200),
                )  # fmt: skip
            st.caption(_since(said, yours=yours), width="content")


def _since(said: Recommendation, *, yours: bool) -> str:
    if said.before is None:
        return ""
    if said.after is None:
        return f"{said.before:.2f} then; {'you have ' if yours else ''}no scored interview since"
    since = counted(said.interviews_after, "interview")
    those = "your" if yours else "the"
    return f"{said.before:.2f} when first said, {said.after:.2f} on average in {those} {since} since"
