"""Recordings, where the model's server transcribes: sent, followed, then a transcript like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import streamlit as st

from analytics import runtime
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.jobs.job import JobError
from analytics.breakdown.jobs.transcription import Recording, list_recordings, remove, send
from analytics.database.errors import DatabaseError
from analytics.importing.add import find_known, fingerprint
from analytics.importing.errors import AddError
from pages.parts import reads, times
from pages.parts.add.files import Source
from pages.parts.markdown import plain

_FAILED: Final = "recording_failed"
_LISTED: Final = "recordings_listed"
_LARGEST_MB: Final = 25
_LOOK_SECONDS: Final = 1
T = TypeVar("T")


def is_offered() -> bool:
    """Return whether the model's server transcribes recordings."""
    try:
        return runtime.model_settings().can_transcribe
    except ValueError:
        return False


def recordings(viewer: Viewer) -> list[Source]:
    """Offer the upload, show sent recordings, and return the finished transcripts."""
    if not is_offered():
        return []
    _ask(viewer)
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(failed), icon=":material/error:")
    own = [one for one in _list(viewer) if not _is_added(viewer, one.source)]
    if any(one.is_open for one in own):
        _follow(viewer)
    for one in own:
        if one.sentence:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.error(f"{plain(_name(one))}: {plain(one.sentence)}", icon=":material/error:", width=500)
                st.button("Remove", key=f"remove_{one.id}", on_click=_remove, args=(viewer, one.id))
    return [Source(_name(one), one.text, one.source) for one in own if one.text]


def _list(viewer: Viewer) -> list[Recording]:
    """List the recordings; while the jobs are away, those known before, with all that is being typed for one."""
    listed = _try(lambda: list_recordings(viewer)) if runtime.jobs().unavailable() is None else None
    known: list[Recording] = st.session_state.get(_LISTED, []) if listed is None else listed
    st.session_state[_LISTED] = known
    return known


def forget(viewer: Viewer, source: str) -> None:
    """Delete the recording with this fingerprint once its interview is saved; nothing without one."""
    if is_offered() and runtime.jobs().unavailable() is None:
        for one in _try(lambda: list_recordings(viewer)) or []:
            if one.source == source:
                _remove(viewer, one.id)


def _ask(viewer: Viewer) -> None:
    with st.expander("Add a recording", icon=":material/mic:"):
        file = st.file_uploader(
            "Recording", type=["mp3", "m4a", "mp4", "wav", "ogg", "flac", "webm"], max_upload_size=_LARGEST_MB,
            key="add_recording",
        )  # fmt: skip
        settings = runtime.model_settings()
        st.caption(
            f"It is sent to {plain(settings.host)}, where {plain(settings.transcribes)} writes it down. "
            "Here it is kept until the interview is saved, for a day at most."
        )
        reason = runtime.jobs().unavailable()
        if reason is not None:
            _wait_for_jobs()
        if st.button("Write down", icon=":material/mic:", disabled=file is None or reason is not None) and file:
            _send(viewer, file.getvalue())


@st.fragment(run_every=_LOOK_SECONDS)
def _wait_for_jobs() -> None:
    """Show why nothing can be sent now, and go on with the page as soon as it can."""
    reason = runtime.jobs().unavailable()
    if reason is None:
        st.rerun()
    st.caption(plain(str(reason)))


def _send(viewer: Viewer, audio: bytes) -> None:
    if _is_added(viewer, fingerprint(audio)):
        st.info("This recording has been added already.", icon=":material/info:")
        return
    _try(lambda: send(viewer, audio, per_day=runtime.settings().added_interviews_per_day))


@st.fragment(run_every=_LOOK_SECONDS)
def _follow(viewer: Viewer) -> None:
    """Show what is being written down, and go on with the page once one has ended."""
    under_way = [one for one in _list(viewer) if one.is_open]
    key = "recordings_under_way"
    before = st.session_state.get(key)
    st.session_state[key] = {one.id for one in under_way}
    if before is not None and before - st.session_state[key]:
        st.rerun()
    for one in under_way:
        st.info(f"{plain(_name(one))} is being written down. You can leave this page.", icon=":material/hourglass_top:")


def _remove(viewer: Viewer, recording_id: str) -> None:
    _try(lambda: remove(viewer, recording_id))


def _is_added(viewer: Viewer, source: str) -> bool:
    with reads.reading() as db:
        try:
            return find_known(viewer, db, source) is not None
        except AddError:
            return True


def _try(work: Callable[[], T]) -> T | None:
    try:
        return work()
    except (JobError, NotAllowedError, DatabaseError) as error:
        st.session_state[_FAILED] = str(error)
        return None


def _name(recording: Recording) -> str:
    return f"Recording of {times.minute(recording.sent_at)}"
