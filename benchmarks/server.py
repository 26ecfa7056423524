"""The PostgreSQL that the benchmarks run on: one of our own that waits for the disk, and can be made to forget."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from analytics.database.engine import create_engine_for
from analytics.interviewlab.tables import platform
from benchmarks.dataset import Population, fill
from tests.support.databases import grants
from tests.support.postgres import OURS, PLATFORM, OwnServer, own_server

# As PostgreSQL comes, apart from these.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
}


@contextmanager
def running() -> Iterator[OwnServer]:
    """Run a server with the platform's role and ours."""
    with own_server(SETTINGS) as own:
        own.server.create_roles()
        yield own


def create(own: OwnServer, name: str, population: Population) -> None:
    """Create a database of the platform's and fill it; ours is not set up yet."""
    own.server.create_database(name)
    engine = platform_engine(own, name)
    with engine.begin() as connection:
        platform.create_all(connection)
        for grant in grants(name):
            connection.exec_driver_sql(grant)
    engine.dispose()
    with platform_connection(own, name) as connection:
        fill(connection, population)
    own.server.execute("VACUUM ANALYZE", database=name)


def our_engine(own: OwnServer, name: str) -> sa.Engine:
    """Give an engine of our role, made as the program makes its own."""
    return create_engine_for(own.server.url_of(name, OURS))


def platform_engine(own: OwnServer, name: str) -> sa.Engine:
    """Give an engine of the platform's role, as SQLAlchemy makes it by default."""
    return sa.create_engine(own.server.url_of(name, PLATFORM))


def asynchronous_platform_engine(own: OwnServer, name: str) -> AsyncEngine:
    """Give an engine of the platform's role through the driver that the platform uses."""
    return create_async_engine(sa.make_url(own.server.url_of(name, PLATFORM)).set(drivername="postgresql+asyncpg"))


def connection(own: OwnServer, name: str) -> psycopg.Connection:
    """Connect as our role, with nothing but psycopg."""
    return psycopg.connect(_plain(own.server.url_of(name, OURS)))


def platform_connection(own: OwnServer, name: str) -> psycopg.Connection:
    """Connect as the platform, with nothing but psycopg."""
    return psycopg.connect(_plain(own.server.url_of(name, PLATFORM)))


def forget(own: OwnServer) -> None:
    """Restart the server and have the system drop its files from memory, so that the next reading is from the disk."""
    own.stop()
    os.sync()
    for path in (own.folder / "data").rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    own.start()


def _plain(url: str) -> str:
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
