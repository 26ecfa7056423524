"""The people of these tests."""

from __future__ import annotations

import pytest

from tests.support import world


@pytest.fixture
def people(world: world.World) -> world.World:
    return world
