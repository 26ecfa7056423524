"""Fresh databases for single tests, copied from templates that each worker builds once per dialect."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine

from analytics.database.engine import create_engine_for
from analytics.interviewlab.tables import platform
from analytics.setup.install import set_up
from tests.support.postgres import OURS, PLATFORM
from tests.support.secrets import found

ROOT = Path(__file__).parents[2]


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

    @contextmanager
    def fresh(self, *, ours: bool = True) -> Iterator[Database]:
        """Give a database with the platform's tables and, unless told otherwise, ours; drop it afterwards."""
        with self._created(self._template(ours)) as name:
            with self._opened(name) as database:
                yield database
            # Reached where nothing else is wrong: no row holds a secret of those that tests hand to the program.
            assert self._store.leaks(name) == []

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Give a database that holds nothing; drop it afterwards."""
        with self._created(None) as name, self._opened(name) as database:
            yield database

    def close(self) -> None:
        """Drop the templates."""
        for name in self._templates:
            self._store.drop_database(name)

    def _build_template(self, ours: bool) -> str:
        name = self._new_name()
        self._templates.append(name)
        self._store.create_database(name, template=self._template(False) if ours else None)
        with self._opened(name) as database:
            if ours:
                set_up(database.engine)
            else:
                _create_platform(database.platform_engine)
        return name

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
    def _opened(self, name: str) -> Iterator[Database]:
        url, platform_url = self._store.url_of(name, OURS), self._store.url_of(name, PLATFORM)
        database = Database(url, platform_url, create_engine_for(url), create_engine(platform_url))
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
