"""Personal data: everything that is held about a person, its removal, and how long former breakdowns are kept.

Only our own tables are touched. What the platform holds about a person is told, and stays the platform's to delete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from analytics.access import TRUSTED
from analytics.audit import record
from analytics.database import execute, now, session
from analytics.queries import as_utc
from analytics.schema import (
    audit,
    breakdown_jobs,
    breakdown_versions,
    candidate_scatter,
    candidate_summaries,
    coach_candidates,
    identities,
    imports,
    interviews,
    members,
    shown_versions,
    skill_scores,
    stale_candidates,
    users,
)
from analytics.sign_in import normalised

FORGOTTEN: Final = "forgotten person"
_BY_USER: Final = (skill_scores, candidate_summaries, candidate_scatter, stale_candidates, coach_candidates)
# In this order: what refers to a version goes before it.
_BY_INTERVIEW: Final = (shown_versions, breakdown_jobs, breakdown_versions, imports)
# Where a person may stand as the one who did something to somebody else's data.
_DOERS: Final = (
    (breakdown_versions, "created_by"),
    (breakdown_jobs, "pressed_by"),
    (shown_versions, "changed_by"),
    (shown_versions, "approved_by"),
    (coach_candidates, "assigned_by"),
)


class PrivacyError(ValueError):
    """A person about whom nothing can be given or removed now; the message says why and is fit to show."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of ours were removed or rid of the person, and how many the platform still holds."""

    removed: int
    platform: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Person:
    user_id: int
    emails: tuple[str, ...]
    interview_ids: tuple[int, ...]


def held(engine: Engine, user_id: int) -> dict[str, Any]:
    """Gather all we hold about a person, table by table, as plain JSON values; what others wrote stays theirs.

    Raises `PrivacyError` for somebody about whom nothing is held.
    """
    with session(engine) as db:
        person = _person(db, user_id)
        ours: dict[str, Any] = {}
        for table, chosen in _rows_of(person):
            ours[table.name] = _plain(execute(db, sa.select(table).where(chosen)).mappings())
        ours[audit.name] = _plain(_trail(db, person))
        platform = _at_platform(db, person)
    if not any(ours.values()) and not any(platform.values()):
        raise PrivacyError(f"Nothing is held about a user {user_id}.")
    return {"user_id": user_id, "exported_at": now().isoformat(), "ours": ours, "rows_of_the_platform": platform}


def forget(engine: Engine, user_id: int) -> Forgotten:
    """Remove a person from our tables, in one transaction with one audit row that does not say whom.

    Raises `PrivacyError` while a breakdown of theirs is being made, and for somebody about whom nothing is held.
    """
    with session(engine) as db:
        person = _person(db, user_id)
        unfinished = breakdown_jobs.c.finished_at.is_(None)
        of_theirs = breakdown_jobs.c.interview_id.in_(person.interview_ids)
        if execute(db, sa.select(sa.func.count()).where(unfinished, of_theirs)).scalar_one():
            raise PrivacyError("A breakdown of this person is being made. Cancel it, or wait, and try again.")
        removed = sum(_scrub(db, row, person) for row in _trail(db, person))
        for table, chosen in _rows_of(person):
            removed += _count(db, sa.delete(table).where(chosen))
        for table, doer in _DOERS:
            named = sa.func.lower(table.c[doer]).in_(person.emails)
            removed += _count(db, sa.update(table).where(named).values({doer: FORGOTTEN}))
        platform = _at_platform(db, person)
        if not removed and not any(platform.values()):
            raise PrivacyError(f"Nothing is held about a user {user_id}.")
        record(db, TRUSTED.actor, "forget", rows=removed)
        db.commit()
    return Forgotten(removed, platform)


def expire(engine: Engine, days: int, *, at: datetime | None = None) -> int:
    """Delete breakdowns that are older than so many days; tells how many.

    The one that is shown, which alone can be approved, and the latest of each interview stay, whatever their age.
    """
    before = (at or now()) - timedelta(days=days)
    kept = sa.select(shown_versions.c.version_id)
    other = breakdown_versions.alias()
    latest = (
        sa.select(sa.func.max(other.c.number))
        .where(other.c.interview_id == breakdown_versions.c.interview_id)
        .scalar_subquery()
    )
    with session(engine) as db:
        expired = _count(
            db,
            sa.delete(breakdown_versions).where(
                breakdown_versions.c.created_at < before,
                breakdown_versions.c.id.not_in(kept),
                breakdown_versions.c.number < latest,
            ),
        )
        if expired:
            record(db, TRUSTED.actor, "retention", versions=expired, days=days)
            db.commit()
    return expired


