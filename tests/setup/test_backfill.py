"""Set-up on a PostgreSQL whose platform goes on writing: nobody waits long, and the copy ends up exact."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from analytics.database.errors import DatabaseError
from analytics.database.schema import SCHEMA, progress, skill_scores
from analytics.database.sessions import writing
from analytics.interviewlab.tables import interviews, users
from analytics.scores import skill_scores as scores_skill_scores
from analytics.setup import backfill, install, locks
from analytics.setup.install import list_missing, set_up
from analytics.setup.locks import IN_USE
from tests.support.databases import Database
from tests.support.platform_rows import feedback, interview
from tests.support.score_rows import assert_exact, populate
from tests.support.waiting import wait_until
from tests.support.writers import Writers

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


@pytest.fixture
def in_background() -> Iterator[Callable[..., Future[Any]]]:
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


def test_the_copy_is_exact_though_the_platform_never_stopped(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 400)
    monkeypatch.setattr(backfill, "BATCH", 20)
    with Writers(platform_database.platform_engine, people=20) as writers:
        wait_until(lambda: len(writers.seconds) > 10, "the first writes")
        set_up(platform_database.engine)
        wait_until(lambda: list_missing(platform_database.engine) == [], "all scores to be filled in")
        written = len(writers.seconds)
    assert written > 30
    writers.assert_nobody_waited_long()
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)


def test_two_set_ups_at_once_do_no_harm(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    populate(platform_database, 400)
    monkeypatch.setattr(backfill, "BATCH", 20)
    both = [in_background(set_up, platform_database.engine) for _ in range(2)]
    for one in both:
        one.result(60)
    assert_exact(platform_database.engine)


def test_a_set_up_that_finds_another_one_running_says_so(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.3)
    with locks.exclusive(platform_database.engine), pytest.raises(DatabaseError, match="Another set-up"):
        set_up(platform_database.engine)
    set_up(platform_database.engine)
    assert list_missing(platform_database.engine) == []


def test_it_does_not_push_in_before_a_long_transaction(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    populate(platform_database, 40)
    pauses: list[float] = []

    def pause() -> None:
        pauses.append(time.monotonic())
        time.sleep(0.1)

    monkeypatch.setattr(locks, "_pause", pause)
    platform = platform_database.platform_engine
    with platform.connect() as long:
        long.execute(sa.update(interviews).where(interviews.c.id == 40).values(feedback=feedback(0.75)))
        started = in_background(set_up, platform_database.engine)
        with Writers(platform, people=20, count=1) as writers:
            # The writers keep away from the row that the long transaction holds.
            monkeypatch.setattr(writers, "_write", lambda connection, _rng: connection.execute(touch))
            wait_until(lambda: len(pauses) > 4, "four pauses")
        assert not started.done()
        assert len(writers.seconds) > 4
        writers.assert_nobody_waited_long()
        long.commit()
    started.result(60)
    assert_exact(platform_database.engine)


touch = sa.update(interviews).where(interviews.c.id == 1).values(turn_count=interviews.c.turn_count + 1)


def test_it_gives_up_with_a_sentence_and_goes_on_later(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 40)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(locks, "_pause", lambda: None)
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
        patch.setattr(install, name, stop)
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
        with interrupted(monkeypatch, "back_fill"):
            set_up(platform_database.engine)
        with platform_database.platform_engine.connect() as across:
            change(across)
            started = in_background(set_up, platform_database.engine)
            wait_until(lambda: position(platform_database.engine) >= 40, "forty interviews")
            # The back-fill is through, and does not call it finished while somebody may still change what it read.
            assert list_missing(platform_database.engine) != []
            assert not started.done()
            getattr(across, ends)()
        started.result(60)
        assert_exact(platform_database.engine)
        begin_again(platform_database)


def position(engine: Engine) -> int:
    with engine.connect() as connection:
        return (
            connection.execute(sa.select(progress.c.last_id).where(progress.c.task == backfill.SCORES_TASK)).scalar()
            or 0
        )


def begin_again(database: Database) -> None:
    """Bring the interviews back to where they were, before the back-fill."""
    with database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews))
        connection.execute(sa.delete(users))
    populate(database, 40)
    with writing(database.engine) as connection:
        backfill.start_over(connection)


def test_a_change_that_waits_for_a_batch_wins_over_it(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    """The platform changes an interview while the batch that has just copied it is not committed yet."""
    populate(platform_database, 40)
    with interrupted(monkeypatch, "back_fill"):
        set_up(platform_database.engine)
    writes: list[Future[Any]] = []
    fill = scores_skill_scores.fill

    def change() -> None:
        with platform_database.platform_engine.begin() as connection:
            connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(feedback=feedback(0.875)))

    def fill_and_wait(connection: Connection, after: int, upto: int) -> None:
        fill(connection, after, upto)
        if not writes:
            writes.append(in_background(change))
            wait_until(lambda: waits_for_us(platform_database.engine), "a writer that waits")

    monkeypatch.setattr(scores_skill_scores, "fill", fill_and_wait)
    set_up(platform_database.engine)
    writes[0].result(30)
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)
    with platform_database.engine.connect() as connection:
        of_one = sa.select(skill_scores.c.score).where(skill_scores.c.interview_id == 1)
        assert 0.875 in connection.execute(of_one).scalars().all()


def waits_for_us(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


def test_what_stays_locked_does_not_hold_up_the_rest(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch, in_background: Callable[..., Future[Any]]
) -> None:
    populate(platform_database, 40)
    with interrupted(monkeypatch, "back_fill"):
        set_up(platform_database.engine)
    with platform_database.platform_engine.connect() as long:
        # Writes the rows of interview 17 and keeps them to itself.
        long.execute(sa.update(interviews).where(interviews.c.id == 17).values(feedback=feedback(0.625)))
        started = in_background(set_up, platform_database.engine)
        wait_until(lambda: position(platform_database.engine) >= 40, "forty interviews")
        with platform_database.engine.connect() as connection:
            copied = set(connection.execute(sa.select(skill_scores.c.interview_id)).scalars())
        assert {16, 18} <= copied
        assert 17 not in copied
        long.rollback()
    started.result(60)
    assert_exact(platform_database.engine)


def test_a_back_fill_that_cannot_be_made_exact_yet_says_so(
    platform_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(platform_database, 40)
    with interrupted(monkeypatch, "back_fill"):
        set_up(platform_database.engine)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.3)
    with platform_database.platform_engine.connect() as long:
        long.execute(touch)
        with pytest.raises(DatabaseError) as told:
            set_up(platform_database.engine)
        assert str(told.value) == IN_USE
        assert "The back-fill of skill_scores has not finished." in list_missing(platform_database.engine)
    set_up(platform_database.engine)
    assert_exact(platform_database.engine)
    assert SCHEMA not in IN_USE
