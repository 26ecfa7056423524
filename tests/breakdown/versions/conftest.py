"""The people of these tests."""

from __future__ import annotations

import pytest

from tests.support import world
from tests.support.databases import Database


@pytest.fixture
def people(database: Database) -> world.World:
    return world.populate(database)
