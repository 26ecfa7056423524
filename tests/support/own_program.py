"""The program as a team runs it, on a database server of its own that a test may harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analytics.setup.install import set_up
from tests.support import dashboard
from tests.support.databases import database_on
from tests.support.identity_provider import Provider
from tests.support.ports import free_port
from tests.support.postgres import OwnServer, own_server
from tests.support.world import ISSUER, World, populate


@dataclass
class OwnProgram:
    """A running program: its address, its database server, and the people in its database."""

    url: str
    server: OwnServer
    world: World


@contextmanager
def own_program(folder: Path, name: str) -> Iterator[OwnProgram]:
    """Run the program, closed, on a database of this name with the small world in it."""
    port = free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(folder, url)
    with own_server() as own, database_on(own.server, name) as database:
        set_up(database.engine)
        world = populate(database)
        with dashboard.launched(dashboard.build_command(port), folder, port, DATABASE_URL=database.url):
            yield OwnProgram(url, own, world)
