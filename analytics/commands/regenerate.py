"""`python -m analytics regenerate`: make the breakdowns of many interviews, after an estimate."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy.engine import Engine
from tqdm import tqdm

from analytics.access.viewer import TRUSTED
from analytics.breakdown import FeedbackGenerator
from analytics.breakdown.jobs import selection, store
from analytics.breakdown.jobs.context import JobTimes
from analytics.breakdown.jobs.job import Job, JobError, JobState
from analytics.breakdown.jobs.worker import JobWorker
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.estimate import Estimate
from analytics.commands.common import add_database_url, database, platform_id
from analytics.database.sessions import reading, writing
from analytics.settings import Settings, SettingsError

HELP: Final = "make breakdowns for many interviews"
# So many are handed over at a time: what an interruption leaves to others is little.
_AHEAD: Final = 6
_LOOK_SECONDS: Final = 0.2
# A provider takes 50,000 calls at a time; this many interviews have some 10,000.
_BATCH: Final = 200
_SIDE_BY_SIDE: Final = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--interview", type=platform_id, action="append", metavar="ID", help="this interview; may be repeated"
    )
    which.add_argument("--missing", action="store_true", help="completed interviews without a breakdown of ours")
    which.add_argument(
        "--outdated",
        action="store_true",
        help="interviews whose transcript, prompt, rubric or model has changed since their breakdown",
    )
    parser.add_argument("--limit", type=_count, metavar="N", help="at most N, the latest interviews first")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="change nothing; say which interviews, and how many tokens they would take",
    )
    parser.add_argument(
        "--batch",
        action="store_true",
        help="send all calls through the provider's batch endpoint, at half the price; there are up to four rounds, "
        "each answered within a day; you can stop the command and run it again",
    )
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings, *, times: JobTimes | None = None) -> int:
    """Make the breakdowns and list those that failed; `times` sets how often jobs are polled."""
    generator = FeedbackGenerator(ModelSettings.from_environment())
    with database(arguments, settings) as engine:
        interview_ids = _choose(arguments, engine, generator)
        if not interview_ids:
            print("There is nothing to do.")
            return 0
        with reading(engine) as db:
            expected = selection.estimate(db, interview_ids, generator)
        print(_forecast(len(interview_ids), expected, generator, batch=arguments.batch))
        if arguments.dry_run:
            print("Interviews: " + ", ".join(map(str, interview_ids)))
            return 0
        if arguments.batch and not generator.settings.is_configured:
            raise SettingsError("--batch needs a language model; none is connected.")
        try:
            with (
                _interruptible() as interruption,
                _run_worker(engine, generator, write_back=settings.write_back, times=times) as at_work,
            ):
                return _report(
                    (_follow_batches if arguments.batch else _work_off)(at_work, engine, interview_ids, interruption)
                )
        except JobError as error:
            print(error, file=sys.stderr)
            return 1


class _Interruption:
    """Whether somebody pressed Ctrl-C, looked at between two steps."""

    happened = False

    def look(self) -> None:
        """Raise `KeyboardInterrupt` if it was pressed."""
        if self.happened:
            raise KeyboardInterrupt


@contextmanager
def _interruptible() -> Iterator[_Interruption]:
    """Note the first interruption: raised wherever Python stands, it is lost where nothing may be raised."""
    interruption = _Interruption()

    def note(number: int, frame: object) -> None:
        interruption.happened = True
        signal.signal(signal.SIGINT, former)

    former = signal.signal(signal.SIGINT, note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, former)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _choose(arguments: argparse.Namespace, engine: Engine, generator: FeedbackGenerator) -> list[int]:
    with writing(engine) as connection:  # a transaction, which reading bit by bit needs
        if arguments.interview:
            interview_ids = list(dict.fromkeys(arguments.interview))
        elif arguments.missing:
            interview_ids = selection.without_breakdown(connection)
        else:
            interview_ids = selection.with_outdated_breakdown(connection, generator.settings)
    return interview_ids[: arguments.limit]


def _forecast(count: int, expected: Estimate, generator: FeedbackGenerator, *, batch: bool) -> str:
    interviews = f"{count:,} interview{'' if count == 1 else 's'}"
    if not generator.settings.is_configured:
        return (
            f"{interviews}, drafted by simple rules: claims, but no scores. "
            "Set OPENAI_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL, to connect a language model."
        )
    seconds = expected.seconds / min(_SIDE_BY_SIDE, count)
    cost = generator.settings.cost(expected.tokens - expected.output_tokens, expected.output_tokens)
    return (
        f"{interviews}, read by {generator.settings.model_name} at {generator.settings.host}: about "
        f"{expected.tokens:,} tokens in {expected.calls:,} calls, {cost}{', ' if cost else ''}"
        + (
            "at half the price, within a day for each of up to four rounds."
            if batch
            else f"about {_duration(seconds)}."
        )
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


@contextmanager
def _run_worker(
    engine: Engine, generator: FeedbackGenerator, *, write_back: bool, times: JobTimes | None
) -> Iterator[JobWorker]:
    at_work = JobWorker(lambda: engine, lambda: generator, write_back=write_back, times=times)
    at_work.start()
    try:
        yield at_work
    finally:
        at_work.stop()


def _work_off(
    at_work: JobWorker, engine: Engine, interview_ids: Sequence[int], interruption: _Interruption
) -> list[tuple[int, Job | str]]:
    """Start one job after the other and follow them; returns for each interview its job, or why there was none."""
    results: list[tuple[int, Job | str]] = []
    waiting = list(interview_ids)
    pressed: dict[str, int] = {}
    tokens = 0
    with tqdm(total=len(interview_ids), desc="Breakdowns", unit="", disable=None) as bar:
        try:
            while waiting or pressed:
                interruption.look()
                while waiting and len(pressed) < _AHEAD:
                    interview_id = waiting.pop(0)
                    try:
                        pressed[at_work.press(TRUSTED, interview_id).id] = interview_id
                    except JobError as error:
                        if at_work.unavailable() is not None:
                            raise
                        results.append((interview_id, str(error)))
                        bar.update()
                for job in _wait_for(engine, list(pressed)):
                    results.append((pressed.pop(job.id), job))
                    tokens += job.progress.tokens
                    bar.set_postfix_str(f"{tokens:,} tokens")
                    bar.update()
                time.sleep(_LOOK_SECONDS if pressed else 0)
        except JobError as error:
            # Those already begun go on when there are jobs again.
            results += [(number, str(error)) for number in (interview_id, *waiting, *pressed.values())]
        except KeyboardInterrupt:
            for interview_id in pressed.values():
                store.cancel(TRUSTED, engine, interview_id, only_waiting=True)
            raise
    return results


def _follow_batches(
    at_work: JobWorker, engine: Engine, interview_ids: Sequence[int], interruption: _Interruption
) -> list[tuple[int, Job | str]]:
    """Start all jobs in batches and follow them; an interruption leaves them at the provider, to be collected later."""
    results: list[tuple[int, Job | str]] = []
    pressed: dict[str, int] = {}
    for start in range(0, len(interview_ids), _BATCH):
        for interview_id, job in at_work.press_together(TRUSTED, interview_ids[start : start + _BATCH]).items():
            if isinstance(job, Job):
                pressed[job.id] = interview_id
            else:
                results.append((interview_id, job))
    with tqdm(total=len(interview_ids), initial=len(results), desc="Breakdowns", unit="", disable=None) as bar:
        while pressed:
            interruption.look()
            for job in _wait_for(engine, list(pressed)):
                results.append((pressed.pop(job.id), job))
                bar.update()
            time.sleep(_LOOK_SECONDS if pressed else 0)
    return results


def _wait_for(engine: Engine, job_ids: Sequence[str]) -> list[Job]:
    with reading(engine) as connection:
        return [job for job in store.by_id(connection, job_ids) if not job.is_open]


def _report(results: Sequence[tuple[int, Job | str]]) -> int:
    failed = 0
    for interview_id, result in results:
        if isinstance(result, Job) and result.state is JobState.FINISHED:
            continue
        failed += 1
        print(f"Interview {interview_id}: {result.sentence if isinstance(result, Job) else result}", file=sys.stderr)
    made = len(results) - failed
    print(f"{made:,} breakdown{'' if made == 1 else 's'} made, {failed:,} not.")
    return 1 if failed else 0
