"""The small world, in a database of a test or behind a running program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.parts import dashboard
from tests.parts.databases import Database, Databases
from tests.parts.ports import free_port
from tests.parts.provider import Provider
from tests.parts.websocket import claims_of, sign_in_cookie
from tests.parts.world import ISSUER, PEOPLE, World, populate


@pytest.fixture
def world(database: Database) -> World:
    return populate(database)


@dataclass
class Serving:
    """The program, running for the small world."""

    url: str
    world: World
    dashboard: dashboard.Dashboard

    def cookie(self, who: str, **claims: object) -> str | None:
        """The cookie of somebody who has just signed in; nobody has none."""
        if who == "nobody":
            return None
        return sign_in_cookie(self.url, claims_of(PEOPLE[who].key, ISSUER, **claims))


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Serving]:
    """The real program with sign-in configured; the tests make the cookies that a provider's word leads to."""
    folder = tmp_path_factory.mktemp("serving")
    port = free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(folder, url)
    with sqlite_databases.fresh() as database:
        world = populate(database)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        with dashboard.launched(command, folder, port, DATABASE_URL=database.url) as running:
            yield Serving(url, world, running)
