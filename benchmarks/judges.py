"""What three judges and coaches' verdicts cost the roster and a person's page: the same data with and without them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from analytics.access.viewer import TRUSTED
from analytics.breakdown import FeedbackGenerator, ModelSettings
from analytics.database.schema import progress
from analytics.database.sessions import writing
from analytics.roster import page, summaries
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.setup.install import set_up
from benchmarks import server
from benchmarks import sessions as benchmarks_sessions
from benchmarks.dataset import Population
from benchmarks.pages import in_turns
from benchmarks.sessions import Address
from benchmarks.timing import Row, Spread, ratio, taking_turns
from tests.support.doubles import conversation
from tests.support.postgres import OURS, OwnServer

GOAL = 1.1
_LONG_SECONDS = 1_800
# Every interview of the middle third is shown as one model scored it, of the last third as another did; every fiftieth
# of the last was scored by both. Each began as the platform's, .10 lower.
_MADE = """CREATE TEMPORARY TABLE made AS
    SELECT id, n, id || '-' || n AS version, n = shown AS is_shown, CASE WHEN n = 1 THEN 'platform'
        WHEN n = 2 AND (id * 3 < :most * 2 OR id % 50 = 0) THEN 'model:one' ELSE 'model:two' END AS judge
    FROM (SELECT id, CASE WHEN id * 3 >= :most * 2 AND id % 50 = 0 THEN 3 ELSE 2 END AS shown FROM public.interviews
        WHERE status = 'completed' AND id * 3 >= :most) AS scored, generate_series(1, shown) AS n"""
_VERSIONS = (
    """INSERT INTO skill_analytics.breakdown_versions
        (id, interview_id, number, created_at, created_by, source, breakdown, provenance)
    SELECT version, id, n, now(), 'benchmark', CASE n WHEN 1 THEN 'platform' ELSE 'model' END, :breakdown,
        '{"analyst": "language model", "host": "h", "model": "one"}' FROM made""",
    """INSERT INTO skill_analytics.shown_versions (interview_id, version_id, changed_at, changed_by)
    SELECT id, version, now(), 'benchmark' FROM made WHERE is_shown""",
)
# A tenth of all has four verdicts.
_JUDGES_AND_VERDICTS = (
    "INSERT INTO skill_analytics.judges (key, kind, host, model, prompt, rubric) VALUES "
    "('platform', 'platform', '', '', '', ''), ('model:one', 'model', 'h', 'one', '', ''), "
    "('model:two', 'model', 'h', 'two', '', '') ON CONFLICT DO NOTHING",
    """INSERT INTO skill_analytics.version_scores (version_id, skill, interview_id, judge, judged_at, score)
    SELECT version, skill, id, judge, now(), CASE n WHEN 1 THEN greatest(score - 0.1, 0) ELSE score END
    FROM made JOIN skill_analytics.skill_scores ON interview_id = id WHERE score IS NOT NULL""",
    """INSERT INTO skill_analytics.verdicts
        (interview_id, skill, level, withdrawn, reason, sentences, blind, given_by, given_at)
    SELECT interview_id, skill, 1 + interview_id % 5, false, 'As the anchors say', '[]', false, 'a coach', now()
    FROM skill_analytics.skill_scores WHERE interview_id % 10 = 0""",
)

_ROSTERS: dict[str, dict[str, Any]] = {
    "by name": {},
    "by attention": {"sort": Sort.ATTENTION},
    "by overall": {"sort": Sort.OVERALL},
    "searched for a name": {"filters": Filters(search="vera")},
    "below 0.5, by attention": {"filters": Filters(below=0.5), "sort": Sort.ATTENTION},
}


def measure(own: OwnServer, population: Population, rounds: int) -> Iterator[Row]:
    """Compare two databases that differ in judges and verdicts alone."""
    names = ("one_judge", "three_judges")
    server.create(own, names[0], population)
    _set_up(own, names[0], population, _VERSIONS)
    own.server.create_database(names[1], template=names[0])
    _set_up(own, names[1], population, _JUDGES_AND_VERDICTS)
    engines = {name: server.our_engine(own, name) for name in names}
    size = f"{population.interviews:,} interviews"
    with Session(engines["one_judge"]) as one, Session(engines["three_judges"]) as three:
        asked = {"one_judge": one, "three_judges": three}
        for label, options in _ROSTERS.items():
            asks = {name: partial(page.page, TRUSTED, db, **options) for name, db in asked.items()}
            yield _row(f"Roster {label}, {size}", taking_turns(asks, rounds))
    yield from _pages(own, names, population, rounds)
    for name, engine in engines.items():
        engine.dispose()
        own.server.drop_database(name)


def _pages(own: OwnServer, names: Sequence[str], population: Population, rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as served:
        dashboards = {
            name: served.enter_context(
                benchmarks_sessions.serving(Path(folder), "app", DATABASE_URL=own.server.url_of(name, OURS))
            )
            for name in names
        }
        for interviews in (10, 200):
            address = Address("candidate", f"candidate={population.with_interviews(interviews)[0]}")
            times, cpu = asyncio.run(in_turns(dashboards, address, rounds))
            busy = f"; processor time {cpu[names[1]] / cpu[names[0]]:.2f} x"
            yield _row(f"A person's page, {interviews} interviews of {population.interviews:,}", times, busy)


def _row(what: str, times: Mapping[str, NDArray[np.float64]], busy: str = "") -> Row:
    found = ratio(times["three_judges"], times["one_judge"])
    shown = (Spread.of(times[name]).shown(" ms", 1e3) for name in ("three_judges", "one_judge"))
    measured = f"{found.shown(' x')}; {' against '.join(shown)}{busy}"
    return Row(f"{what}: three judges and verdicts against neither", f"<= {GOAL} x", measured, found.median <= GOAL)


def _set_up(own: OwnServer, name: str, population: Population, statements: Sequence[str]) -> None:
    """Set up, add what the statements add, and prepare the cohort by that."""
    engine = server.our_engine(own, name)
    set_up(engine)
    made = FeedbackGenerator(ModelSettings()).generate_feedback(conversation())
    with writing(engine, seconds=_LONG_SECONDS) as connection:
        for statement in (_MADE, *statements):
            connection.execute(sa.text(statement), {"most": population.interviews, "breakdown": made.to_json()})
        tasks = (summaries.SCATTER_TASK, summaries.TASK)
        connection.execute(sa.delete(progress).where(progress.c.task.in_(tasks)))
    set_up(engine)
    engine.dispose()
    own.server.execute("VACUUM ANALYZE", database=name)
