"""What is prepared from everybody: how long that takes for a whole database, and after some interviews changed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from sqlalchemy.orm import Session

from analytics import cohort
from analytics.roster import refresh as roster_refresh
from analytics.roster import summaries
from analytics.setup.backfill import SCORES_TASK, SetupProgress
from analytics.setup.install import set_up
from benchmarks import server
from benchmarks.dataset import Population, Texts
from benchmarks.timing import Row, Spread, timed
from tests.support.postgres import OwnServer

CHANGED = 1_000
PREPARING, REFRESHING = 60.0, 1.0


def prepare(own: OwnServer, name: str, population: Population) -> Iterator[Row]:
    """Set a filled database up, and say how long each part of that took."""
    began: dict[str, float] = {}
    took: dict[str, float] = {}

    def progress_of(task: str) -> SetupProgress:
        began[task] = time.perf_counter()

        def note(done: int, total: int) -> None:
            if done >= total:
                took[task] = time.perf_counter() - began[task]

        return note

    engine = server.our_engine(own, name)
    set_up(engine, progress_of)
    engine.dispose()
    preparing = took[summaries.SCATTER_TASK] + took[summaries.TASK]
    size = f"{population.interviews:,} interviews of {population.people:,} candidates"
    yield Row(
        f"Preparing the cohort's figures, {size}",
        f"<= {PREPARING:.0f} s",
        f"{preparing:.1f} s (noise {took[summaries.SCATTER_TASK]:.1f} s, summaries {took[summaries.TASK]:.1f} s)",
        preparing <= PREPARING,
    )
    yield Row(f"Copying the scores out of the JSON before that, {size}", "", f"{took[SCORES_TASK]:.1f} s")


def refresh(own: OwnServer, name: str, population: Population, rounds: int) -> Iterator[Row]:
    """Change interviews as the platform does, and bring the prepared figures up to date; at last from a cold cache.

    Each round changes other interviews of other people.
    """
    engine = server.our_engine(own, name)
    rng = np.random.default_rng(3)
    texts = Texts(rng, 100)

    def change() -> None:
        ids = rng.choice(np.arange(1, population.interviews + 1), CHANGED, replace=False).tolist()
        with server.platform_connection(own, name) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE interviews SET feedback = %s WHERE id = %s AND status = 'completed'",
                [(texts.feedback(rng.uniform(0, 1, 4).tolist(), 1), interview_id) for interview_id in ids],
            )

    def refreshed() -> float:
        began = time.perf_counter()
        done = summaries.BATCH
        while done == summaries.BATCH:
            with engine.begin() as connection:
                done = roster_refresh.refresh(connection)
        return time.perf_counter() - began

    times = []
    for _ in range(rounds + 1):
        change()
        times.append(refreshed())
    # The first one imports what learning takes, once in the life of a process.
    _, *times = times
    began = time.perf_counter()
    again = roster_refresh.learn_again(engine)
    learned = time.perf_counter() - began
    worst = max(times)
    yield Row(
        f"Bringing them up to date after {CHANGED:,} changed interviews",
        f"<= {REFRESHING:.0f} s",
        f"{Spread.of(times).shown(' s')}, at worst {worst:.2f} s",
        worst <= REFRESHING,
    )
    change()
    engine.dispose()
    server.forget(own)
    yield Row(f"The same from a cold cache, {CHANGED:,} changed interviews", "", f"{refreshed():.2f} s")
    yield Row(
        "Learning the cohort again beside the jobs, once 2% of all people have changed",
        "never on a page's path",
        f"{learned:.2f} s" if again else "not due yet",
    )
    with Session(engine) as db:
        reading = Spread.of(timed(lambda: cohort.load(db), 50))
    yield Row(
        "Reading them on a page", "never the cohort itself", f"{reading.shown(' ms', 1e3)}, one row by its key", True
    )
    engine.dispose()
