"""Viewers where nobody signs in: the demo's roles, and the owner of a personal workspace."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access.blind import has_chosen, mark_blind_rater
from analytics.access.viewer import Role, Viewer
from analytics.columns import UtcDateTime, now
from analytics.database.schema import coach_candidates, members
from analytics.database.sessions import reading, upsert, writing
from analytics.interviewlab.tables import users
from analytics.settings import Settings

_DEMO_ADMIN_EMAIL: Final = "admin@demo.example"
_DEMO_COACH_EMAIL: Final = "coach@demo.example"
_DEMO_COACH: Final = sa.select(members.c.id).where(members.c.email == _DEMO_COACH_EMAIL)


def owner(engine: Engine, settings: Settings) -> Viewer:
    """Return the owner of a personal workspace, who may do everything there."""
    return _mark_blind_rater(engine, Viewer(Role.ADMIN, name="You", email=settings.owner_email or ""), settings)


def administers(email: str, settings: Settings) -> bool:
    """Return whether an e-mail address has every right where nobody signs in."""
    return (settings.is_own and email == settings.owner_email) or (settings.is_demo and email == _DEMO_ADMIN_EMAIL)


def demo_viewer(engine: Engine, role: Role, settings: Settings) -> Viewer:
    """Return a demo viewer with this role: its admin, its coach, or its first candidate.

    Only for the demo, where nobody is real. The coach is made with the first use and sees every second candidate.
    """
    if role is Role.ADMIN:
        admin = Viewer(role, name="Demo admin", email=_DEMO_ADMIN_EMAIL, may_link=settings.coaches_link_reports)
        return _mark_blind_rater(engine, admin, settings)
    with reading(engine) as db:
        if role is Role.INTERVIEWEE:
            person = db.execute(sa.select(users.c.id, users.c.full_name, users.c.email).order_by(users.c.id)).first()
            viewer = Viewer(
                role,
                sees_cohort=settings.interviewees_see_cohort,
                may_link=settings.interviewees_link_reports,
                rates_self=settings.self_rating,
            )
            if person is None:
                return viewer
            return replace(viewer, user_id=person.id, name=person.full_name or "", email=person.email)
        member_id = db.execute(_DEMO_COACH).scalar()
    if member_id is None:
        with writing(engine) as connection:
            member_id = _make_demo_coach(connection)
    may_link = settings.coaches_link_reports
    coach = Viewer(role, member_id=member_id, name="Demo coach", email=_DEMO_COACH_EMAIL, may_link=may_link)
    return _mark_blind_rater(engine, coach, settings)


def _mark_blind_rater(engine: Engine, viewer: Viewer, settings: Settings) -> Viewer:
    with reading(engine) as db:
        return mark_blind_rater(viewer, settings, chosen=has_chosen(db, viewer.email))


def _make_demo_coach(connection: Connection) -> int:
    coach = {"email": _DEMO_COACH_EMAIL, "role": Role.COACH, "created_at": now()}
    connection.execute(upsert(connection, members).values(coach).on_conflict_do_nothing())
    member_id: int = connection.execute(_DEMO_COACH).scalar_one()
    every_second = sa.select(
        sa.literal(member_id), users.c.id, sa.literal(now(), UtcDateTime()), sa.literal(_DEMO_COACH_EMAIL)
    ).where(users.c.id % 2 == 1)
    columns = ["member_id", "user_id", "assigned_at", "assigned_by"]
    assigned = upsert(connection, coach_candidates).from_select(columns, every_second)
    connection.execute(assigned.on_conflict_do_nothing())
    return member_id
