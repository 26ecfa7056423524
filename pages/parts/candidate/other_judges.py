"""The note on scores left out because of another judge, and what would help."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.jobs.job import JobError
from analytics.database.errors import DatabaseError
from analytics.formatting import quantity
from analytics.trends.bridge import FEWEST_PAIRS
from analytics.views.candidate import CandidateView
from pages.parts import job_reads, times
from pages.parts.markdown import plain
from pages.parts.viewer import current_viewer

_PRESSED: Final = "rescoring"
_FAILED: Final = "rescoring_failed"
_LOOK_SECONDS: Final = 2


def notes(viewer: Viewer, view: CandidateView) -> None:
    """Show what prevents one trend over all interviews, and offer what would help."""
    for mix in view.mixes:
        st.caption(f":material/category: {plain(mix)}")
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(failed), icon=":material/error:")
    pressed: list[int] = st.session_state.get(_PRESSED, {}).get(view.candidate.user_id, [])
    if pressed and job_reads.with_open_job(viewer, pressed):
        _follow(view.candidate.user_id, pressed)
        return
    if view.left_out:
        offered = job_reads.can_rescore(viewer, view)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/gavel: {_sentence(viewer, view, offered=offered)}")
            if offered:
                _offer(viewer, view)


def _sentence(viewer: Viewer, view: CandidateView, *, offered: bool) -> str:
    left_out = set(view.left_out)
    others = [record.date for record in view.history if record.interview_id in left_out]
    told = [record.date for record in view.told if record.score is not None and record.interview_id not in left_out]
    if told and max(others) < min(told):
        sentence = f"Scores before {times.day(min(told))} were given by another judge, so they are left out here."
    else:
        one = len(left_out) == 1
        sentence = (
            f"{quantity(len(left_out), 'interview')} {'was' if one else 'were'} scored by another judge, so "
            f"{'its' if one else 'their'} scores are left out here."
        )
    if not offered:
        help_there_is = f" They count once {FEWEST_PAIRS} interviews, of anybody, were scored by both."
        return f"{sentence}{help_there_is if viewer.sees_others else ''}"
    these = "this interview" if len(left_out) == 1 else f"these {len(left_out)} interviews"
    return f"{sentence} Scoring {these} again with the present judge would let them count."


def _offer(viewer: Viewer, view: CandidateView) -> None:
    opened = st.popover("Score again", icon=":material/refresh:", key="rescore", on_change="rerun")
    if not opened.open:
        return
    with opened:
        ids = view.left_out
        expected = job_reads.rescoring_forecast(view)
        settings = runtime.model_settings()
        cost = settings.cost(expected.tokens - expected.output_tokens, expected.output_tokens)
        st.markdown(
            f"{quantity(len(ids), 'interview')}: about {expected.tokens:,} tokens{f', {cost}' if cost else ''}. "
            "Earlier versions are kept, and an approved one stays until you switch."
        )
        budget = job_reads.budget(viewer)
        why_not = runtime.jobs().unavailable() or (budget.refusal if budget is not None else None)
        if why_not is None and budget is not None and budget.left < len(ids):
            why_not = (
                f"{budget.left} of {budget.per_day} left today, so only the latest {budget.left} are scored again."
            )
            ids = ids[-budget.left :]
        if why_not is not None:
            st.caption(plain(why_not))
        blocked = runtime.jobs().unavailable() is not None or (budget is not None and budget.refusal is not None)
        if st.button(f"Score {quantity(len(ids), 'interview')}", type="primary", key="rescore_now", disabled=blocked):
            _press(viewer, view.candidate.user_id, ids)
            st.rerun()


def _press(viewer: Viewer, user_id: int, interview_ids: list[int]) -> None:
    pressed = []
    try:
        for interview_id in reversed(interview_ids):
            runtime.jobs().press(viewer, interview_id)
            pressed.append(interview_id)
    except (JobError, NotAllowedError, DatabaseError) as error:
        st.session_state[_FAILED] = str(error)
    st.session_state[_PRESSED] = st.session_state.get(_PRESSED, {}) | {user_id: pressed}


@st.fragment(run_every=_LOOK_SECONDS)
def _follow(user_id: int, pressed: list[int]) -> None:
    waiting = job_reads.with_open_job(current_viewer(), pressed)
    if not waiting:
        del st.session_state[_PRESSED][user_id]
        st.rerun()
    done = len(pressed) - len(waiting)
    st.progress(done / len(pressed), text=f"{done} of {quantity(len(pressed), 'interview')} scored again")
    st.caption("You can leave this page; it keeps running.")
