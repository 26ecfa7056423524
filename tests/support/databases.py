"""Fresh databases for single tests, copied from templates that each worker builds once per dialect."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, create_engine

from analytics.database.engine import CONNECTIONS, create_engine_for
from analytics.interviewlab.tables import platform
from analytics.setup.install import set_up
from tests.support.postgres import OURS, PLATFORM, Server
from tests.support.secrets import found

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


def grants(database: str) -> list[str]:
    """What our role needs from the platform's in a database, as documented."""
    text = (ROOT / "docs" / "grants.sql").read_text()
    lines = text.replace("DATABASE interviewlab", f"DATABASE {database}").splitlines()
    return [line for line in lines if line.startswith("GRANT")]


@dataclass(frozen=True)
class Database:
    """A database of one test: addresses and engines of our role and of the platform's (in SQLite the same file)."""

    url: str
    platform_url: str
    engine: Engine
    platform_engine: Engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def allow_adding(self) -> None:
        """Grant our role what adding interviews needs; in an SQLite file it may do all."""
        if self.dialect == "sqlite":
            return
        with self.platform_engine.begin() as connection:
            for name in ("users", "interviews"):
                connection.exec_driver_sql(f"GRANT INSERT, UPDATE, DELETE ON {name} TO {OURS}")
                connection.exec_driver_sql(f"GRANT USAGE ON SEQUENCE {name}_id_seq TO {OURS}")
                # Rows of the tests bring their own ids, which no sequence knows of.
                connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', 1000)")


@contextmanager
def one_connection_left(engine: Engine) -> Iterator[None]:
    """Take all connections of an engine but one: whoever holds it while they wait for another is refused."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS - 1):
            stack.enter_context(engine.connect())
        yield


class Store(Protocol):
    """Where databases are made: a folder of SQLite files or a PostgreSQL server."""

    def create_database(self, name: str, *, template: str | None = None) -> None: ...

    def drop_database(self, name: str) -> None: ...

    def leaks(self, database: str) -> list[str]: ...

    def url_of(self, database: str, role: str) -> str: ...


@dataclass(frozen=True)
class SqliteFolder:
    """A folder of SQLite files."""

    folder: Path

    def create_database(self, name: str, *, template: str | None = None) -> None:
        if template is not None:
            shutil.copyfile(self._path(template), self._path(name))

    def drop_database(self, name: str) -> None:
        for path in self.folder.glob(f"{name}.db*"):
            path.unlink()

    def leaks(self, database: str) -> list[str]:
        return [place for path in self.folder.glob(f"{database}.db*") for place in found(path.read_bytes())]

    def url_of(self, database: str, role: str) -> str:
        return f"sqlite:///{self._path(database)}"

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.db"


class Databases:
    """The databases of one worker in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = itertools.count()
        self._templates: list[str] = []
        self._template = cache(self._build_template)
        self._filled = cache(self._fill_template)

    @contextmanager
    def fresh(self, *, ours: bool = True, fill: Callable[[Database], object] | None = None) -> Iterator[Database]:
        """Make a database with the platform's tables and, unless told otherwise, ours; drop it afterwards.

        What `fill` writes is in it: it is called once, for all databases that are to hold the same.
        """
        with self._created(self._filled(fill)[0] if fill else self._template(ours)) as name:
            with _opened(self._store, name) as database:
                yield database
            # Reached where nothing else is wrong: no row holds a secret of those that tests hand to the program.
            assert self._store.leaks(name) == []

    def returned_by(self, fill: Callable[[Database], T]) -> T:
        """Return what `fill` returned when it was called."""
        returned: T = self._filled(fill)[1]
        return returned

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Give a database that holds nothing; drop it afterwards."""
        with self._created(None) as name, _opened(self._store, name) as database:
            yield database

    def close(self) -> None:
        """Drop the templates."""
        for name in self._templates:
            self._store.drop_database(name)

    def _build_template(self, ours: bool) -> str:
        name = self._new_name()
        self._templates.append(name)
        self._store.create_database(name, template=self._template(False) if ours else None)
        with _opened(self._store, name) as database:
            if ours:
                set_up(database.engine)
            else:
                _create_platform(database.platform_engine)
        return name

    def _fill_template(self, fill: Callable[[Database], Any]) -> tuple[str, Any]:
        name = self._new_name()
        self._templates.append(name)
        self._store.create_database(name, template=self._template(True))
        with _opened(self._store, name) as database:
            return name, fill(database)

    def _new_name(self) -> str:
        return f"test_{os.getpid()}_{next(self._numbers)}"

    @contextmanager
    def _created(self, template: str | None) -> Iterator[str]:
        name = self._new_name()
        self._store.create_database(name, template=template)
        try:
            yield name
        finally:
            self._store.drop_database(name)


@contextmanager
def database_on(server: Server, name: str) -> Iterator[Database]:
    """Make a database with the platform's tables on a server of a test's own, which that test may harm."""
    server.create_roles()
    server.create_database(name)
    with _opened(server, name) as database:
        _create_platform(database.platform_engine)
        yield database


@contextmanager
def _opened(store: Store, name: str) -> Iterator[Database]:
    url, platform_url = store.url_of(name, OURS), store.url_of(name, PLATFORM)
    database = Database(url, platform_url, create_engine_for(url), create_engine(platform_url, pool_pre_ping=True))
    try:
        yield database
    finally:
        database.engine.dispose()
        database.platform_engine.dispose()


def _create_platform(engine: Engine) -> None:
    with engine.begin() as connection:
        platform.create_all(connection)
        if engine.dialect.name == "postgresql":
            for grant in grants(str(engine.url.database)):
                connection.exec_driver_sql(grant)
