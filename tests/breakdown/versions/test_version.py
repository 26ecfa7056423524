"""A version as it is stored."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import review
from analytics.breakdown.versions import save as versions_save
from analytics.breakdown.versions.version import VersionError
from analytics.database.errors import DatabaseError
from analytics.database.schema import breakdown_versions
from tests.support import world
from tests.support.breakdowns import generated
from tests.support.databases import Database, Databases
from tests.support.versions import INTERVIEW, save, shown, versions_of


def test_a_version_in_another_form_is_listed_and_not_shown(database: Database, people: world.World) -> None:
    save(database, generated())
    with database.engine.begin() as connection:
        changed = (
            sa.update(breakdown_versions).where(breakdown_versions.c.number == 2).values(breakdown='{"format": 9}')
        )
        connection.execute(changed)
    assert [version.number for version in versions_of(database)] == [2, 1]
    assert shown(database).version is None
    with pytest.raises(VersionError, match="a form this program does not read"):
        review.restore(TRUSTED, database.engine, INTERVIEW, 2, write_back=True)
    assert save(database, generated()) is not None
    assert shown(database).version is not None


def test_a_database_of_another_dialect_is_told_apart(databases: Databases) -> None:
    with databases.fresh(ours=False) as bare, pytest.raises(DatabaseError, match="not set up"):
        versions_save.save(bare.engine, 1, generated(), version_id=str(uuid.uuid4()), by="someone", write_back=True)
