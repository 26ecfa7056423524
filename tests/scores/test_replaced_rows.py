"""SQLite: rows that INSERT OR REPLACE removes, which no trigger for deletions is told of."""

from __future__ import annotations

import pytest

from analytics.access.viewer import TRUSTED
from analytics.database.sessions import reading
from analytics.roster.page import page
from analytics.roster.refresh import refresh_stale
from tests.support.databases import Database
from tests.support.platform_rows import add, copied_scores, feedback, interview, person

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def test_a_replaced_row_leaves_neither_scores_nor_a_candidate(database: Database) -> None:
    people = [person(1), person(2)]
    rows = [interview(number, 1, feedback=feedback(0.1, 0.2, 0.3, 0.4)) for number in (1, 2)]
    add(database.platform_engine, people=people, rows=rows)
    refresh_stale(database.engine)
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO interviews (id, user_id, title, status, turn_count, created_at, updated_at) "
            "SELECT id, 2, title, 'pending', 0, created_at, updated_at FROM interviews WHERE id = 1"
        )
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO users SELECT 7, email, hashed_password, full_name, is_active, is_verified, "
            "created_at, updated_at FROM users WHERE id = 2"
        )
    refresh_stale(database.engine)
    with reading(database.engine) as db:
        assert copied_scores(db.connection()).keys() == {2}
        assert {row.user_id: row.completed for row in page(TRUSTED, db).rows} == {1: 1, 7: 0}
