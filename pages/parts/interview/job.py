"""The Regenerate button and the progress of its job, which goes on when one leaves the page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown import Outcome
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import Job, JobError, JobState
from analytics.columns import now
from analytics.database.errors import DatabaseError
from analytics.skills import SKILLS
from analytics.views.interview import InterviewView
from pages.parts import job_reads, times
from pages.parts.markdown import plain
from pages.parts.viewer import current_viewer

_FAILED: Final = "breakdown_failed"
_LOOK_SECONDS: Final = 1
_HOW: Final = (
    "1. A key: `OPENAI_API_KEY=sk-...`",
    "2. A server on this machine, such as Ollama: "
    "`OPENAI_BASE_URL=http://localhost:11434/v1` and `OPENAI_MODEL=qwen3:8b`",
    "3. Any other server that speaks Chat Completions: its `OPENAI_BASE_URL`, `OPENAI_MODEL` and `OPENAI_API_KEY`",
)
# So many before the limit of the day it is steps.
_FEW_LEFT: Final = 5


def button(viewer: Viewer, view: InterviewView) -> None:
    """Offer to regenerate, with the cost; no confirmation is needed, as nothing is lost."""
    interview_id = view.interview.interview_id
    if view.job is not None and view.job.is_open:
        return
    if runtime.jobs().unavailable() is not None:
        _wait_for_jobs(viewer)
        return
    budget = job_reads.budget(viewer)
    why_not = budget.refusal if budget is not None else None
    about = why_not or _describe_estimate(view)
    if why_not is None and budget is not None and budget.left <= _FEW_LEFT:
        about += f" {budget.left} of {budget.per_day} left today."
    if _regenerate(viewer, about, recorded=_is_recorded(view), disabled=why_not is not None):
        try:
            runtime.jobs().press(viewer, interview_id)
        except (JobError, NotAllowedError, DatabaseError) as error:
            st.session_state[_FAILED] = str(error)
        st.rerun()
    if failed := st.session_state.pop(_FAILED, None):
        st.error(failed, icon=":material/error:")


@st.fragment(run_every=_LOOK_SECONDS)
def _wait_for_jobs(viewer: Viewer) -> None:
    """Show why no breakdown can be made now, and offer it as soon as one can."""
    why_not = runtime.jobs().unavailable()
    if why_not is None:
        st.rerun()
    _regenerate(viewer, why_not, disabled=True)


def _regenerate(viewer: Viewer, about: str, *, recorded: bool = False, disabled: bool = False) -> bool:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", width="content"):
        if not _is_connected():
            if viewer.sees_others:
                _connect()
            label, icon = (
                ("Recorded answers", ":material/replay:") if recorded else ("Draft from rules", ":material/rule:")
            )
            return st.button(
                label, icon=icon, type="tertiary", disabled=disabled, key="regenerate",
                help=f"{about} Earlier versions are kept.",
            )  # fmt: skip
        st.caption(about)
        return st.button(
            "Regenerate", icon=":material/refresh:", type="primary", disabled=disabled, key="regenerate",
            help="Earlier versions are kept.",
        )  # fmt: skip


def _connect() -> None:
    with st.popover("Connect a model", icon=":material/power:", type="primary"):
        st.markdown("Whoever runs this program sets one of these and restarts it:")
        for line in _HOW:
            st.markdown(line)


def _is_connected() -> bool:
    try:
        return runtime.model_settings().is_configured
    except ValueError:
        # What is wrong with the settings is said beside the button.
        return True


def progress(view: InterviewView) -> None:
    """Follow the open job of an interview, or say why one had no result."""
    job = view.job
    if job is not None and job.is_open:
        _follow(view.interview.interview_id, may_cancel=view.may_press)
    elif job is not None and job.state is JobState.FAILED:
        when = times.minute(job.finished_at or job.pressed_at)
        st.error(f"The last attempt, {when}, made no new version. {plain(job.sentence)}", icon=":material/error:")
    elif job is not None and st.session_state.pop(f"followed_{job.id}", False):
        icon = ":material/check:" if job.state is JobState.FINISHED else ":material/cancel:"
        (st.success if job.state is JobState.FINISHED else st.info)(plain(job.sentence), icon=icon)


@st.fragment(run_every=_LOOK_SECONDS)
def _follow(interview_id: int, *, may_cancel: bool) -> None:
    viewer = current_viewer()
    job = job_reads.latest_job(viewer, interview_id)
    if job is None or not job.is_open:
        if job is not None:
            st.session_state[f"followed_{job.id}"] = True
        st.rerun()
    with st.container(border=True):
        _how_far(job)
        if may_cancel and st.button(
            "Cancel", icon=":material/stop:", key="cancel_job", disabled=job.cancel_requested,
            help="Stops within seconds. What is shown stays as it is.",
        ):  # fmt: skip
            store.cancel(viewer, runtime.engine(), interview_id)


def _how_far(job: Job) -> None:
    steps = job.progress
    # Another copy of the program, whose clock may be ahead, noted when it began.
    seconds = max(0.0, (now() - (job.started_at or job.pressed_at)).total_seconds())
    if job.state is JobState.WAITING:
        label = "Waiting to start"
    elif steps.total:
        label = f"{steps.done} of about {steps.total} calls answered · {seconds:.0f} s"
    else:
        label = f"{plain(job.sentence.rstrip('.'))} · {seconds:.0f} s"
    st.progress(min(steps.done / steps.total, 1.0) if steps.total else 0.0, text=label)
    for skill in SKILLS:
        if sentence := steps.skills.get(skill.key):
            st.caption(f":material/chevron_right: {plain(sentence)}")
    so_far = f"{steps.tokens:,} tokens so far. " if steps.tokens else ""
    batch = "Part of a batch at half the price, which may take up to four days. " if job.batch_id is not None else ""
    st.caption(f"{so_far}{batch}You can leave this page; it keeps running.")
    if job.cancel_requested:
        st.caption(plain(job.sentence))


def _is_recorded(view: InterviewView) -> bool:
    recorded = runtime.recording()
    return recorded is not None and recorded.knows(view.transcript_hash)


def _describe_estimate(view: InterviewView) -> str:
    try:
        settings = runtime.model_settings()
    except ValueError as error:
        return plain(str(error))
    if not settings.is_configured:
        if _is_recorded(view):
            return "Replays the answers recorded for this demo interview (no language model connected)."
        return "Rule-based draft (no language model connected)."
    expected = job_reads.forecast(view)
    if expected is None:
        return "This interview is very long. What its breakdown costs is shown while it is being read."
    if expected.reason is Outcome.TOO_FEW_WORDS:
        return "This interview is too short for a language model. Nothing will be sent."
    if expected.reason is not None:
        return f"{expected.reason.sentence} Nothing will be sent."
    cost = settings.cost(expected.tokens - expected.output_tokens, expected.output_tokens)
    return f"About {expected.seconds:.0f} s and {expected.tokens:,} tokens" + (f", {cost}." if cost else ".")
