"""The coaching session on a candidate's page, in the order of a talk: news, topics, steps, notes, what is agreed."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.candidate.step_outcome import MOST, StepOutcome
from analytics.coaching.goals import LONGEST_WHY, set_goal
from analytics.coaching.notes import write_note
from analytics.coaching.steps import LONGEST_STEP, Doer, Step, StepState, agree_step, mark_step
from analytics.formatting import calendar_day, quantity
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.text import shorten, visible
from analytics.views.candidate import CandidateView
from analytics.views.session import GoalView, SessionView
from pages.parts import notes, reads, times
from pages.parts.candidate import news, topics
from pages.parts.change import began_with, confirm, field_key, forget, form_key, save, submit
from pages.parts.interview.tags import kind_asked
from pages.parts.markdown import plain

_PLACE: Final = "session"
# No level lies above 1.
_LOWEST, _HIGHEST = 0.05, 0.95
# More open steps than anybody works on are one press away.
_AT_ONCE: Final = 5
_OUTCOME: Final = (
    f"Up to {MOST} interviews before and since, scored by one judge. The range is where the change lies with 95%. It "
    "does not say that the step made the difference."
)
_STATES: Final = {
    StepState.OPEN: ":material/radio_button_unchecked: Open",
    StepState.TRIED: ":material/timelapse: Tried",
    StepState.DONE: ":material/check_circle: Done",
    StepState.DROPPED: ":material/cancel: Dropped",
}


def session(viewer: Viewer, candidate: CandidateView) -> dict[str, float]:
    """Show the session with forms to write in it; returns the target of each skill with a goal."""
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.header("Session", anchor=False)
            private = notes.private_switch()
        found = reads.session(viewer, candidate, private=private, most_notes=notes.FEW)
        if found is None:
            return {}
        view, new = found
        confirm(_PLACE)
        news.news(viewer, view.user_id, new)
        topics.topics(candidate, yours=not viewer.sees_others)
        _steps(viewer, view)
        _goals(view)
        notes.search(viewer, view, private=private)
        notes.write(_PLACE, lambda db, note: write_note(viewer, db, view.user_id, **note), coaching=view.coaching)
        if view.coaching:
            _agree(viewer, view, candidate)
            _aim(viewer, view)
        return {one.goal.skill: one.goal.target for one in view.goals}


def _steps(viewer: Viewer, view: SessionView) -> None:
    open_steps = [step for step in view.steps if step.is_open]
    ended = [step for step in view.steps if not step.is_open]
    if not view.steps:
        st.caption("No next steps agreed yet.")
    for step in open_steps[:_AT_ONCE]:
        _step(viewer, step, view.outcome_of(step))
    for steps, what, key in (
        (open_steps[_AT_ONCE:], "more open step", "more_steps"),
        (ended, "earlier step", "ended_steps"),
    ):
        if steps and (opened := st.expander(quantity(len(steps), what), on_change="rerun", key=key)).open:
            with opened:
                for step in steps:
                    _step(viewer, step, view.outcome_of(step))


def _step(viewer: Viewer, step: Step, outcome: StepOutcome | None) -> None:
    who = "coach" if step.doer is Doer.COACH else "candidate"
    about = [notes.about(step.skill)] if step.skill else []
    about += [step.kind] if step.kind else []
    about += [f"by {calendar_day(step.due_on)}"] if step.due_on else []
    about += [f"for the {who}", f"agreed {times.day(step.agreed_at)}"]
    with st.container(horizontal=True, vertical_alignment="center"):
        said = f"  \n“{plain(step.word, 300)}”" if step.word else ""
        stands = f"  \n:small[{plain(outcome.sentence, 200)}]" if outcome else ""
        st.markdown(
            f"**{plain(step.text, 300)}**\n\n* {_STATES[step.state]} · {plain(' · '.join(about))}{said}{stands}",
            help=_OUTCOME if outcome else None,
        )
        opened = st.popover("Mark", key=f"mark_{step.id}", on_change="rerun")
        if opened.open:
            with opened, st.form(form := f"marking_{step.id}", border=False):
                state = st.segmented_control(
                    "What became of it", [StepState.TRIED, StepState.DONE, StepState.DROPPED],
                    default=StepState.DONE, required=True, format_func=str.capitalize,
                )  # fmt: skip
                word = st.text_input("A word about it", max_chars=LONGEST_STEP, key=field_key(form, "word"))
                if above := submit("Save"):
                    with above:
                        save(_PLACE, lambda db: mark_step(viewer, db, step.id, StepState(str(state)), word), "Marked.")


def _goals(view: SessionView) -> None:
    for one in view.goals:
        goal = one.goal
        told = [f"set by {goal.set_by}", times.day(goal.set_at), *([goal.why] if goal.why else [])]
        st.markdown(f"{_goal_sentence(one)}  \n:small[{plain(' · '.join(told))}]")


def _goal_sentence(one: GoalView) -> str:
    goal = one.goal
    until = f" by {calendar_day(goal.due_on)}" if goal.due_on else ""
    stands = "no scores yet" if one.current is None else f"now {one.current:.2f}"
    above = one.current is not None and one.current > goal.target
    state = "reached" if one.reached else "not clearly reached" if above else "not reached yet"
    icon = ":material/flag:" if one.reached else ":material/outlined_flag:"
    aim = f"{icon} Goal: {BY_KEY[goal.skill].label.lower()} above {goal.target:.2f}{until} ({stands}, {state})."
    return f"{aim} {one.forecast}".rstrip()


def _agree(viewer: Viewer, view: SessionView, candidate: CandidateView) -> None:
    opened = st.expander("Agree a step", icon=":material/add_task:", key="agree", on_change="rerun")
    if not opened.open:
        return
    with opened:
        shown = {one.advice: one for one in candidate.evidence if one.advice}
        # A stored recommendation goes on with how one notices progress.
        others = [one for one in candidate.recommendations if not one.text.startswith(tuple(shown))]
        advice = {"": None} | {text: one.skill for text, one in shown.items()} | {one.text: one.skill for one in others}
        chosen = st.selectbox("Start from", list(advice), format_func=_start)
        if chosen in shown:
            st.caption(f"{plain(shown[chosen].weakness, 300)}  \n“{plain(shown[chosen].quote, 200)}”")
        with st.form(form := form_key("step"), border=False):
            key = field_key(form, "text", chosen)
            text = st.text_area("What was agreed", chosen, max_chars=LONGEST_STEP, key=key)
            skills = [None, *SKILL_KEYS]
            skill = st.selectbox("About", skills, index=skills.index(advice[chosen]), format_func=notes.about)
            doer = st.segmented_control(
                "Who does it", list(Doer), default=Doer.CANDIDATE, required=True, format_func=str.capitalize
            )
            due_on = st.date_input("Until", None, format="YYYY-MM-DD")
            kinds = [None, *candidate.kinds]
            asked = kinds.index(of_kind) if (of_kind := kind_asked()) in kinds else 0
            kind = None
            if candidate.kinds:
                kind = st.selectbox("Kind of interview", kinds, index=asked, format_func=lambda one: one or "Any kind")
            about = {"skill": skill, "kind": kind}
            if above := submit("Agree"):
                with above:
                    save(
                        _PLACE,
                        lambda db: agree_step(
                            viewer, db, view.user_id, text, doer=Doer(str(doer)), due_on=due_on, **about
                        ),
                        "Agreed.",
                        form="step",
                    )


def _start(text: str) -> str:
    return shorten(visible(text), 90) if text else "Your own words"


def _aim(viewer: Viewer, view: SessionView) -> None:
    form = form_key("goal")
    opened = st.expander("Set a goal", icon=":material/flag:", key="aim", on_change="rerun")
    if not opened.open:
        for key in SKILL_KEYS:
            forget(f"{form}_{key}")
        return
    with opened:
        skill = st.selectbox("Skill", SKILL_KEYS, format_func=notes.about, key="goal_skill")
        stored = next((one.goal for one in view.goals if one.goal.skill == skill), None)
        former = began_with(f"{form}_{skill}", stored)
        with st.form(form, border=False):
            usual = former.target if former else settings().targets[skill]
            # Those set over the API may lie outside.
            target = st.slider("Score to get above", _LOWEST, _HIGHEST, min(max(usual, _LOWEST), _HIGHEST), 0.05)
            due_on = st.date_input("Until", former.due_on if former else None, format="YYYY-MM-DD")
            reason = former.why if former else ""
            why = st.text_input("Why", reason, max_chars=LONGEST_WHY, key=field_key(form, f"why_{skill}", reason))
            above = st.container()
            with st.container(horizontal=True):
                wanted = st.form_submit_button("Set", type="primary")
                unwanted = stored is not None and st.form_submit_button("Remove")
            with above:
                if wanted:
                    save(
                        _PLACE,
                        lambda db: set_goal(viewer, db, view.user_id, skill, target, due_on=due_on, why=why),
                        "Goal set.",
                        opened=f"{form}_{skill}",
                    )
                if unwanted:
                    save(
                        _PLACE,
                        lambda db: set_goal(viewer, db, view.user_id, skill, None),
                        "Goal removed.",
                        opened=f"{form}_{skill}",
                    )
