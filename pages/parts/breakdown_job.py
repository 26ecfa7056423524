"""The button that has a breakdown made, and how far it is: the page can be left and the job found again."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access import NotAllowedError, Viewer
from analytics.breakdown import ModelSettings, jobs
from analytics.breakdown.jobs import Job, JobError, JobState
from analytics.breakdown.running import the_jobs
from analytics.database import DatabaseError, now
from analytics.skills import SKILLS
from pages.parts import data, local
from pages.parts.data import InterviewPage
from pages.parts.text import plain
from pages.parts.who import current_viewer

_FAILED: Final = "breakdown_failed"
_LOOK_SECONDS: Final = 1


def button(viewer: Viewer, shown: InterviewPage) -> None:
    """Offer to make the breakdown again, saying what that takes; nothing is asked, since nothing is at risk."""
    interview_id = shown.interview.interview_id
    if shown.job is not None and shown.job.is_open:
        return
    if the_jobs().unavailable() is not None:
        _wait_for_jobs()
    elif _regenerate(_expected(shown)):
        try:
            the_jobs().press(viewer, interview_id)
        except (JobError, NotAllowedError, DatabaseError) as error:
            st.session_state[_FAILED] = str(error)
        st.rerun()
    if failed := st.session_state.pop(_FAILED, None):
        st.error(failed, icon=":material/error:")


@st.fragment(run_every=_LOOK_SECONDS)
def _wait_for_jobs() -> None:
    """Say why no breakdown can be made now, and offer it as soon as one can."""
    why_not = the_jobs().unavailable()
    if why_not is None:
        st.rerun()
    _regenerate(why_not, disabled=True)


def _regenerate(about: str, *, disabled: bool = False) -> bool:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", width="content"):
        st.caption(about)
        return st.button(
            "Regenerate", icon=":material/refresh:", type="primary", disabled=disabled, key="regenerate",
            help="Every former version is kept. The page may be left meanwhile.",
        )  # fmt: skip


def progress(shown: InterviewPage) -> None:
    """Follow the open job of an interview, or say what became of one that brought nothing."""
    job = shown.job
    if job is not None and job.is_open:
        _follow(shown.interview.interview_id)
    elif job is not None and job.state is JobState.FAILED:
        when = local.minute(job.finished_at or job.pressed_at)
        st.error(f"The last attempt, {when}, brought no new version. {plain(job.sentence)}", icon=":material/error:")
    elif job is not None and st.session_state.pop(f"followed_{job.id}", False):
        icon = ":material/check:" if job.state is JobState.FINISHED else ":material/cancel:"
        (st.success if job.state is JobState.FINISHED else st.info)(plain(job.sentence), icon=icon)


@st.fragment(run_every=_LOOK_SECONDS)
def _follow(interview_id: int) -> None:
    viewer = current_viewer()
    job = data.latest_job(viewer, interview_id)
    if job is None or not job.is_open:
        if job is not None:
            st.session_state[f"followed_{job.id}"] = True
        st.rerun()
    with st.container(border=True):
        _how_far(job)
        if viewer.sees_others and st.button(
            "Cancel", icon=":material/stop:", key="cancel_job", disabled=job.cancel_requested,
            help="Ends it within a moment; nothing that is shown changes.",
        ):  # fmt: skip
            jobs.cancel(viewer, runtime.engine(), interview_id)


def _how_far(job: Job) -> None:
    told = job.progress
    # Another copy of the program, whose clock may be ahead, noted when it began.
    seconds = max(0.0, (now() - (job.started_at or job.pressed_at)).total_seconds())
    if job.state is JobState.WAITING:
        label = "Waiting for its turn"
    elif told.total:
        label = f"{told.done} of about {told.total} calls answered"
    else:
        label = plain(job.sentence)
    st.progress(min(told.done / told.total, 1.0) if told.total else 0.0, text=f"{label} · {seconds:.0f} s")
    for skill in SKILLS:
        if sentence := told.skills.get(skill.key):
            st.caption(f":material/chevron_right: {plain(sentence)}")
    so_far = f"{told.tokens:,} tokens so far. " if told.tokens else ""
    batch = "Part of a batch at half the price, which may take up to three days. " if job.batch_id is not None else ""
    st.caption(f"{so_far}{batch}You may leave this page; the job goes on.")
    if job.cancel_requested:
        st.caption(plain(job.sentence))


def _expected(shown: InterviewPage) -> str:
    try:
        settings = ModelSettings.from_environment()
    except ValueError as error:
        return plain(str(error))
    if not settings.is_configured:
        return "By the offline analyst, no language model: a second or two, no tokens."
    expected = data.forecast(shown)
    if expected is None or not expected.calls:
        return "There is too little in this interview to ask a language model about; nothing is sent."
    return f"About {expected.seconds:.0f} s and {expected.tokens:,} tokens."
