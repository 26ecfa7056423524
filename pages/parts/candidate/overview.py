"""The parts of a candidate's page; with `yours` they address the candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from analytics import formatting
from analytics.candidate import skill_trends
from analytics.candidate.focus import Recommendation, focus_sentence, outcome_sentence
from analytics.candidate.headline import headline
from analytics.charts import comparison
from analytics.formatting import number, quantity, signed_number
from analytics.interviewlab.feedback import State
from analytics.judges import SEVERAL, are_several
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import InterviewRow
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILLS, overall
from analytics.text import visible
from analytics.trends.design import FEWEST_INTERVIEWS
from analytics.trends.labels import Trend
from analytics.views.candidate import CandidateView, Evidence
from pages.parts import common, times
from pages.parts.markdown import plain

FEWEST, MOST = 2, comparison.MOST_COMPARED
LATEST: Final = 3
# So high that fifteen interviews are shown, and printed, whole.
_HIGHEST: Final = 38 + 35 * 15


def neighbours(user_id: int) -> None:
    """Link to the candidates before and after this one in the list one came from."""
    listed: list[tuple[int, str]] = st.session_state.get("listed", [])
    place = next((place for place, (other, _) in enumerate(listed) if other == user_id), None)
    if place is None:
        return
    for step, word, icon in ((-1, "Previous", ":material/chevron_left:"), (1, "Next", ":material/chevron_right:")):
        if 0 <= place + step < len(listed):
            other, name = listed[place + step]
            st.page_link(
                "candidate.py", label=f"{word}: {plain(name, 30)}", icon=icon, help="",
                icon_position="left" if step < 0 else "right", query_params={"candidate": str(other)},
            )  # fmt: skip


def facts(view: CandidateView) -> None:
    """Show in one line who this is and how much is known."""
    completed = [row for row in view.interviews if row.status == "completed"]
    mean = overall({key: trend.average for key, trend in view.trends.items()})
    parts = [plain(view.candidate.email)]
    if completed:
        parts += [quantity(len(completed), "interview"), f"last {times.day_and_age(completed[0].date)}"]
    else:
        parts.append("no completed interview")
    if mean is not None:
        several = len({trend.judge for trend in view.trends.values() if trend.scored}) > 1
        parts.append(f"overall average {number(mean)}{f' ({SEVERAL})' if several else ''}")
    st.caption(" · ".join(parts), help=_OVERALL_HELP)


def levels(view: CandidateView, *, yours: bool) -> None:
    """Show what changed, and each skill's current level, change and target."""
    st.markdown(f"**{headline(view.trends, yours=yours)}**")
    targets = settings().targets
    with st.grid(4, min_column_width=150):
        for skill in SKILLS:
            trend = view.trends[skill.key]
            moved = trend.trend in _DELTAS and trend.change is not None
            delta = signed_number(trend.change) if moved else _unmoved(trend)
            look = _DELTAS[trend.trend] if moved else _NO_CHANGE
            st.metric(
                skill.label, number(trend.current), f"{delta} · target {number(targets[skill.key])}",
                border=True, height="stretch", **look,
            )  # fmt: skip


def _unmoved(trend: skill_trends.SkillTrend) -> str:
    if not trend.scored:
        return "not scored"
    # Below that many, nothing can be said about a trend.
    return quantity(trend.scored, "interview") if trend.scored < FEWEST_INTERVIEWS else TREND_WORDS[trend.trend]


# Colour and arrow of a change; anything else is no change for the better or worse.
_DELTAS: Final[dict[Trend, dict[str, Any]]] = {
    Trend.IMPROVING: {"delta_color": "green", "delta_arrow": "up"},
    Trend.DECLINING: {"delta_color": "red", "delta_arrow": "down"},
}
_NO_CHANGE: Final[dict[str, Any]] = {"delta_color": "off", "delta_arrow": "off"}
TREND_WORDS: Final = {
    Trend.IMPROVING: "improving",
    Trend.DECLINING: "declining",
    Trend.STEADY: "steady",
    Trend.NOT_ENOUGH_EVIDENCE: "no clear trend",
}
_SHARES: Final = [f"{skill.label.lower()} {skill.weight / sum(each.weight for each in SKILLS):.0%}" for skill in SKILLS]
_OVERALL_HELP: Final = (
    f"From 0 to 1. {', '.join(_SHARES[:-1]).replace(' ', ' counts ', 1).capitalize()} and {_SHARES[-1]}; "
    "a skill without scores is left out and the others count for more. Where several judges scored the skills, "
    "part of a difference may be the judges'."
)


def explain_no_scores(view: CandidateView, *, yours: bool) -> None:
    """Show what would fill the charts."""
    if common.explain_set_up():
        return
    if view.interviews:
        sentence = "No scored interview yet."
    else:
        sentence = "You have no interviews yet." if yours else "No interviews yet."
    common.nothing().info(f"{sentence} Charts appear after the first scored one.", icon=":material/hourglass_empty:")


def work_on_next(view: CandidateView, *, yours: bool) -> None:
    """Show which skill to work on, why, how sure that is, and what the last breakdowns recommended."""
    focus = view.focus
    if not focus.skills:
        return
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            names = " or ".join(_label(key).lower() for key in focus.skills)
            st.header(f"Work on next: {names}", anchor=False)
            common.help_text()
        st.markdown(focus_sentence(focus, view.trends, settings().targets, yours=yours))
        for evidence in view.evidence:
            _evidence(evidence)
        # A stored recommendation goes on with how one notices progress.
        quoted = tuple(evidence.advice for evidence in view.evidence if evidence.advice)
        for recommendation in view.recommendations:
            if recommendation.interviews_after or not recommendation.text.startswith(quoted):
                _recommendation(recommendation, named=len(focus.skills) == 1)


def _evidence(evidence: Evidence) -> None:
    """Show a weakness, what was said that shows it, and the advice; the link leads to the sentence itself."""
    with st.container(gap="xsmall"):
        advice = f"  \n:material/arrow_right: {plain(evidence.advice, 300)}" if evidence.advice else ""
        st.markdown(f"**{plain(evidence.weakness, 300)}**  \n“{plain(evidence.quote, 300)}”{advice}")
        st.page_link(
            "interview.py",
            label=f"Show where it was said: {plain(evidence.title, 60)}", icon=":material/format_quote:",
            query_params={"interview": str(evidence.interview_id), "quote": evidence.quote_id}, help="",
        )  # fmt: skip


def latest_interviews(view: CandidateView) -> None:
    """Link to the newest completed interviews, and to the usual comparisons."""
    scores = _overall_scores(view.history)
    completed = [row for row in view.interviews if row.status == "completed"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for row in completed[:LATEST]:
            st.page_link(
                "interview.py", icon=":material/forum:", help=plain(row.title, 200),
                label=f"{times.day(row.date)} · {plain(row.title, 34)} · {number(scores.get(row.interview_id))}",
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


def _overall_scores(records: Sequence[SkillRecord]) -> dict[int, float | None]:
    """Return the overall score of each interview, in the order of the records."""
    by_interview: dict[int, list[SkillRecord]] = {}
    for record in records:
        by_interview.setdefault(record.interview_id, []).append(record)
    return {interview_id: skill_trends.overall_of(of) for interview_id, of in by_interview.items()}


def interview_list(view: CandidateView, *, yours: bool) -> None:
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
        "Overall": [skill_trends.overall_of(scores.get(row.interview_id, {}).values()) for row in rows],
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
    event = st.dataframe(
        table,
        key="interviews_list",
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
        if st.button(
            "Compare", icon=":material/bar_chart:", type="primary", disabled=not FEWEST <= len(selection) <= MOST
        ):
            st.switch_page("compare.py", query_params={"interviews": ",".join(map(str, reversed(selection)))})
        st.caption(_hint(len(selection)))


def _hint(count: int) -> str:
    if count > MOST:
        return f"At most {MOST} can be compared; {count} are selected."
    return f"{quantity(count, 'interview')} selected. Select one to open it, {FEWEST} to {MOST} to compare them."


def _score(record: SkillRecord | None) -> float | None:
    return record.score if record else None


def _status(status: str, records: dict[str, SkillRecord] | None) -> str:
    if status == "completed" and not records:
        return "not scored yet"
    if records and any(record.state == State.FAILED for record in records.values()):
        return "scoring failed"
    return formatting.STATUS_WORDS.get(status, visible(status))


def _label(key: str) -> str:
    return BY_KEY[key].label


def _recommendation(recommendation: Recommendation, *, named: bool) -> None:
    """Show advice and what became of it; its skill is `named` already where there is only one."""
    about = "" if named else f" :gray[· {_label(recommendation.skill).lower()}]"
    with st.container(gap=None):
        st.markdown(f":material/arrow_right: {plain(recommendation.text, 300)}{about}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.space(20)
            for mention in recommendation.mentions:
                st.page_link(
                    "interview.py", label=plain(mention.title, 40), icon=":material/forum:",
                    query_params={"interview": str(mention.interview_id)}, help=plain(mention.title, 200),
                )  # fmt: skip
            st.caption(outcome_sentence(recommendation), width="content")
