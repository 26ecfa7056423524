"""Recordings transcribed by the model's server: one durable workflow each, kept until used or for a day.

There is no row of ours beside it: the workflow's id says whose recording it is and which, and holds all that is stored.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from dbos import DBOS, SetWorkflowID
from dbos import error as dbos_error

from analytics.access.viewer import Viewer, require_adding
from analytics.breakdown.jobs.context import JobContext, ShutdownError
from analytics.breakdown.jobs.job import BudgetError, JobError
from analytics.breakdown.llm.transcription import Transcription, transcribe
from analytics.breakdown.outcomes import Outcome
from analytics.columns import now
from analytics.database import job_store
from analytics.transcripts.audio import LARGEST_RECORDING, recording_suffix

QUEUE: Final = "recordings"
_AT_A_TIME: Final = 2
_MOST_RESTARTS: Final = 3
_LOST: Final = "The transcription was interrupted too often. Send the recording again."
_NOT_NOW: Final = "Recordings cannot be sent right now. Try again in a moment."
_contexts: list[JobContext] = []


@dataclass(frozen=True, slots=True)
class Recording:
    """An uploaded recording: `source` is its fingerprint, `text` the server's JSON once it is done.

    `sentence` says what went wrong; empty while it is under way and where nothing did.
    """

    id: str
    source: str
    sent_at: datetime
    is_open: bool
    text: str = ""
    sentence: str = ""


def register(context: JobContext, poll: float) -> None:
    """Register the workflow with this process."""
    _contexts[:] = [context]
    DBOS.register_queue(QUEUE, worker_concurrency=_AT_A_TIME, polling_interval_sec=poll)


def send(viewer: Viewer, audio: bytes, *, per_day: int) -> str:
    """Submit a recording and return its id; one that is running or done is not sent again.

    Raises `JobError` with one sentence, `BudgetError` where somebody has sent too many within a day, `NotAllowedError`.
    """
    require_adding(viewer)
    if recording_suffix(audio) is None:
        raise JobError("This is no recording that is known here. Add it as .mp3, .m4a, .wav, .ogg, .flac or .webm.")
    if len(audio) > LARGEST_RECORDING:
        raise JobError("This recording is larger than 25 MB. Cut it, or save it with a lower bit rate.")
    source = hashlib.sha256(audio).hexdigest()
    try:
        earlier = _of(viewer)
        same = [one for one in earlier if one.source == source]
        if done := next((one for one in same if not one.sentence), None):
            return done.id
        if len(earlier) >= per_day:
            raise BudgetError(f"You have reached today's limit of {per_day} recordings. Try again tomorrow.")
        # Two presses at the same moment have the same number, and are one workflow.
        name = f"{_owner(viewer)}{source}-{len(same)}"
        queue = DBOS.retrieve_queue(QUEUE)
        if queue is None:
            raise JobError(_NOT_NOW)
        with SetWorkflowID(name):
            queue.enqueue(write_down, base64.b64encode(audio).decode())
    except dbos_error.DBOSException as error:
        raise JobError(_NOT_NOW) from error
    return name


def list_recordings(viewer: Viewer) -> list[Recording]:
    """List the viewer's recordings of the last day, newest first; raises `JobError`."""
    try:
        return _of(viewer)
    except dbos_error.DBOSException as error:
        raise JobError(_NOT_NOW) from error


def remove(viewer: Viewer, recording_id: str) -> None:
    """Delete a recording of the viewer's with its transcript, stopping it first; raises `JobError`."""
    if not recording_id.startswith(_owner(viewer)):
        raise JobError("This recording is not yours.")
    try:
        if not any(one.is_open for one in _of(viewer) if one.id == recording_id):
            DBOS.delete_workflows([recording_id])
    except dbos_error.DBOSException as error:
        raise JobError(_NOT_NOW) from error


def _owner(viewer: Viewer) -> str:
    return job_store.recording_prefix(viewer.actor)


def _of(viewer: Viewer) -> list[Recording]:
    prefix = _owner(viewer)
    since = (now() - timedelta(days=1)).isoformat()
    found = DBOS.list_workflows(workflow_id_prefix=prefix, start_time=since, sort_desc=True, load_input=False)
    return [
        _recording(status.workflow_id, prefix, status.status, status.created_at or 0, status.output) for status in found
    ]


def _recording(name: str, prefix: str, status: str, created_at: int, output: object) -> Recording:
    source, _, _ = name.removeprefix(prefix).partition("-")
    sent_at = datetime.fromtimestamp(created_at / 1000, UTC)
    if status in job_store.OPEN:
        return Recording(name, source, sent_at, is_open=True)
    if status != "SUCCESS" or not isinstance(output, str):
        return Recording(name, source, sent_at, is_open=False, sentence=_LOST)
    written = Transcription.model_validate_json(output)
    return Recording(name, source, sent_at, is_open=False, text=written.text, sentence=written.sentence)


@DBOS.workflow(name="write down a recording", max_recovery_attempts=_MOST_RESTARTS)
def write_down(audio: str) -> str:
    """Transcribe a recording (base64); returns a `Transcription` as JSON."""
    context = _contexts[0]
    with context.worker(QUEUE):
        return DBOS.run_step({"name": "transcribe"}, partial(_paid, context, base64.b64decode(audio)))


def _paid(context: JobContext, audio: bytes) -> str:
    if context.ending.is_set():
        raise ShutdownError
    name = f"recording.{recording_suffix(audio)}"
    written = transcribe(context.generator.client(), name, audio, cancelled=context.given_up.is_set)
    if context.given_up.is_set() and written.outcome is Outcome.CANCELLED:
        raise ShutdownError
    return written.model_dump_json()
