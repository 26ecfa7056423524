"""What is new about a person since somebody last looked: the difference of two states, each change once.

What a viewer has seen is kept as the state that was shown. A list stays as it is told, and grows, for as long as the
viewer comes back to it; after `QUIET` without a look, or when they mark it as seen, the next one begins where it ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.viewer import Role, Viewer
from analytics.coaching.access import visible_of_person
from analytics.coaching.steps import StepState
from analytics.database.sessions import upsert
from analytics.database.sharing_tables import looks
from analytics.trends.labels import Trend

QUIET: Final = timedelta(hours=4)
# As long as somebody stays on a page, the time of their look is written this seldom.
_OFTEN_ENOUGH: Final = timedelta(minutes=5)


class Kind(StrEnum):
    """The kind of a change."""

    INTERVIEW = "interview"
    BREAKDOWN = "breakdown"
    STEP = "step"
    GOAL = "goal"
    TREND = "trend"
    VERDICT = "verdict"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind, and what it is about.

    That is the id of an interview, step or request for review, the key of a skill, or for a verdict `interview:skill`.
    """

    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class State:
    """A person's state at a moment.

    `versions` holds the number of the latest breakdown of every completed interview (0 without one), `steps` the state
    of every step, `trends` the trend of every skill, and `reached` the skills whose goal is reached. Of what others
    said, `verdicts` holds the number of the latest verdict by `interview:skill`, and `reviews` how often somebody asked
    or answered, by request.
    """

    versions: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    trends: Mapping[str, str] = field(default_factory=dict)
    reached: tuple[str, ...] = ()
    verdicts: Mapping[str, int] = field(default_factory=dict)
    reviews: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """The state a viewer compares with and the one last shown, and when each was shown."""

    base: State
    base_at: datetime
    shown: State
    shown_at: datetime


def difference(before: State, after: State) -> list[Change]:
    """List the changes between two states by kind: steps and goals first, interviews and breakdowns last.

    A trend counts where it became clear or ceased to be, a breakdown where its interview was there before.
    """
    changes = [
        Change(Kind.STEP, step)
        for step, state in after.steps.items()
        if state == StepState.DONE and before.steps.get(step) != StepState.DONE
    ]
    changes += [Change(Kind.GOAL, skill) for skill in after.reached if skill not in before.reached]
    changes += [
        Change(Kind.TREND, skill)
        for skill, trend in after.trends.items()
        if _clear(trend) != _clear(before.trends.get(skill))
    ]
    changes += [Change(Kind.REVIEW, one) for one in _risen(before.reviews, after.reviews)]
    changes += [Change(Kind.VERDICT, one) for one in _risen(before.verdicts, after.verdicts)]
    changes += [Change(Kind.INTERVIEW, one) for one in after.versions if one not in before.versions]
    changes += [
        Change(Kind.BREAKDOWN, one)
        for one, number in after.versions.items()
        if one in before.versions and number > before.versions[one]
    ]
    return changes


def look(former: Look | None, state: State, at: datetime) -> Look:
    """Look at a state; a first look is compared with itself."""
    if former is None:
        return Look(state, at, state, at)
    if at - former.shown_at >= QUIET:
        return Look(former.shown, former.shown_at, state, at)
    return Look(former.base, former.base_at, state, at)


def mark_seen(former: Look) -> Look:
    """Mark what was last shown as seen: the next list holds only what comes after it."""
    return Look(former.shown, former.shown_at, former.shown, former.shown_at)


def former_look(viewer: Viewer, db: Session | Connection, user_id: int) -> Look | None:
    """Read a viewer's last look at a person; None before the first, or if the person may not be seen."""
    row = _row(viewer, db, user_id)
    if row is None:
        return None
    return Look(_state(row["base"]), row["base_at"], _state(row["shown"]), row["shown_at"])


def read_last_reported(viewer: Viewer, db: Session, user_id: int) -> State | None:
    """Return the state a viewer was last told of, by a digest or by the page, whichever was later.

    None before the first look, and for a person not seen.
    """
    row = _row(viewer, db, user_id)
    if row is None:
        return None
    by_digest = row["told_at"] is not None and row["told_at"] > row["shown_at"]
    return _state(row["told"] if by_digest else row["shown"])


def keep_reported(viewer: Viewer, db: Connection, user_id: int, state: State, at: datetime) -> None:
    """Store the state that a digest told a viewer about."""
    chosen = sa.and_(looks.c.viewer == viewer.actor, looks.c.user_id == user_id)
    db.execute(sa.update(looks).where(chosen).values(told=_text(state), told_at=at))


def keep(viewer: Viewer, db: Connection, user_id: int, taken: Look) -> None:
    """Store a viewer's look at a person in place of the former one."""
    kept = {
        "base": _text(taken.base),
        "base_at": taken.base_at,
        "shown": _text(taken.shown),
        "shown_at": taken.shown_at,
    }
    statement = upsert(db, looks).values(kept | {"viewer": viewer.actor, "user_id": user_id})
    db.execute(statement.on_conflict_do_update(index_elements=["viewer", "user_id"], set_=kept))


def is_worth_keeping(former: Look | None, taken: Look) -> bool:
    """Return whether a look shows a change against the one before it, or is much later."""
    if former is None:
        return True
    same = (former.base, former.shown) == (taken.base, taken.shown)
    return not same or taken.shown_at - former.shown_at >= _OFTEN_ENOUGH


@lru_cache
def _look_at(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(looks).where(
        looks.c.viewer == sa.bindparam("actor"), visible_of_person(role, looks.c.user_id, looks.c.base_at)
    )


def _row(viewer: Viewer, db: Session | Connection, user_id: int) -> sa.RowMapping | None:
    asked = {"actor": viewer.actor, "user_id": user_id, **viewer.parameters}
    return db.execute(_look_at(viewer.role), asked).mappings().first()


def _risen(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    return [one for one, number in after.items() if number > before.get(one, 0)]


def _clear(trend: str | None) -> bool:
    return trend is not None and trend != Trend.NOT_ENOUGH_EVIDENCE


def _text(state: State) -> str:
    return json.dumps(asdict(state))


def _state(text: str) -> State:
    read = json.loads(text)
    return State(**read | {"reached": tuple(read["reached"])})
