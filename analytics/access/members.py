"""Roles and coaching assignments, read and changed by admins only.

Every change is one transaction with one row in the audit trail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.sign_in import normalise_email
from analytics.access.viewer import Role, Viewer, require_admin
from analytics.columns import now
from analytics.database.schema import candidate_summaries, coach_candidates, identities, members
from analytics.database.sessions import upsert
from analytics.interviewlab.tables import belongs, users
from analytics.settings import Settings

_EMAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
# One lock for all changes of roles: two admins who take each other's role away must not leave none.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('skill_analytics.members'))"


class ChangeError(ValueError):
    """A change that cannot be made; the message says why and may be shown to the user."""


class Member(NamedTuple):
    """A person with a role, how many candidates they coach, and when they last signed in."""

    id: int
    email: str
    role: str
    candidates: int
    signed_in_at: datetime | None


class CoachedCandidate(NamedTuple):
    """A candidate a coach sees, and who assigned them, when."""

    user_id: int
    name: str
    email: str
    assigned_at: datetime
    assigned_by: str


def list_members(viewer: Viewer, db: Session | Connection) -> list[Member]:
    """List everybody with a role, by e-mail."""
    require_admin(viewer)
    count = (
        sa.select(sa.func.count())
        .select_from(coach_candidates)
        .join(users, users.c.id == coach_candidates.c.user_id)
        .where(coach_candidates.c.member_id == members.c.id, belongs(coach_candidates.c.assigned_at, users))
        .scalar_subquery()
    )
    statement = (
        sa.select(members.c.id, members.c.email, members.c.role, count, identities.c.signed_in_at)
        .outerjoin_from(members, identities, identities.c.email == members.c.email)
        .order_by(members.c.email)
    )
    return [Member(*row) for row in db.execute(statement)]


def candidates_of(viewer: Viewer, db: Session, member_id: int) -> list[CoachedCandidate]:
    """List the candidates a coach sees, by name, without those who no longer exist."""
    require_admin(viewer)
    statement = (
        sa.select(
            candidate_summaries.c.user_id,
            candidate_summaries.c.name,
            candidate_summaries.c.email,
            coach_candidates.c.assigned_at,
            coach_candidates.c.assigned_by,
        )
        .join_from(coach_candidates, candidate_summaries, candidate_summaries.c.user_id == coach_candidates.c.user_id)
        .join(users, users.c.id == coach_candidates.c.user_id)
        .where(coach_candidates.c.member_id == member_id, belongs(coach_candidates.c.assigned_at, users))
        .order_by(candidate_summaries.c.sort_name, candidate_summaries.c.user_id)
    )
    return [CoachedCandidate(*row) for row in db.execute(statement)]


def coaches_of(viewer: Viewer, db: Session, user_id: int) -> list[Member]:
    """List the coaches who see a candidate, by e-mail."""
    require_admin(viewer)
    assigned = (
        sa.select(coach_candidates.c.member_id)
        .join(users, users.c.id == coach_candidates.c.user_id)
        .where(users.c.id == user_id, belongs(coach_candidates.c.assigned_at, users))
    )
    member_ids = {row[0] for row in db.execute(assigned)}
    return [member for member in list_members(viewer, db) if member.id in member_ids]


def set_role(viewer: Viewer, db: Connection, email: str, role: Role, settings: Settings) -> None:
    """Set a person's role; becoming an interviewee removes their former role and all assignments.

    The person need not have an account yet. Raises `ChangeError` for what is no e-mail address, for a person whom the
    settings make an admin, and for the last admin.
    """
    require_admin(viewer)
    email = normalise_email(email)
    if not _EMAIL.fullmatch(email) or len(email) > 255:
        raise ChangeError("This is not an e-mail address.")
    if email in settings.admin_emails and role is not Role.ADMIN:
        raise ChangeError("ADMIN_EMAILS names this person as an admin. Take them out of that setting first.")
    _lock(db)
    former = db.execute(sa.select(members.c.role).where(members.c.email == email)).scalar()
    if (former or Role.INTERVIEWEE) == role:
        return
    if role is Role.INTERVIEWEE:
        db.execute(sa.delete(members).where(members.c.email == email))
    elif former is None:
        db.execute(sa.insert(members).values(email=email, role=role, created_at=now()))
    else:
        db.execute(sa.update(members).where(members.c.email == email).values(role=role))
    if former == Role.ADMIN and not _admins_left(db, settings):
        raise ChangeError("This is the last admin. Make somebody else an admin first.")
    record(db, viewer.actor, "role", email=email, former=former or Role.INTERVIEWEE, now=role)


def assign(viewer: Viewer, db: Connection, member_id: int, user_ids: Sequence[int]) -> int:
    """Assign candidates to a coach and return how many are new to them.

    Raises `ChangeError` for somebody who is no coach and for candidates who do not exist; then nobody is assigned.
    """
    require_admin(viewer)
    wanted = sorted(set(user_ids))
    coach = _coach(db, member_id)
    known = db.execute(sa.select(users.c.id, users.c.created_at).where(users.c.id.in_(wanted))).all()
    if len(known) < len(wanted):
        raise ChangeError("One of these candidates does not exist any more. Search again.")
    at = now()
    rows = [
        {
            "member_id": member_id,
            "user_id": user_id,
            "assigned_at": max(at, created_at),
            "assigned_by": viewer.actor,
        }
        for user_id, created_at in known
    ]
    added: list[int] = []
    if rows:
        # Of whoever had one of these ids before.
        former = sa.exists().where(
            users.c.id == coach_candidates.c.user_id, ~belongs(coach_candidates.c.assigned_at, users)
        )
        db.execute(sa.delete(coach_candidates).where(coach_candidates.c.user_id.in_(wanted), former))
        statement = upsert(db, coach_candidates).values(rows).on_conflict_do_nothing()
        added = sorted(db.execute(statement.returning(coach_candidates.c.user_id)).scalars())
    _record_assignment(viewer, db, coach, "assign", added)
    return len(added)


def unassign(viewer: Viewer, db: Connection, member_id: int, user_ids: Sequence[int]) -> int:
    """Take candidates from a coach, effective at the coach's next request, and return how many the coach had."""
    require_admin(viewer)
    coach = _coach(db, member_id)
    statement = (
        sa.delete(coach_candidates)
        .where(coach_candidates.c.member_id == member_id, coach_candidates.c.user_id.in_(sorted(set(user_ids))))
        .returning(coach_candidates.c.user_id)
    )
    removed = sorted(db.execute(statement).scalars())
    _record_assignment(viewer, db, coach, "unassign", removed)
    return len(removed)


