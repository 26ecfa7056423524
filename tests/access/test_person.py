"""Whose an e-mail is: exports and deletions take nothing by one that somebody has only typed in."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access import members, sign_in
from analytics.access.audit import record
from analytics.access.deletion import ask_deletion, delete_due
from analytics.access.person import find_person
from analytics.access.personal_data import export_person, forget
from analytics.access.sign_in import SignIn
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import now
from analytics.database.schema import audit, coach_candidates, identities
from analytics.database.schema import members as members_table
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import users
from analytics.settings import Settings
from tests.support.databases import Database
from tests.support.platform_rows import add, person
from tests.support.world import ISSUER

COACH, TYPED = "boss@example.org", "Boss@example.org"
OWN = "own@example.org"


def signed_in(email: str) -> SignIn:
    return SignIn(ISSUER, email, email, True, now())


def of_the_coach(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """What the coach has: the role, the candidate, the sign-in and the trail."""
    with reading(database.engine) as db:
        return {
            "members": [tuple(row) for row in db.execute(sa.select(members_table))],
            "coach_candidates": [tuple(row) for row in db.execute(sa.select(coach_candidates))],
            "identities": [tuple(row) for row in db.execute(sa.select(identities).where(identities.c.email == COACH))],
            "audit": [tuple(row) for row in db.execute(sa.select(audit).where(audit.c.actor == COACH))],
        }


@pytest.fixture
def typed_in(database: Database) -> Viewer:
    """Somebody with a sign-in of their own, in whose account stands the e-mail of a coach without an account."""
    add(database.platform_engine, people=[person(7, email=OWN, is_verified=False), person(8)])
    with writing(database.engine) as db:
        members.set_role(TRUSTED, db, COACH, Role.COACH, Settings())
        members.assign(TRUSTED, db, members.list_members(TRUSTED, db)[0].id, [8])
        record(db, COACH, "tag_by_title", title="Somebody else's interviews")
    assert sign_in.viewer_of(database.engine, signed_in(COACH), Settings()).role is Role.COACH
    sign_in.viewer_of(database.engine, signed_in(OWN), Settings())
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == 7).values(email=TYPED))
    return sign_in.viewer_of(database.engine, signed_in(OWN), Settings())


def test_who_types_in_a_coachs_email_is_not_given_what_the_coach_has(database: Database, typed_in: Viewer) -> None:
    assert typed_in.role is Role.INTERVIEWEE
    exported = export_person(database.engine, 7)["ours"]
    assert [row["email"] for row in exported["identities"]] == [OWN]
    assert exported["members"] == exported["coach_candidates"] == []
    assert "Somebody else's interviews" not in json.dumps(exported["audit"])
    assert "first_sign_in" in json.dumps(exported["audit"])


@pytest.mark.parametrize("by", ["themselves", "an admin"])
def test_deleting_them_takes_nothing_from_the_coach(database: Database, typed_in: Viewer, by: str) -> None:
    before = of_the_coach(database)
    assert all(before.values())
    if by == "themselves":
        with writing(database.engine) as db:
            ask_deletion(typed_in, db, 0)
        assert delete_due(database.engine, at=now() + timedelta(minutes=1)) == 1
    else:
        forget(database.engine, 7)
    assert of_the_coach(database) == before
    with reading(database.engine) as db:
        assert OWN not in repr([db.execute(sa.select(table)).all() for table in (audit, identities)])
    assert sign_in.viewer_of(database.engine, signed_in(COACH), Settings()).role is Role.COACH


def test_an_unverified_email_that_nobody_else_has_goes_out_of_the_trail(database: Database) -> None:
    add(database.platform_engine, people=[person(7, email=TYPED, is_verified=False)])
    with writing(database.engine) as db:
        record(db, COACH, "mark_step", user_id=7)
        record(db, "admin@example.org", "tag_by_title", title=f"Round 2 with {TYPED}")
    with reading(database.engine) as db:
        assert (find_person(db, 7).emails, find_person(db, 7).unproven) == ((), (COACH,))
    (own,) = export_person(database.engine, 7)["ours"]["audit"]
    assert own["actor"] == COACH
    forget(database.engine, 7)
    with reading(database.engine) as db:
        rows = db.execute(sa.select(audit.c.actor, audit.c.detail)).all()
    assert COACH not in repr(rows).lower()
    assert "admin@example.org" in repr(rows)


def test_a_sign_in_of_somebody_who_had_the_email_before_stays_theirs(database: Database) -> None:
    add(database.platform_engine, people=[person(9, email=COACH)])
    sign_in.viewer_of(database.engine, signed_in(COACH), Settings())
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == 9).values(email="another@example.org"))
    add(database.platform_engine, people=[person(7, email=COACH)])
    forget(database.engine, 7)
    assert sign_in.viewer_of(database.engine, signed_in(COACH), Settings()).user_id == 9
    with reading(database.engine) as db:
        assert db.execute(sa.select(identities.c.user_id)).scalars().all() == [9]


@pytest.mark.parametrize("role", ["member", "setting"])
def test_who_has_a_role_by_now_is_not_deleted_until_it_ends(database: Database, role: str) -> None:
    add(database.platform_engine, people=[person(5)])
    email = person(5)["email"]
    with writing(database.engine) as db:
        ask_deletion(Viewer(Role.INTERVIEWEE, user_id=5, email=email), db, 7)
        if role == "member":
            members.set_role(TRUSTED, db, email, Role.ADMIN, Settings())
    admins = [email] if role == "setting" else []
    due = now() + timedelta(days=8)
    assert delete_due(database.engine, admins=admins, at=due) == 0
    with reading(database.engine) as db:
        assert len(members.list_members(TRUSTED, db)) == (role == "member")
        assert email in repr(db.execute(sa.select(audit.c.actor)).all())
    with writing(database.engine) as db:
        db.execute(sa.delete(members_table))
    assert delete_due(database.engine, at=due) == 1