def _person(db: Session, user_id: int) -> _Person:
    emails = set(db.execute(sa.select(users.c.email).where(users.c.id == user_id)).scalars())
    for source in (candidate_summaries, identities):
        emails |= set(execute(db, sa.select(source.c.email).where(source.c.user_id == user_id)).scalars()) - {None}
    ids = set(db.execute(sa.select(interviews.c.id).where(interviews.c.user_id == user_id)).scalars())
    ids |= set(execute(db, sa.select(skill_scores.c.interview_id).where(skill_scores.c.user_id == user_id)).scalars())
    return _Person(user_id, tuple(sorted({normalised(email) for email in emails})), tuple(sorted(ids)))


def _rows_of(person: _Person) -> Iterable[tuple[sa.Table, sa.ColumnElement[bool]]]:
    for table in _BY_USER:
        yield table, table.c.user_id == person.user_id
    for table in _BY_INTERVIEW:
        yield table, table.c.interview_id.in_(person.interview_ids)
    yield identities, sa.or_(identities.c.user_id == person.user_id, identities.c.email.in_(person.emails))
    theirs = sa.select(members.c.id).where(members.c.email.in_(person.emails))
    yield coach_candidates, coach_candidates.c.member_id.in_(theirs)
    yield members, members.c.email.in_(person.emails)


def _trail(db: Session, person: _Person) -> list[Mapping[str, Any]]:
    """Find the rows of the audit trail that name a person: as who did it, whom it was about, or in the detail."""
    rows = (dict(row) for row in execute(db, sa.select(audit).order_by(audit.c.id)).mappings())
    return [row for row in rows if _is_about(row, person) or _is_by(row, person) or _names(row, person)]


def _is_about(row: Mapping[str, Any], person: _Person) -> bool:
    return row["user_id"] == person.user_id or row["interview_id"] in person.interview_ids


def _is_by(row: Mapping[str, Any], person: _Person) -> bool:
    return normalised(row["actor"]) in person.emails


def _names(row: Mapping[str, Any], person: _Person) -> bool:
    detail = json.loads(row["detail"])
    return bool(_without(detail, person) != detail)


def _without(value: Any, person: _Person) -> Any:
    """Take a person out of a detail: their e-mails wherever they stand, their id in lists of candidates."""
    if isinstance(value, str):
        return FORGOTTEN if normalised(value) in person.emails else value
    if isinstance(value, list):
        return [_without(entry, person) for entry in value if entry != person.user_id]
    if isinstance(value, dict):
        return {name: _without(entry, person) for name, entry in value.items()}
    return value


def _scrub(db: Session, row: Mapping[str, Any], person: _Person) -> int:
    """Rid a row of the audit trail of a person; that something was done, and when, stays."""
    detail = {} if _is_about(row, person) else _without(json.loads(row["detail"]), person)
    values: dict[str, Any] = {"detail": json.dumps(detail, ensure_ascii=False)}
    if _is_about(row, person):
        values |= {"user_id": None, "interview_id": None}
    if _is_by(row, person):
        values["actor"] = FORGOTTEN
    return _count(db, sa.update(audit).where(audit.c.id == row["id"]).values(values))


def _at_platform(db: Session, person: _Person) -> dict[str, int]:
    """Count the rows that the platform holds about a person, as far as we may see them: its resumes we may not."""
    chosen = ((users, users.c.id), (interviews, interviews.c.user_id))
    return {
        table.name: db.execute(sa.select(sa.func.count()).where(column == person.user_id)).scalar_one()
        for table, column in chosen
    }


def _count(db: Session, statement: sa.Update | sa.Delete) -> int:
    done = execute(db, statement)
    return int(getattr(done, "rowcount", 0))


def _plain(rows: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    return [
        {str(name): as_utc(value).isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in rows
    ]
