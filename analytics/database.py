"""The engine, its sessions, and what a failing database says to a person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics import cursors, direct, patience
from analytics.direct import Direct
from analytics.feedback import DEEPEST, Unreadable
from analytics.schema import for_dialect, platform

SETUP_COMMAND: Final = "python -m analytics setup"
NOT_SET_UP: Final = f"This database is not set up for skill analytics yet. Run: {SETUP_COMMAND}"
NO_PLATFORM: Final = (
    "This database has no InterviewLab tables (users, resumes, interviews). Check that DATABASE_URL names "
    "InterviewLab's own database."
)

T = TypeVar("T")


class DatabaseError(RuntimeError):
    """The database cannot be used as it is; the message says why and what to do, and never holds a password."""


class NotSetUpError(DatabaseError):
    """Our tables are missing, or not all of them are there."""


def create_engine_for(url: str, *, setting: str = "DATABASE_URL") -> Engine:
    """Build the engine for a database URL, which `setting` named.

    `postgresql://` is read as psycopg 3. Waiting is bounded everywhere: for a connection, for a free place in the pool,
    for a lock and for a statement. Raises `DatabaseError` for a URL that cannot be used.
    """
    try:
        address = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise DatabaseError(
            f"{setting} is not a database address. Write it as postgresql://user:password@host:5432/name or "
            "sqlite:///path/to/file.db."
        ) from None
    backend = address.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return _postgresql(address.set(drivername="postgresql+psycopg"))
    if backend == "sqlite":
        return _sqlite(address)
    raise DatabaseError(f"{setting} names {backend}; this program works with postgresql:// and sqlite:///.")


def _postgresql(address: sa.URL) -> Engine:
    engine = sa.create_engine(
        address,
        # What people said in an interview does not belong into a log.
        hide_parameters=True,
        pool_pre_ping=True,
        pool_use_lifo=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=8,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 3,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 8000,
            "application_name": "interview-skill-analytics",
            "options": f"-c statement_timeout={patience.STATEMENT_SECONDS}s -c lock_timeout=4s -c timezone=UTC",
        },
    )
    patience.install(engine)
    cursors.install(engine)
    return engine


def _sqlite(address: sa.URL) -> Engine:
    # SQLite's own way of writing an address (file:...) says itself what may be made.
    if address.database and not address.database.startswith((":memory:", "file:")):
        try:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(_BY_WORDS["unable to open database file"]) from error
    engine = sa.create_engine(address, hide_parameters=True, connect_args={"timeout": 8})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """Open a session for reading or for one transaction; what was not committed is rolled back.

    Raises `DatabaseError` with one sentence fit to show where the database itself fails.
    """
    try:
        with Session(engine) as opened:
            yield opened
    except exc.SQLAlchemyError as error:
        raise described(error) from error


@contextmanager
def looking(engine: Engine) -> Iterator[Session]:
    """Open a session for reading only, without a transaction around its statements; raises as `session` does.

    A transaction around statements that each see what is committed gives nothing, and takes two more exchanges.
    """
    with session(_without_transactions(engine)) as opened:
        yield opened


def ask(engine: Engine, question: Callable[[Connection | Direct], T]) -> T:
    """Ask something that only reads with `rows`, as every step of a page begins with; raises as `session` does.

    Without a transaction as `looking`, and on PostgreSQL without what takes longer than a short statement itself.
    Where the server has just ended the connection, it is asked once more on another one.
    """
    try:
        if engine.dialect.name == "postgresql":
            try:
                with direct.opened(engine) as asked:
                    return question(asked)
            except exc.DBAPIError as error:
                if not error.connection_invalidated or patience.STOPPED_ANSWERING in str(error.orig):
                    raise
        with _without_transactions(engine).connect() as connection:
            return question(connection)
    except exc.SQLAlchemyError as error:
        raise described(error) from error


@lru_cache(maxsize=16)
def _without_transactions(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def writing(engine: Engine, *, seconds: int | None = None) -> Iterator[Connection]:
    """Open a connection in a transaction that writes, committed at the end.

    SQLite takes its one write lock at the start, so that what is read still holds when it writes, and so that changes
    of tables are part of the transaction. `seconds` allows each statement longer than usual (PostgreSQL).
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif seconds is not None:
            patience.allow(connection, seconds)
        yield connection


