"""Verdicts on an interview's page: read, given, withdrawn, and given blind."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.blind import choose
from analytics.access.viewer import Viewer
from analytics.breakdown import RUBRICS
from analytics.breakdown.rubric import LEVELS, Rubric
from analytics.formatting import number, quantity
from analytics.scores.verdict_scores import score_of
from analytics.skills import SKILLS, Skill
from analytics.verdicts.verdicts import LONGEST_REASON, SkillVerdicts, Verdict, give_verdict, withdraw_verdict
from analytics.views.candidate import CandidateView
from analytics.views.interview import InterviewView
from pages.parts import times
from pages.parts.change import began_with, confirm, field_key, forget, form_key, save, submit
from pages.parts.markdown import plain

_PLACE: Final = "verdict"
_LISTED: Final = 5
# Stands for *not assessed* where None is that nothing was chosen.
_NONE: Final = 0


def flash() -> None:
    """Show the result of the last verdict."""
    confirm(_PLACE)


def to_rate(view: CandidateView) -> None:
    """Link to the candidate's interviews that are hidden until rated."""
    unrated = [row for row in view.interviews if row.interview_id in view.hidden]
    if not unrated:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f":material/visibility_off: {quantity(len(unrated), 'interview')} left out until you have rated "
            f"{'it' if len(unrated) == 1 else 'them'}:",
            width="content",
        )
        for row in unrated[:_LISTED]:
            st.page_link(
                "interview.py", label=f"Rate {times.day(row.date)}", icon=":material/gavel:",
                help=plain(row.title, 200), query_params={"interview": str(row.interview_id)},
            )  # fmt: skip


def before_the_scores(viewer: Viewer, view: InterviewView) -> None:
    """Ask for a verdict on skills whose scores and claims are not sent before."""
    missing = [skill.label.lower() for skill in SKILLS if view.verdicts.by_skill[skill.key].own is None]
    st.info(
        f"You rate before you see. Scores and claims show once you have rated all {len(SKILLS)} skills; "
        f"still to rate: {', '.join(missing)}.",
        icon=":material/visibility_off:",
    )
    grid = st.grid(2, min_column_width=400)
    for skill in SKILLS:
        with grid.cell(), st.container(border=True, height="stretch"):
            st.subheader(skill.label, anchor=False)
            st.markdown(f"What counts: {plain(rubric_of(skill).looks_at)}.")
            section(viewer, view, skill)


def choice(viewer: Viewer, view: InterviewView) -> None:
    """Offer blind rating to viewers who judge; the choice is stored and applies everywhere."""
    if not (view.verdicts.may_judge and viewer.email):
        return
    if runtime.settings().rate_blind:
        st.caption("Everyone here rates an interview before they see its scores.")
        return
    label = "Stop rating before you see" if viewer.rates_blind else "Rate before you see"
    if st.button(
        label, key="rate_blind", type="tertiary", icon=":material/visibility_off:",
        help="Scores and claims of an interview show only when you have rated all its skills.",
    ):  # fmt: skip
        done = "You see scores at once again." if viewer.rates_blind else "Scores show when you have rated."
        save(_PLACE, lambda db: choose(viewer, db, blind=not viewer.rates_blind), done)


def section(viewer: Viewer, view: InterviewView, skill: Skill) -> None:
    """Show the verdicts on a skill, with a form for viewers who may give one."""
    said = view.verdicts.by_skill[skill.key]
    _show_counting(viewer, said)
    if not (view.verdicts.may_judge or said.history):
        return
    with st.container(horizontal=True, gap="small"):
        if view.verdicts.may_judge:
            _give(viewer, view, skill, said)
            if said.own is not None:
                _withdraw(viewer, view, skill)
        if len(said.history) > 1:
            _history(skill, said)


def rubric_of(skill: Skill) -> Rubric:
    """Return the anchors of a skill, the installation's own if there are any."""
    try:
        return runtime.model_settings().rubric.skills[skill.key]
    except ValueError:
        return RUBRICS[skill.key]


