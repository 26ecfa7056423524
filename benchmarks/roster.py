"""The roster over everybody: first and deep pages, every sort, every filter, from a cold cache."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import now
from analytics.database.schema import coach_candidates, members
from analytics.roster import page
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.roster.page import RosterPage
from benchmarks import server
from benchmarks.dataset import Population
from benchmarks.timing import Row, Spread, ratio, taking_turns, timed
from tests.support.postgres import OwnServer

GOAL = 0.150
FILTERS = {
    "everybody": Filters(),
    "name": Filters(search="vera"),
    "e-mail": Filters(search="person77"),
    "nobody": Filters(search="no such person"),
    "days": Filters(within_days=30),
    "interviews": Filters(minimum_interviews=25),
    "below": Filters(below=0.5),
    "below in a skill": Filters(skill="technical", below=0.4),
    "all": Filters(search="a", within_days=365, minimum_interviews=5, skill="technical", below=0.7),
}
DEEP = 200


def measure(
    own: OwnServer, name: str, population: Population, coached: int, rounds: int, *, thorough: bool
) -> Iterator[Row]:
    """Ask for first pages after the server was restarted and its files were dropped from memory, and for deep ones.

    Every sort and filter where `thorough`, else every fifth.
    """
    coach = _coach(own, name, coached)
    asked = {
        **{
            f"{sort}, {'down' if descending else 'up'}": partial(_page, sort=sort, descending=descending)
            for sort in Sort
            for descending in (False, True)
        },
        **{
            f"{label}, by {sort}": partial(_page, filters=filters, sort=sort)
            for label, filters in FILTERS.items()
            for sort in (Sort.NAME, Sort.ATTENTION)
        },
        f"coach of {coached:,}": partial(_page, viewer=coach, sort=Sort.ATTENTION, descending=True),
    }
    if not thorough:
        asked = {label: asked[label] for label in list(asked)[::5]}
    cold = {label: _cold(own, name, ask) for label, ask in asked.items()}
    slowest = max(cold, key=lambda label: cold[label])
    yield Row(
        f"Roster, first page, cold: {len(cold)} sorts and filters",
        f"<= {GOAL * 1e3:.0f} ms each",
        f"slowest {cold[slowest] * 1e3:.0f} ms ({slowest}); {Spread.of(list(cold.values())).shown(' ms', 1e3)}",
        cold[slowest] <= GOAL,
    )
    engine = server.our_engine(own, name)
    with Session(engine) as db:
        warm = {label: float(np.median(timed(partial(ask, db), rounds))) for label, ask in asked.items()}
        slowest = max(warm, key=lambda label: warm[label])
        yield Row(
            "Roster, first page, warm",
            "",
            f"slowest {warm[slowest] * 1e3:.0f} ms ({slowest}); {Spread.of(list(warm.values())).shown(' ms', 1e3)}",
        )
        deep = min(DEEP, population.people // 50)
        ratios = {
            sort: _deep_against_first(db, sort, deep, rounds) for sort in (Sort.NAME, Sort.OVERALL, Sort.ATTENTION)
        }
        yield Row(
            f"Roster, page {deep} against page 1",
            "the same",
            ", ".join(f"by {sort} {found:.2f} x" for sort, found in ratios.items()),
            max(ratios.values()) <= 1.2,
        )
    engine.dispose()


def _page(
    db: Session, *, viewer: Viewer = TRUSTED, filters: Filters = FILTERS["everybody"], **order: Any
) -> RosterPage:
    return page.page(viewer, db, filters=filters, **order)


def _cold(own: OwnServer, name: str, ask: partial[RosterPage]) -> float:
    """Time one page from nothing: a new server, nothing of its files in memory, a new connection that is open."""
    server.forget(own)
    engine = server.our_engine(own, name)
    with Session(engine) as db:
        db.connection()
        (took,) = timed(partial(ask, db), 1, warming=0)
    engine.dispose()
    return float(took)


def _deep_against_first(db: Session, sort: Sort, deep: int, rounds: int) -> float:
    cursor = None
    for _ in range(deep - 1):
        cursor = page.page(TRUSTED, db, sort=sort, after=cursor).after
    times = taking_turns(
        {
            "first": lambda: page.page(TRUSTED, db, sort=sort),
            "deep": lambda: page.page(TRUSTED, db, sort=sort, after=cursor),
        },
        4 * rounds,
    )
    return ratio(times["deep"], times["first"]).median


def _coach(own: OwnServer, name: str, coached: int) -> Viewer:
    engine = server.our_engine(own, name)
    with engine.begin() as connection:
        member_id = connection.execute(
            members.insert().values(email="coach@example.org", role="coach", created_at=now()).returning(members.c.id)
        ).scalar_one()
        rows = [
            {"member_id": member_id, "user_id": 1 + 3 * place, "assigned_at": now(), "assigned_by": "benchmark"}
            for place in range(coached)
        ]
        connection.execute(coach_candidates.insert(), rows)
    engine.dispose()
    return Viewer(Role.COACH, member_id=member_id)
