"""Engines: how each database is connected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import Engine

from analytics.database.connection import STATEMENT_SECONDS, install
from analytics.database.errors import _BY_WORDS, DatabaseError
from analytics.database.schema import SCHEMA

# Of one process; half of them are kept while nobody needs them.
CONNECTIONS: Final = 20
_POOL: Final[dict[str, Any]] = {
    "pool_size": CONNECTIONS // 2,
    "max_overflow": CONNECTIONS // 2,
    "pool_timeout": 8,
}
_PASSWORD: Final = re.compile(r"(?P<before>postgres[^:]*://[^:/@?]*:)(?P<password>[^?]*)@(?P<after>[^@]*)$")
_SEVERAL_HOSTS: Final = re.compile(r"(?P<before>postgres[^:]*://(?:[^/?]*@)?)(?P<hosts>[^/?@]+,[^/?@]+)(?P<after>.*)")


def create_engine_for(url: str, *, setting: str = "DATABASE_URL", create: bool = True, pooled: bool = False) -> Engine:
    """Create the engine for a database URL, which came from `setting`.

    `postgresql://` is read as psycopg 3. Waiting is bounded everywhere: for a connection, for a free place in the pool,
    for a lock and for a statement. Options of the address win over ours. An SQLite file is only made where `create`
    says so. With `pooled` it leads to a pooler in transaction mode, where nothing stays with a connection but the time
    zone. Raises `DatabaseError` for a URL that cannot be used.
    """
    try:
        address = _address(url)
    except (exc.ArgumentError, ValueError):
        raise DatabaseError(
            f"{setting} is not a database address. Write it as postgresql://user:password@host:5432/name or "
            "sqlite:///path/to/file.db."
        ) from None
    backend = address.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return _postgresql(address.set(drivername="postgresql+psycopg"), pooled)
    if backend == "sqlite":
        return _sqlite(address, setting, create)
    raise DatabaseError(f"{setting} names {backend}; this program works with postgresql:// and sqlite:///.")


def _address(url: str) -> sa.URL:
    """Read an address, also as libpq alone writes it: several hosts, an encoded socket's folder, "@" in a password."""
    several = _SEVERAL_HOSTS.match(url)
    if several is not None:
        address = sa.make_url(f"{several['before']}{several['after']}")
        return address.update_query_pairs([("host", host) for host in several["hosts"].split(",")], append=True)
    if (written := _PASSWORD.match(url)) is not None:
        password = quote(unquote(written["password"]), safe="")
        url = f"{written['before']}{password}@{written['after']}"
    address = sa.make_url(url)
    if address.host and address.host.lower().startswith("%2f"):
        folder = unquote(address.host)
        # The driver is told a socket's folder as an option: what stands before the path is a name.
        address = address.set(host=None).update_query_dict({"host": folder})
    return address


def _postgresql(address: sa.URL, pooled: bool) -> Engine:
    engine = sa.create_engine(
        address,
        # What people said in an interview does not belong into a log.
        hide_parameters=True,
        pool_pre_ping=True,
        pool_use_lifo=True,
        pool_recycle=1800,
        **_POOL,
        connect_args=_connect_arguments(address, pooled),
    )
    install(engine)
    if pooled:
        event.listen(engine, "connect", _in_utc)
    return engine


def _in_utc(connection: Any, _record: object) -> None:
    """Set the time zone, which a pooler keeps for its client."""
    connection.execute("SET timezone TO 'UTC'")
    connection.commit()


def _connect_arguments(address: sa.URL, pooled: bool) -> dict[str, Any]:
    """Return what the address leaves open; of its own `options` what is said last counts, so they follow ours."""
    ours = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout=4s -c timezone=UTC"
    theirs = address.query.get("options", "")
    defaults = {
        "connect_timeout": 3,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 8000,
        "application_name": "interview-skill-analytics",
    }
    arguments: dict[str, Any] = {name: value for name, value in defaults.items() if name not in address.query}
    arguments["options"] = " ".join((ours, *([theirs] if isinstance(theirs, str) else theirs))).strip()
    if pooled:
        del arguments["options"]
    if pooled or str(address.query.get("prepare_threshold", "")).lower() == "none":
        arguments["prepare_threshold"] = None
    return arguments


def _sqlite(address: sa.URL, setting: str, create: bool) -> Engine:
    # SQLite's own way of writing an address (file:...) says itself what may be made.
    if address.database and not address.database.startswith((":memory:", "file:")):
        if not create and not Path(address.database).exists():
            raise DatabaseError(f"{setting} names a database file that does not exist. Check its path.")
        try:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(_BY_WORDS["unable to open database file"]) from error
    # There is one such database for each connection, and none to wait for.
    in_memory = address.database in (None, "", ":memory:") or address.query.get("mode") == "memory"
    engine = sa.create_engine(
        address,
        hide_parameters=True,
        **({} if in_memory else _POOL),
        connect_args={"timeout": 8},
        execution_options={"schema_translate_map": {SCHEMA: None}},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine
