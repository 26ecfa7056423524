"""The pieces of a candidate's page; with `yours` they speak to the candidate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import streamlit as st

from analytics import charts
from analytics.database import now
from analytics.feedback import State
from analytics.outlook import Recommendation, SkillOutlook, Trend
from analytics.queries import SkillRecord
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILLS, overall
from analytics.text import visible
from pages.parts import cards, filters, local
from pages.parts.data import CandidatePage
from pages.parts.text import counted, number, plain

PERIODS: Final = {"All": None, "365 days": 365, "90 days": 90, "30 days": 30}
WIDGETS: Final = ("period", "skills", "overlays")
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


def chosen_part(shown: CandidatePage, *, yours: bool) -> tuple[list[SkillRecord], list[str]]:
    """Let a period and skills be chosen; give the history of that period and the keys of these skills."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        labels = [skill.label for skill in SKILLS]
        chosen = filters.several("Skills", "skills", labels, default=labels)
        days = filters.choice("Period", "period", PERIODS)
    history = shown.history
    if days is not None:
        begin = now() - timedelta(days=days)
        history = [record for record in history if record.date >= begin]
    if not history:
        none = "You completed no interview" if yours else "No completed interview"
        st.info(f"{none} in this period. Choose a longer one.", icon=":material/event_busy:")
    elif days is not None:
        st.caption("The chart shows this period; trends and bands always use all interviews.")
    return history, [skill.key for skill in SKILLS if skill.label in chosen] or [skill.key for skill in SKILLS]


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


def averages(shown: CandidatePage, *, with_everyone: bool, yours: bool) -> None:
    """Draw the averages, with the overlays chosen."""
    outlooks = shown.outlooks
    st.subheader("Average by skill", anchor=False)
    overlays: dict[str, dict[str, float | None]] = {
        "First three": charts.recent_average(shown.history, first=True),
        "Latest three": charts.recent_average(shown.history, first=False),
        "Current level": {key: outlook.current for key, outlook in outlooks.items()},
    }
    if with_everyone and any(outlook.median is not None for outlook in outlooks.values()):
        overlays["Everybody's median"] = {key: outlook.median for key, outlook in outlooks.items()}
    chosen = filters.several("Also show", "overlays", list(overlays))
    averages = {key: outlook.average for key, outlook in outlooks.items()}
    layers = {"All interviews": averages} | {name: overlays[name] for name in chosen}
    errors = {key: outlook.average_error for key, outlook in outlooks.items()}
    cards.figure(charts.radar(layers, errors), key="averages", file_name=f"averages {shown.candidate.name}")
    unscored = [_label(key) for key, average in averages.items() if average is None]
    if unscored:
        none = "you have no score yet" if yours else "no score yet"
        st.caption(f"{' and '.join(unscored)}: {none}, so the line stays open there.")


def levels(shown: CandidatePage, *, with_everyone: bool, yours: bool) -> None:
    """Show each skill's average and current level, how sure they are, and how everybody else does."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("Levels", anchor=False)
        cards.how()
    outlooks = list(shown.outlooks.values())
    targets = settings().targets
    table = {
        "Skill": [_label(outlook.skill) for outlook in outlooks],
        "Average": [_give_or_take(outlook.average, outlook.average_error) for outlook in outlooks],
        "Current level": [_give_or_take(outlook.current, outlook.current_error) for outlook in outlooks],
        "Target": [number(targets[outlook.skill]) for outlook in outlooks],
    }
    if with_everyone and any(outlook.median is not None for outlook in outlooks):
        table["Everybody's median"] = [number(outlook.median) for outlook in outlooks]
    table["Scored"] = [counted(outlook.scored, "time") for outlook in outlooks]
    st.table(table, border="horizontal", hide_index=True, alt="Average, current level and target of each skill")
    st.caption("± is the 95% interval. The current level is where the trend stands at the latest interview.")
    placed = [outlook for outlook in outlooks if outlook.position] if with_everyone else []
    for outlook in placed:
        st.caption(f"{_label(outlook.skill)}: {'you do ' if yours else ''}{_position(outlook)}")


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
    level = _give_or_take(shown.outlooks[first].current, shown.outlooks[first].current_error)
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


def _give_or_take(value: float | None, error: float | None) -> str:
    if value is None:
        return "–"
    return number(value) if error is None else f"{value:.2f} ± {min(error, 1.0):.2f}"


def _position(outlook: SkillOutlook) -> str:
    position = outlook.position
    if position is None:
        return ""
    return (
        f"better than about {position.percentile:.0f} of 100 candidates (between {position.low:.0f} and "
        f"{position.high:.0f})."
    )
