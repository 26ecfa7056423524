"""Database failures, in one sentence each."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exc

from analytics.database import connection as database_connection
from analytics.interviewlab.tables import platform

SETUP_COMMAND: Final = "python -m analytics setup"
NOT_SET_UP: Final = f"This database is not set up for skill analytics yet. Run: {SETUP_COMMAND}"
NO_PLATFORM: Final = (
    "This database has no InterviewLab tables (users, resumes, interviews). Check that DATABASE_URL names "
    "InterviewLab's own database."
)


class DatabaseError(RuntimeError):
    """The database cannot be used; the message says why and what to do, and never contains a password."""


class NotSetUpError(DatabaseError):
    """Our tables are missing or incomplete."""


def is_waiting_error(error: BaseException) -> bool:
    """Return whether a statement failed only because others held a lock (PostgreSQL), so a retry may succeed."""
    original = getattr(error.__cause__ if isinstance(error, DatabaseError) else error, "orig", None)
    return getattr(original, "sqlstate", None) in {"55P03", "40P01"}


# Why a connection is refused, by the words of the server, the pooler or libpq; most come without a code.
_REFUSALS: Final = {
    "unsupported startup parameter": (
        "DATABASE_URL leads to a pooler that refuses the options this program sends. Set DATABASE_DIRECT_URL to the "
        "server itself, or ignore_startup_parameters = options in the pooler; docs/scaling.md says what else it needs."
    ),
    "prepared statement": (
        "DATABASE_URL leads to a pooler in transaction mode, which loses prepared statements. Set DATABASE_DIRECT_URL "
        "to the server itself, or add prepare_threshold=none to the address."
    ),
    "server does not support SSL": (
        "The database server speaks no TLS, and sslmode in DATABASE_URL asks for it. Switch TLS on there, or change "
        "sslmode."
    ),
    "no encryption": (
        "The database server accepts no connection of this user from here without TLS (pg_hba.conf). Add "
        "sslmode=require to DATABASE_URL, or have a line added there."
    ),
    "pg_hba.conf": (
        "The database server accepts no connection of this user from here. Ask whoever runs it for a line in its "
        "pg_hba.conf."
    ),
    "root certificate file": (
        "The certificate that sslrootcert in DATABASE_URL names cannot be read. Give the path of the server's CA file."
    ),
    "certificate verify failed": (
        "The database server's certificate is not signed by the CA in sslrootcert. Give the right CA file."
    ),
    "does not match host name": (
        "The database server's certificate is for another host name. Use that name in DATABASE_URL."
    ),
    "certificate file": "The client certificate in DATABASE_URL (sslcert) cannot be read. Check its path and rights.",
    "private key file": "The private key in DATABASE_URL (sslkey) cannot be read. Check its path and rights.",
    "certificate": "The database server and this program do not accept each other's certificate. Check sslmode.",
    "definition of service": (
        "The service that DATABASE_URL names is not in pg_service.conf. Check its name, or set PGSERVICEFILE."
    ),
    database_connection.WITHOUT_LETTERS: (
        "This database is encoded as SQL_ASCII, so the letters in it cannot be told apart. Make one with "
        "ENCODING 'UTF8' and TEMPLATE template0, and restore a dump into it."
    ),
    "session is read-only": (
        "target_session_attrs in DATABASE_URL asks for a server that takes changes, and none of the hosts does."
    ),
    "session is not read-only": (
        "target_session_attrs in DATABASE_URL asks for a read-only server, and none of the hosts is one."
    ),
}
# What a PostgreSQL error class or code means to the person in front of the page.
_BY_STATE: Final = {
    "57014": "The database took too long to answer. Try again in a moment.",
    "55P03": "The data is locked by another program right now. Try again in a moment.",
    "42501": "The database refused: a right is missing. docs/grants.sql lists those that this program needs.",
    "25006": "This database takes no changes right now (read-only). Viewing goes on.",
    "53100": "The database's disk is full. Ask whoever runs it to make room.",
    "53300": (
        "The database takes no more connections. Close some, or raise max_connections there or the pooler's limit."
    ),
    "53": "The database has run out of memory or connections. Try again in a moment.",
    "28": "The database refused the user name or password in DATABASE_URL. Check both.",
    "3D000": "The database named in DATABASE_URL does not exist on that server. Check its name.",
}
# The same told by words, where the driver gives no code (before a connection stands, and SQLite).
_BY_WORDS: Final = {
    "database is locked": _BY_STATE["55P03"],
    "readonly database": _BY_STATE["25006"],
    "disk is full": _BY_STATE["53100"],
    "too many c": _BY_STATE["53300"],  # clients, or connections for a role or a database
    "connection slots are reserved": _BY_STATE["53300"],
    "no more connections allowed": _BY_STATE["53300"],
    "password authentication failed": _BY_STATE["28"],
    "no password supplied": _BY_STATE["28"],
    'role "': _BY_STATE["28"],
    "permission denied for": _BY_STATE["42501"],
    database_connection.STOPPED_ANSWERING: "The database stopped answering. Try again in a moment.",
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


def describe(error: BaseException) -> DatabaseError:
    """Describe a database failure in one sentence that says what to do, without passwords."""
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
    connecting = isinstance(error, exc.OperationalError) and (not state or state[:2] in {"08", "28"})
    words = _REFUSALS if connecting or state in {"26000", "42P05"} else {}
    sentence = next((text for said_words, text in words.items() if said_words in said), None)
    sentence = sentence or _BY_STATE.get(state) or _BY_STATE.get(state[:2])
    sentence = sentence or next((text for words, text in _BY_WORDS.items() if words in said), None)
    if sentence is None and 'database "' in said and "does not exist" in said:
        sentence = _BY_STATE["3D000"]
    if sentence is None and isinstance(error, exc.OperationalError | exc.InterfaceError | OSError):
        sentence = _UNREACHABLE
    return DatabaseError(sentence or "The database refused a statement of this program. The log has the details.")
