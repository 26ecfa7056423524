"""What our triggers cost the platform: its own writes, in turns, into two equal databases, one of them without us."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import async_sessionmaker

from analytics.setup.install import set_up
from benchmarks import server
from benchmarks.candidate import Interview, User
from benchmarks.dataset import Texts
from benchmarks.timing import Row, Spread, ratio, taking_turns
from tests.support.postgres import OwnServer

WITHOUT, WITH = "triggers_without", "triggers_with"
GOAL = 1.10
# More than the rounds that are not counted.
_SPARE = 10
_NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def measure(own: OwnServer, template: str, people: int, rounds: int, *, thorough: bool) -> Iterator[Row]:
    """Write one commit at a time, with 20 kB of transcript and 5 kB of feedback.

    The goal is for what the platform does: its requests, on a server that waits for the disk. Bare statements, and a
    server that does not wait (only where `thorough`), show what the triggers add when there is nothing around them.

    `template` is a database of the platform's that is not set up yet.
    """
    contents = _contents(people)
    for name in (WITHOUT, WITH):
        own.server.create_database(name, template=template)
    engine = server.our_engine(own, WITH)
    set_up(engine)
    engine.dispose()
    for name in (WITHOUT, WITH):
        own.server.execute("VACUUM ANALYZE", database=name)
    try:
        for fsync in ("on", "off") if thorough else ("on",):
            own.server.execute(f"ALTER SYSTEM SET fsync = {fsync}")
            own.server.execute("SELECT pg_reload_conf()")
            own.server.execute("CHECKPOINT")
            yield from _rows(own, contents, rounds, fsync)
    finally:
        own.server.execute("ALTER SYSTEM RESET fsync")
        own.server.execute("SELECT pg_reload_conf()")
        for name in (WITHOUT, WITH):
            own.server.drop_database(name)


class Contents(NamedTuple):
    """What is written, over and over: transcripts and feedback as JSON, and whose interviews they are."""

    transcripts: Sequence[str]
    feedback: Sequence[str]
    people: Sequence[int]


def _contents(people: int) -> Contents:
    rng = np.random.default_rng(7)
    texts = Texts(rng, 20_000)
    feedback = [texts.feedback(rng.uniform(0, 1, 4).tolist(), 2) for _ in range(200)]
    return Contents(texts.transcripts, feedback, rng.integers(1, people, 1_000).tolist())


def _rows(own: OwnServer, contents: Contents, rounds: int, fsync: str) -> Iterator[Row]:
    with server.platform_connection(own, WITHOUT) as without, server.platform_connection(own, WITH) as having:
        writers = {"without": Writer(without, contents), "with": Writer(having, contents)}
        for what in ("insert", "turn", "complete", "insert_completed"):
            times = taking_turns({name: getattr(writer, what) for name, writer in writers.items()}, rounds)
            yield _row(f"{_WHAT[what]}, fsync {fsync}, as a bare statement", times)
    requests = {name: Requests(own, database, contents) for name, database in (("without", WITHOUT), ("with", WITH))}
    for what in ("insert", "turn", "complete", "end", "give_feedback"):
        if what in ("complete", "end"):
            for program in requests.values():
                program.begin(2 * rounds)
        times = taking_turns({name: getattr(program, what) for name, program in requests.items()}, 2 * rounds)
        yield _row(f"{_WHAT[what]}, fsync {fsync}, as the platform's own requests do", times, fsync == "on")
    for program in requests.values():
        program.close()


def _row(what: str, times: dict[str, NDArray[np.float64]], has_goal: bool = False) -> Row:
    # Of single writes the ratios scatter with the disk; the ratio of the medians is what a platform notices.
    medians = float(np.median(times["with"]) / np.median(times["without"]))
    return Row(
        f"{what}: with triggers against without",
        f"<= {GOAL} x" if has_goal else "",
        f"{medians:.3f} x of medians, pairs {ratio(times['with'], times['without']).shown(' x')}; "
        f"{Spread.of(times['with']).shown(' ms', 1e3)} against {Spread.of(times['without']).shown(' ms', 1e3)}",
        medians <= GOAL if has_goal else None,
    )


_WHAT = {
    "insert": "Beginning an interview (insert)",
    "turn": "One more turn (update of the transcript)",
    "complete": "Completing an interview (update with transcript and feedback)",
    "end": "Ending an interview (update without feedback)",
    "give_feedback": "Feedback of an ended interview (update)",
    "insert_completed": "Inserting a completed interview",
}


class Writer:
    """Writes as the platform does; two of them write the same."""

    def __init__(self, connection: psycopg.Connection[Any], contents: Contents) -> None:
        self._connection = connection
        self._transcripts = itertools.cycle(contents.transcripts)
        self._feedback = itertools.cycle(contents.feedback)
        self._people = itertools.cycle(contents.people)
        self._begun: list[int] = []
        self._turning = itertools.count()

    def insert(self) -> None:
        found = self._write(
            "INSERT INTO interviews (user_id, title, status, turn_count, started_at, created_at, updated_at) "
            "VALUES (%s, 'Interview', 'in_progress', 0, %s, %s, %s) RETURNING id",
            [next(self._people), _NOW, _NOW, _NOW],
        ).fetchone()
        self._begun.append(found[0] if found else 0)
        self._connection.commit()

    def turn(self) -> None:
        self._write(
            "UPDATE interviews SET conversation_history = %s, turn_count = turn_count + 1, updated_at = %s "
            "WHERE id = %s",
            [next(self._transcripts), _NOW, self._begun[next(self._turning) % len(self._begun)]],
        )
        self._connection.commit()

    def complete(self) -> None:
        self._write(
            "UPDATE interviews SET feedback = %s, conversation_history = %s, status = 'completed', completed_at = %s, "
            "updated_at = %s WHERE id = %s",
            [next(self._feedback), next(self._transcripts), _NOW, _NOW, self._begun.pop()],
        )
        self._connection.commit()

    def insert_completed(self) -> None:
        done = _NOW + timedelta(hours=1)
        self._write(
            "INSERT INTO interviews (user_id, title, status, conversation_history, feedback, turn_count, started_at, "
            "completed_at, created_at, updated_at) VALUES (%s, 'Interview', 'completed', %s, %s, 12, %s, %s, %s, %s)",
            [next(self._people), next(self._transcripts), next(self._feedback), _NOW, done, _NOW, done],
        )
        self._connection.commit()

    def _write(self, statement: str, values: list[Any]) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement.encode(), values)


class _Key(NamedTuple):
    interview_id: int
    user_id: int


class Requests:
    """Writes as the platform's own program does, request by request, through its driver and its ORM.

    Each looks up who asks and the interview, whole; changes it, commits, and reads it again where the platform does.
    """

    def __init__(self, own: OwnServer, name: str, contents: Contents) -> None:
        self._loop = asyncio.new_event_loop()
        self._engine = server.asynchronous_platform_engine(own, name)
        self._session = async_sessionmaker(self._engine, expire_on_commit=False)
        self._transcripts = itertools.cycle([json.loads(transcript) for transcript in contents.transcripts])
        self._feedback = itertools.cycle([json.loads(feedback) for feedback in contents.feedback])
        self._people = itertools.cycle(contents.people)
        self._begun: deque[_Key] = deque()
        self._ended: deque[_Key] = deque()

    def close(self) -> None:
        self._loop.run_until_complete(self._engine.dispose())
        self._loop.close()

    def begin(self, interviews: int) -> None:
        """Have at least so many interviews, and a few more, that can be completed."""
        while len(self._begun) < interviews + _SPARE:
            self.insert()

    def insert(self) -> None:
        self._loop.run_until_complete(self._insert())

    def turn(self) -> None:
        """Take one more turn in the interview that has waited longest."""
        self._begun.rotate(-1)
        self._loop.run_until_complete(self._update(self._begun[0], self._transcript()))

    def complete(self) -> None:
        done = {"status": "completed", "completed_at": _NOW}
        values = self._transcript() | done | {"feedback": next(self._feedback)}
        self._loop.run_until_complete(self._update(self._begun.popleft(), values))

    def end(self) -> None:
        self._ended.append(self._begun.popleft())
        values = self._transcript() | {"status": "completed", "completed_at": _NOW}
        self._loop.run_until_complete(self._update(self._ended[-1], values))

    def give_feedback(self) -> None:
        values = {"feedback": next(self._feedback)}
        self._loop.run_until_complete(self._update(self._ended.popleft(), values, again=False))

    def _transcript(self) -> dict[str, Any]:
        return {"conversation_history": next(self._transcripts), "turn_count": 12}

    async def _insert(self) -> None:
        async with self._session() as db:
            person = (await db.execute(sa.select(User).where(User.id == next(self._people)))).scalar_one()
            interview = Interview(
                user_id=person.id,
                title="Interview",
                status="pending",
                conversation_history=[],
                turn_count=0,
                created_at=_NOW,
                updated_at=_NOW,
            )
            db.add(interview)
            await db.commit()
            await db.refresh(interview)
            self._begun.append(_Key(interview.id, person.id))

    async def _update(self, key: _Key, values: Mapping[str, Any], *, again: bool = True) -> None:
        async with self._session() as db:
            person = (await db.execute(sa.select(User).where(User.id == key.user_id))).scalar_one()
            found = sa.select(Interview).where(Interview.id == key.interview_id, Interview.user_id == person.id)
            interview = (await db.execute(found)).scalar_one()
            for column, value in values.items():
                setattr(interview, column, value)
            interview.updated_at = _NOW
            await db.commit()
            if again:
                await db.refresh(interview)