def is_waiting_error(error: BaseException) -> bool:
    """Tell whether a statement failed only because others held a lock (PostgreSQL): it may be tried again."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in {"55P03", "40P01"}


# What a PostgreSQL error class or code means to the person in front of the page.
_BY_STATE: Final = {
    "57014": "The database took too long to answer. Try again in a moment.",
    "55P03": "The data is locked by another program right now. Try again in a moment.",
    "42501": "The database refused: a right is missing. docs/grants.sql lists those that this program needs.",
    "25006": "This database takes no changes right now (read-only). Viewing goes on.",
    "53100": "The database's disk is full. Ask whoever runs it to make room.",
    "53": "The database has run out of memory or connections. Try again in a moment.",
    "28": "The database refused the user name or password in DATABASE_URL. Check both.",
    "3D000": "The database named in DATABASE_URL does not exist on that server. Check its name.",
}
# The same told by words, where the driver gives no code (before a connection stands, and SQLite).
_BY_WORDS: Final = {
    "database is locked": _BY_STATE["55P03"],
    "readonly database": _BY_STATE["25006"],
    "disk is full": _BY_STATE["53100"],
    "too many c": _BY_STATE["53"],  # clients, or connections for a role or a database
    "connection slots are reserved": _BY_STATE["53"],
    "password authentication failed": _BY_STATE["28"],
    "no password supplied": _BY_STATE["28"],
    'role "': _BY_STATE["28"],
    "permission denied for": _BY_STATE["42501"],
    patience.STOPPED_ANSWERING: "The database stopped answering. Try again in a moment.",
    "invalid connection option": (
        'DATABASE_URL has an option after its "?" that is not known here. What asyncpg calls ssl=require is '
        "sslmode=require."
    ),
    "failed to resolve host": "The host in DATABASE_URL cannot be found. Check its name.",
    "unable to open database file": "The database file in DATABASE_URL cannot be opened. Check its path and rights.",
    "file is not a database": "The file in DATABASE_URL is not an SQLite database. Check its path.",
}
_UNREACHABLE: Final = (
    "The database cannot be reached. Check that it is running and that DATABASE_URL names it; this page recovers by "
    "itself when it is back."
)


def described(error: BaseException) -> DatabaseError:
    """Put a database failure into one sentence that says what to do, without passwords."""
    if isinstance(error, DatabaseError):
        return error
    original = getattr(error, "orig", None)
    said = str(original or error)
    state: str = getattr(original, "sqlstate", None) or ""
    if state in {"42P01", "42703", "3F000"} or "no such table" in said or "no such column" in said:
        named = said.split("\n", maxsplit=1)[0]
        theirs = any(f'"{name}"' in named or named.endswith(f": {name}") for name in platform.tables)
        return DatabaseError(NO_PLATFORM) if theirs else NotSetUpError(NOT_SET_UP)
    if isinstance(error, exc.TimeoutError):
        return DatabaseError("The database is busy: no connection became free. Try again in a moment.")
    sentence = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
    sentence = sentence or next((text for words, text in _BY_WORDS.items() if words in said), None)
    if sentence is None and 'database "' in said and "does not exist" in said:
        sentence = _BY_STATE["3D000"]
    if sentence is None and isinstance(error, exc.OperationalError | exc.InterfaceError | OSError):
        sentence = _UNREACHABLE
    return DatabaseError(sentence or "The database refused a statement of this program. The log has the details.")


# What no other program takes: NUL and lone surrogates, as JSON writes them. Escapes are gone through one by one, so
# that an escaped backslash before a "u0000" is told from an escape.
_UNWELCOME: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<unwelcome>u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
# Nothing of the platform's is nested as deeply.
_KEPT_DEPTH: Final = 100
_LONGEST_INTEGER: Final = 400


def parse_json(stored: str | None) -> object:
    """Parse a JSON text as the database holds it; what no parser takes becomes `Unreadable`, and never an error.

    NUL and lone surrogates, which can neither be shown nor stored again, become U+FFFD.
    """
    if stored is None:
        return None
    if _UNWELCOME.search(stored):
        stored = _ESCAPE.sub(lambda escape: "\\ufffd" if escape["unwelcome"] else escape[0], stored)
    try:
        try:
            document = _DECODER.decode(stored)
        except RecursionError:
            return _DECODER.decode(_without_depths(stored))
    except (ValueError, RecursionError) as error:
        return Unreadable(type(error).__name__)
    if stored.count("[") + stored.count("{") > DEEPEST and _depth(document) > DEEPEST:
        return Unreadable("nested too deeply")
    return document


def _depth(document: object) -> int:
    depth, level = 0, [document]
    while level := [node for node in level if isinstance(node, dict | list)]:
        depth += 1
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
    return depth


def _without_depths(document: str) -> str:
    """Put null where a document is nested too deeply for Python's parser; raises ValueError beyond `DEEPEST`."""
    depth = kept_upto = 0
    kept: list[str] = []
    for token in _TOKEN.finditer(document):
        if token[0] in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValueError("nested too deeply")
            if depth == _KEPT_DEPTH + 1:
                kept.append(document[kept_upto : token.start()])
        elif token[0] in "]}":
            if depth == _KEPT_DEPTH + 1:
                kept.append("null")
                kept_upto = token.end()
            depth -= 1
    return "".join((*kept, document[kept_upto:])) if kept else document


def _integer(digits: str) -> int | float:
    """Read an integer; Python refuses very long ones, which are as good as infinite here."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


_DECODER: Final = json.JSONDecoder(parse_int=_integer)


def sendable(text: str) -> str:
    """Take out of a text what no database takes: NUL and lone surrogates."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def execute(db: Session | Connection, statement: sa.Executable, parameters: Any = None) -> sa.Result[*tuple[Any, ...]]:
    """Execute a statement on our tables or the platform's, wherever ours live in this dialect."""
    bound = (db.bind or db.get_bind()) if isinstance(db, Session) else db
    return db.execute(statement, parameters, execution_options=for_dialect(bound.dialect.name))


def rows(
    db: Session | Connection | Direct, statement: sa.Select[*tuple[Any, ...]], parameters: Any = None
) -> Sequence[Sequence[Any]]:
    """Execute a statement as `execute` does and fetch all its rows, as plain tuples where the driver reads them so.

    For columns that PostgreSQL's driver reads as what they are: texts, numbers, truth values and moments.
    """
    if isinstance(db, Direct):
        return db.rows(statement, parameters)
    with execute(db, statement, parameters) as result:
        if isinstance(result, sa.CursorResult) and result.dialect.name == "postgresql":
            return cast("Sequence[Sequence[Any]]", result.cursor.fetchall())
        return result.all()


def now() -> datetime:
    """Tell the time in UTC."""
    return datetime.now(UTC)
