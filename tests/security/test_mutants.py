"""A defence that is taken away is missed: the check that guards it fails."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics import access, queries
from analytics.database import session
from tests.parts.databases import Database
from tests.parts.world import PEOPLE, populate


def sees_only_their_own(database: Database) -> bool:
    """The check: an interviewee finds no other candidate, a coach none that is not assigned."""
    world = populate(database)
    with session(database.engine) as db:
        return all(
            queries.candidate(world.viewer(who), db, PEOPLE["unassigned"].user_id) is None
            for who in ("interviewee", "coach")
        )


def forget_statements() -> None:
    for kept in vars(queries).values():
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()


def test_the_scope_is_what_keeps_people_apart(database: Database) -> None:
    assert sees_only_their_own(database)


def test_without_the_scope_everybody_is_seen(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_statements()
    monkeypatch.setattr(access, "scope", lambda _role, _user_id: sa.true())
    monkeypatch.setattr(queries, "scope", lambda _role, _user_id: sa.true())
    try:
        assert not sees_only_their_own(database)
    finally:
        forget_statements()
