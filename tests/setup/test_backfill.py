"""Set-up on a PostgreSQL whose platform goes on writing: nobody waits long, and the copy ends up exact."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from analytics import scores, setup
from analytics.database import DatabaseError, execute, writing
from analytics.schema import SCHEMA, interviews, progress, skill_scores, users
from analytics.setup import IN_USE, missing, set_up
from tests.copies import assert_exact, populate
from tests.parts.databases import Database
from tests.platform_rows import feedback, interview

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)

# Far more than a lock is waited for, far less than anybody would notice; the machine may be busy.
LONGEST_WAIT = 2.0


class Writers:
    """Threads that write as the platform does, and how long each transaction took."""

    def __init__(self, engine: Engine, people: int, count: int = 2) -> None:
        self.seconds: list[float] = []
        self._engine, self._people = engine, people
        self._stopped = threading.Event()
        self._numbers = iter(range(100_000, 10_000_000))
        self._threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(count)]
        self._failed: list[BaseException] = []

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        assert self._failed == []

    def _run(self, seed: int) -> None:
        rng = random.Random(seed)
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                with self._engine.begin() as connection:
                    for _ in range(rng.randint(1, 4)):
                        self._write(connection, rng)
            except sa.exc.OperationalError as error:
                # Two of the platform's own transactions may meet; that is not ours to prevent.
                if getattr(error.orig, "sqlstate", "") != "40P01":
                    self._failed.append(error)
            self.seconds.append(time.monotonic() - began)
            self._stopped.wait(0.002)

    def _write(self, connection: Connection, rng: random.Random) -> None:
        one = interviews.c.id == rng.randint(1, 400)
        kind = rng.randint(0, 7)
        if kind == 0:
            connection.execute(sa.delete(interviews).where(one))
        elif kind == 1:
            row = interview(next(self._numbers), rng.randint(1, self._people), feedback=feedback(rng.random()))
            connection.execute(sa.insert(interviews), [row])
        elif kind == 2:
            connection.execute(sa.update(interviews).where(one).values(status=rng.choice(["completed", "cancelled"])))
        elif kind == 3:
            connection.execute(sa.update(interviews).where(one).values(user_id=rng.randint(1, self._people)))
        elif kind == 4:
            connection.execute(sa.update(users).where(users.c.id == 1).values(full_name=f"Name {rng.random()}"))
        else:
            given = rng.choice([None, [], feedback(rng.random(), rng.random())])
            connection.execute(sa.update(interviews).where(one).values(feedback=given))


@pytest.fixture
def in_background() -> Iterator[Callable[..., Future[Any]]]:
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_the_copy_is_exact_though_the_platform_never_stopped(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 400)
    monkeypatch.setattr(setup, "BATCH", 20)
    with Writers(platform_database.platform_engine, people=20) as writers:
        until(lambda: len(writers.seconds) > 10)
        set_up(platform_database.engine)
        until(lambda: missing(platform_database.engine) == [])
        written = len(writers.seconds)
    assert written > 30
    assert max(writers.seconds) < LONGEST_WAIT
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)


def test_two_set_ups_at_once_do_no_harm(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    populate(platform_database, 400)
    monkeypatch.setattr(setup, "BATCH", 20)
    both = [in_background(set_up, platform_database.engine) for _ in range(2)]
    for one in both:
        one.result(60)
    assert_exact(platform_database.engine)


def test_a_set_up_that_finds_another_one_running_says_so(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "_PATIENCE_SECONDS", 0.3)
    with setup._alone(platform_database.engine), pytest.raises(DatabaseError, match="Another set-up"):
        set_up(platform_database.engine)
    set_up(platform_database.engine)
    assert missing(platform_database.engine) == []


def test_it_does_not_push_in_before_a_long_transaction(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    populate(platform_database, 40)
    pauses: list[float] = []

    def pause() -> None:
        pauses.append(time.monotonic())
        time.sleep(0.1)

    monkeypatch.setattr(setup, "_pause", pause)
    platform = platform_database.platform_engine
    with platform.connect() as long:
        long.execute(sa.update(interviews).where(interviews.c.id == 40).values(feedback=feedback(0.75)))
        started = in_background(set_up, platform_database.engine)
        with Writers(platform, people=20, count=1) as writers:
            # The writers keep away from the row that the long transaction holds.
            monkeypatch.setattr(writers, "_write", lambda connection, _rng: connection.execute(touch))
            until(lambda: len(pauses) > 4)
        assert not started.done()
        assert len(writers.seconds) > 4
        assert max(writers.seconds) < LONGEST_WAIT
        long.commit()
    started.result(60)
    assert_exact(platform_database.engine)


touch = sa.update(interviews).where(interviews.c.id == 1).values(turn_count=interviews.c.turn_count + 1)


def test_it_gives_up_with_a_sentence_and_goes_on_later(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 40)
    monkeypatch.setattr(setup, "_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(setup, "_pause", lambda: None)
    with platform_database.platform_engine.connect() as long:
        long.execute(touch)
        with pytest.raises(DatabaseError, match="does not push in"):
            set_up(platform_database.engine)
        long.rollback()
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)


class InterruptedSetUpError(Exception):
    """Stands for whoever stops the set-up."""


@contextmanager
def interrupted(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    def stop(*_arguments: object) -> None:
        raise InterruptedSetUpError

    with monkeypatch.context() as patch, suppress(InterruptedSetUpError):
        patch.setattr(setup, name, stop)
        yield
        pytest.fail("nothing interrupted it")


# What a transaction does that began before the back-fill copied interview 1 and ends after it.
first = sa.update(interviews).where(interviews.c.id == 1)
CHANGES: dict[str, Callable[[Connection], Any]] = {
    "reopened": lambda connection: connection.execute(first.values(status="in_progress")),
    "feedback removed": lambda connection: connection.execute(first.values(feedback=None)),
    "feedback JSON null": lambda connection: connection.execute(first.values(feedback=sa.text("' null '"))),
    "feedback changed": lambda connection: connection.execute(first.values(feedback=feedback(1))),
    "feedback unreadable": lambda connection: connection.execute(first.values(feedback=[])),
    "deleted": lambda connection: connection.execute(sa.delete(interviews).where(interviews.c.id == 1)),
    "renumbered": lambda connection: connection.execute(first.values(id=999)),
    "given to another person": lambda connection: connection.execute(first.values(user_id=5)),
    "completed": lambda connection: connection.execute(
        sa.update(interviews).where(interviews.c.id == 6).values(status="completed")
    ),
    "begun": lambda connection: connection.execute(sa.insert(interviews), [interview(500, feedback=feedback(0.5))]),
}


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_whoever_writes_across_the_back_fill_is_read_again(
    platform_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    in_background: Callable[..., Future[Any]],
    ends: str,
) -> None:
    populate(platform_database, 40)
    for change in CHANGES.values():
        with interrupted(monkeypatch, "_back_fill"):
            set_up(platform_database.engine)
        with platform_database.platform_engine.connect() as across:
            change(across)
            started = in_background(set_up, platform_database.engine)
            until(lambda: position(platform_database.engine) >= 40)
            # The back-fill is through, and does not call it finished while somebody may still change what it read.
            assert missing(platform_database.engine) != []
            assert not started.done()
            getattr(across, ends)()
        started.result(60)
        assert_exact(platform_database.engine)
        begin_again(platform_database)


def position(engine: Engine) -> int:
    with engine.connect() as connection:
        return (
            execute(connection, sa.select(progress.c.last_id).where(progress.c.task == setup.SCORES_TASK)).scalar() or 0
        )


def begin_again(database: Database) -> None:
    """Bring the interviews back to where they were, before the back-fill."""
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews))
        connection.execute(sa.delete(users))
    populate(database, 40)
    with writing(database.engine) as connection:
        setup._start_over(connection)


def test_a_change_that_waits_for_a_batch_wins_over_it(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    """The platform changes an interview while the batch that has just copied it is not committed yet."""
    populate(platform_database, 40)
    with interrupted(monkeypatch, "_back_fill"):
        set_up(platform_database.engine)
    writes: list[Future[Any]] = []
    fill = scores.fill

    def change() -> None:
        with platform_database.platform_engine.begin() as connection:
            connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(feedback=feedback(0.875)))

    def fill_and_wait(connection: Connection, after: int, upto: int) -> None:
        fill(connection, after, upto)
        if not writes:
            writes.append(in_background(change))
            until(lambda: waits_for_us(platform_database.engine))

    monkeypatch.setattr(scores, "fill", fill_and_wait)
    set_up(platform_database.engine)
    writes[0].result(30)
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)
    with platform_database.engine.connect() as connection:
        of_one = sa.select(skill_scores.c.score).where(skill_scores.c.interview_id == 1)
        assert 0.875 in execute(connection, of_one).scalars().all()


def waits_for_us(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


def test_what_stays_locked_does_not_hold_up_the_rest(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    populate(platform_database, 40)
    with interrupted(monkeypatch, "_back_fill"):
        set_up(platform_database.engine)
    with platform_database.platform_engine.connect() as long:
        # Writes the rows of interview 17 and keeps them to itself.
        long.execute(sa.update(interviews).where(interviews.c.id == 17).values(feedback=feedback(0.625)))
        started = in_background(set_up, platform_database.engine)
        until(lambda: position(platform_database.engine) >= 40)
        with platform_database.engine.connect() as connection:
            copied = set(execute(connection, sa.select(skill_scores.c.interview_id)).scalars())
        assert {16, 18} <= copied
        assert 17 not in copied
        long.rollback()
    started.result(60)
    assert_exact(platform_database.engine)


def test_a_back_fill_that_cannot_be_made_exact_yet_says_so(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 40)
    with interrupted(monkeypatch, "_back_fill"):
        set_up(platform_database.engine)
    monkeypatch.setattr(setup, "_PATIENCE_SECONDS", 0.3)
    with platform_database.platform_engine.connect() as long:
        long.execute(touch)
        with pytest.raises(DatabaseError) as told:
            set_up(platform_database.engine)
        assert str(told.value) == IN_USE
        assert "The back-fill of skill_scores has not finished." in missing(platform_database.engine)
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)
    assert SCHEMA not in IN_USE
