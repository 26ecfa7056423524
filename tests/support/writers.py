"""A platform that goes on writing."""

from __future__ import annotations

import random
import threading
import time

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from analytics.interviewlab.tables import interviews, users
from tests.support.platform_rows import feedback, interview

# Seconds; far more than a lock is waited for.
LONGEST_WAIT = 2.0


class Writers:
    """Threads that write as the platform does, and how long each transaction took.

    One more thread has transactions that touch no table, and so wait for the machine alone.
    """

    def __init__(self, engine: Engine, people: int, count: int = 2) -> None:
        self.seconds: list[float] = []
        self._machine_seconds: list[float] = []
        self._engine, self._people = engine, people
        self._stopped = threading.Event()
        self._numbers = iter(range(100_000, 10_000_000))
        self._threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(count)]
        self._threads.append(threading.Thread(target=self._touch_nothing))
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

    def assert_nobody_waited_long(self) -> None:
        """Fail if a write took much longer than the machine made a transaction that writes nothing take."""
        assert max(self.seconds) < LONGEST_WAIT + 2 * max(self._machine_seconds, default=0.0)

    def _touch_nothing(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            with self._engine.begin() as connection:
                connection.exec_driver_sql("SELECT pg_current_xact_id()")
            self._machine_seconds.append(time.monotonic() - began)
            self._stopped.wait(0.002)

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