def end_sessions(viewer: Viewer, db: Connection, email: str, *, release: bool = False) -> None:
    """Sign a person out on every device, effective at their next request.

    With `release` their next sign-in may also come from another account of the provider's: for somebody who changed
    accounts. Raises `ChangeError` for a person who never signed in.
    """
    require_admin(viewer)
    email = normalise_email(email)
    values: dict[str, Any] = {"signed_out_at": identities.c.signed_in_at, "ended_at": now()}
    if release:
        values |= {"email": None}
    ended = db.execute(
        sa.update(identities)
        .where(identities.c.email == email)
        .values(values)
        .returning(identities.c.issuer, identities.c.subject),
    ).first()
    if ended is None:
        raise ChangeError("This person has not signed in yet.")
    record(db, viewer.actor, "release_sign_in" if release else "end_sessions", email=email, issuer=ended.issuer)


def _lock(db: Connection) -> None:
    if db.dialect.name == "postgresql":
        db.execute(sa.text(_LOCK))


def _admins_left(db: Connection, settings: Settings) -> bool:
    count = sa.select(sa.func.count()).select_from(members).where(members.c.role == Role.ADMIN)
    return bool(settings.admin_emails) or db.execute(count).scalar_one() > 0


def _coach(db: Connection, member_id: int) -> str:
    """Find a coach's e-mail, and hold their row until the transaction ends."""
    statement = sa.select(members.c.email).where(members.c.id == member_id, members.c.role == Role.COACH)
    email = db.execute(statement.with_for_update()).scalar()
    if email is None:
        raise ChangeError("This person is no coach any more.")
    return str(email)


def _record_assignment(viewer: Viewer, db: Connection, coach: str, action: str, user_ids: Sequence[int]) -> None:
    if not user_ids:
        return
    only = user_ids[0] if len(user_ids) == 1 else None
    record(db, viewer.actor, action, user_id=only, coach=coach, candidates=list(user_ids))
