from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import world
from tests.support.databases import Database
from tests.support.jobs import give_conversations
from tests.support.model_server import ModelServer


@pytest.fixture
def people(database: Database) -> world.World:
    populated = world.populate(database)
    give_conversations(database)
    return populated


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as started:
        yield started
