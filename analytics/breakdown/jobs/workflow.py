"""The durable part of a job: every answer is stored before the next step, so none is paid for twice.

A process that ends, however it ends, leaves the workflow where it was; another one, or the same after its restart, goes
on behind the last step that was stored.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from dbos import (
    DBOS,
    DBOSPortableJSONSerializer,
    Queue,
    SetEnqueueOptions,
    SetWorkflowID,
)

from analytics.breakdown.jobs import store, transcription
from analytics.breakdown.jobs.batch_run import BatchRun
from analytics.breakdown.jobs.context import JobContext
from analytics.breakdown.jobs.job import Job, JobState
from analytics.breakdown.jobs.run import JobRun, NothingMadeError, begin, sentence_of, step
from analytics.database.job_store import SCHEMA
from analytics.observability.logs import about

log = logging.getLogger(__name__)
# With a handler of ours it adds none of its own: what it says goes where all the program's words go.
logging.getLogger("dbos").addHandler(logging.NullHandler())

QUEUE: Final = "breakdowns"
BATCHES: Final = "batches of breakdowns"
# One process works on so many interviews at a time, and on so many that one person asked for.
AT_A_TIME: Final = 4
AT_A_TIME_EACH: Final = 3
# A looping crash must end: after so many restarts in the middle of it, a job has failed.
MOST_RESTARTS: Final = 3
# A batch waits for days, and for the days of a program that is often updated.
MOST_RESTARTS_OF_A_BATCH: Final = 20
_ENDED: Final = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})

_contexts: list[JobContext] = []


def launch(context: JobContext, system_url: str, name: str) -> None:
    """Start working on the queue, under the name of this instance.

    All instances go on with each other's workflows, also across versions of the program, hence the fixed version.
    """
    _contexts[:] = [context]
    DBOS(
        config={
            "name": "skill-analytics",
            "application_version": "1",
            "executor_id": name,
            "system_database_url": system_url,
            "dbos_system_schema": SCHEMA,
            "sys_db_pool_size": 5,
            # In SQLite it ends no sooner than after this.
            "notification_listener_polling_interval_sec": context.times.poll,
            # What is stored can be read as it stands, and runs nothing when it is.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=AT_A_TIME,
        partition_worker_concurrency=AT_A_TIME_EACH,
        polling_interval_sec=context.times.poll,
    )
    # A batch waits for hours and does little.
    DBOS.register_queue(BATCHES, worker_concurrency=AT_A_TIME, polling_interval_sec=context.times.poll)
    transcription.register(context, context.times.poll)


def end() -> None:
    """Stop what `launch` started; unfinished workflows stay to be resumed."""
    DBOS.destroy()


def enqueue(job: Job) -> None:
    """Enqueue a job; doing so again changes nothing.

    Each person who presses has a queue of their own, so that nobody waits behind all that another one pressed.
    """
    with SetWorkflowID(job.id), SetEnqueueOptions(queue_partition_key=queue_of(job.pressed_by)):
        _queue(QUEUE).enqueue(regenerate, job.id)


def queue_of(actor: str) -> str:
    """Return the queue of a person, under a name that does not reveal who it is."""
    return hashlib.sha256(actor.encode()).hexdigest()[:32]


def enqueue_batch(batch_id: str, job_ids: Sequence[str]) -> None:
    """Enqueue a batch of jobs in the order of their ids; doing so again changes nothing."""
    with SetWorkflowID(batch_id):
        _queue(BATCHES).enqueue(regenerate_batch, batch_id, sorted(job_ids))


def _queue(name: str) -> Queue:
    queue = DBOS.retrieve_queue(name)
    if queue is None:
        raise LookupError(f"the queue {name} is not registered")
    return queue


def find_ended(job_ids: Sequence[str]) -> dict[str, bool]:
    """Return, for each enqueued job, whether its workflow has ended."""
    workflows = DBOS.list_workflows(workflow_ids=list(job_ids), load_input=False, load_output=False)
    return {status.workflow_id: status.status in _ENDED for status in workflows}


def active_instances() -> set[str]:
    """Return the instances that have started a workflow and not finished it."""
    running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    return {status.executor_id for status in running if status.executor_id}


def resume(name: str) -> None:
    """Put the workflows of an ended instance back into the queue."""
    # There is no other way to it: what is public asks for the provider's own service.
    DBOS._recover_pending_workflows([name])


def delete_ended(before: datetime) -> None:
    """Delete the stored data of workflows that ended before a moment."""
    ended_ids = [
        status.workflow_id
        for status in DBOS.list_workflows(
            status=sorted(_ENDED), completed_before=before.isoformat(), limit=1000, load_input=False, load_output=False
        )
    ]
    if ended_ids:
        DBOS.delete_workflows(ended_ids)


@DBOS.workflow(name="regenerate breakdown", max_recovery_attempts=MOST_RESTARTS)
def regenerate(job_id: str) -> str:
    """Make the breakdown of a job; returns the job's final state."""
    context = _contexts[0]
    with about(job_id=job_id), context.worker(job_id):
        try:
            began = step("begin", partial(begin, context, job_id))
            if began is None:
                return JobState.CANCELLED
            run = JobRun(context, job_id, datetime.fromisoformat(began))
            return step("end", partial(run.end, run.make()))
        except NothingMadeError as error:
            store.close(context.engine, job_id, error.state, str(error))
            return error.state
        except Exception as error:  # the page must say that it failed, whatever it was
            log.exception("the breakdown of job %s failed", job_id)
            sentence = sentence_of(error)
        store.close(context.engine, job_id, JobState.FAILED, sentence)
        return JobState.FAILED


@DBOS.workflow(name="regenerate breakdowns in a batch", max_recovery_attempts=MOST_RESTARTS_OF_A_BATCH)
def regenerate_batch(batch_id: str, job_ids: list[str]) -> str:
    """Make the breakdowns of many jobs through the provider's batch endpoint, in at most four rounds of a day each."""
    context = _contexts[0]
    with about(batch_id=batch_id), context.worker(batch_id):
        batch = BatchRun(context, batch_id, job_ids)
        try:
            batch.make()
        except Exception as error:
            log.exception("the batch %s failed", batch_id)
            batch.give_up(sentence_of(error))
        return JobState.FINISHED