def _show_counting(viewer: Viewer, said: SkillVerdicts) -> None:
    counts = said.counts
    if counts is None:
        return
    if not viewer.sees_others and len(said.standing) > 1:
        mean = "not assessed" if said.mean is None else f"level {said.mean:.1f} of 5 on average"
        st.markdown(f":material/gavel: **{quantity(len(said.standing), 'coach', 'coaches')}: {mean}**")
        for verdict in said.standing:
            st.caption(f"{_level(verdict.level)}: “{plain(verdict.reason, LONGEST_REASON)}”{_cites(verdict)}")
        return
    score = score_of(counts.level)
    told = f"{_level(counts.level)}{'' if score is None else f' ({number(score)})'}"
    st.markdown(
        f":material/gavel: **Coach’s verdict: {told}**  \n“{plain(counts.reason, LONGEST_REASON)}”{_cites(counts)}  \n"
        f":small[:gray[{_source(counts)}]]"
    )
    if len(said.standing) > 1:
        st.caption(f"{quantity(len(said.standing), 'verdict')} stand; the last one counts in charts.")


def _give(viewer: Viewer, view: InterviewView, skill: Skill, said: SkillVerdicts) -> None:
    form, key = form_key(f"verdict_{skill.key}"), f"verdict_{skill.key}"
    # With another label it would be another popover, which is closed.
    former = began_with(form, said.own) if st.session_state.get(key) else said.own
    label = "Your verdict" if former is None else "Change your verdict"
    opened = st.popover(label, icon=":material/gavel:", key=key, on_change="rerun")
    if not opened.open:
        forget(form)
        return
    with opened, st.form(form, border=False):
        choices = [*LEVELS, _NONE]
        anchors = [plain(rubric_of(skill).anchor(level)) for level in LEVELS]
        level = st.radio(
            f"{skill.label}: which level does this interview show?", choices, format_func=_level,
            captions=[*anchors, "The interview does not show this skill."],
            index=choices.index(former.level or _NONE) if former else None, key=field_key(form, "level", former),
        )  # fmt: skip
        reason = st.text_input(
            "Reason, in one line", former.reason if former else "", max_chars=LONGEST_REASON,
            key=field_key(form, "reason", former),
        )  # fmt: skip
        sentences = st.text_input(
            "Sentences it rests on (optional)", ", ".join(former.sentences) if former else "",
            placeholder="S3, S12", max_chars=200, key=field_key(form, "sentences", former),
        )  # fmt: skip
        if above := submit("Save verdict"):
            with above:
                if level is None:
                    st.error("Choose a level, or “Not assessed”.", icon=":material/error:")
                    return
                chosen, cited = level or None, sentences.replace(",", " ").split()
                interview_id = view.interview.interview_id
                save(
                    _PLACE,
                    lambda db: give_verdict(
                        viewer, db, interview_id, skill.key, chosen, reason=reason, sentences=cited
                    ),
                    f"Your verdict on {skill.label.lower()} is saved.",
                    opened=form,
                )


def _withdraw(viewer: Viewer, view: InterviewView, skill: Skill) -> None:
    opened = st.popover("Withdraw", icon=":material/undo:", key=f"withdraw_{skill.key}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.markdown("Your verdict no longer counts then. The history keeps it.")
        if st.button("Withdraw verdict", key=f"withdrawing_{skill.key}", type="primary"):
            save(
                _PLACE,
                lambda db: withdraw_verdict(viewer, db, view.interview.interview_id, skill.key),
                f"Your verdict on {skill.label.lower()} is withdrawn.",
            )


def _history(skill: Skill, said: SkillVerdicts) -> None:
    opened = st.popover("History", icon=":material/history:", key=f"verdicts_{skill.key}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        for verdict in said.history:
            what = "Withdrawn" if verdict.withdrawn else _level(verdict.level)
            badge = " :blue-badge[stands]" if verdict.stands else ""
            why = f"  \n“{plain(verdict.reason, LONGEST_REASON)}”{_cites(verdict)}" if verdict.reason else ""
            st.markdown(f"**{what}**{badge}{why}  \n:small[:gray[{_source(verdict)}]]")


def _level(level: int | None) -> str:
    return f"Level {level} of 5" if level else "Not assessed"


def _cites(verdict: Verdict) -> str:
    return f" :gray[({plain(', '.join(verdict.sentences))})]" if verdict.sentences else ""


def _source(verdict: Verdict) -> str:
    words = [plain(verdict.given_by, 60)] if verdict.given_by else []
    words += [times.day(verdict.given_at), *(["rated before seeing the scores"] if verdict.blind else [])]
    return " · ".join(words)
