"""Rights our role lacks on PostgreSQL, each with the statement that grants it.

The system catalogs answer even where nothing else may be read, so all of them are found in one go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.database import job_store
from analytics.database.schema import SCHEMA
from analytics.interviewlab.tables import interviews, users

# Without USAGE on its schema a table is on no search path, but still in the catalog.
_TABLE: Final = sa.text(
    "SELECT pg_class.oid, nspname AS schema, has_schema_privilege(nspname, 'USAGE') AS usable "
    "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE relname = :name AND relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN (:scores, :jobs) "
    "AND (pg_table_is_visible(pg_class.oid) OR NOT has_schema_privilege(nspname, 'USAGE')) "
    "ORDER BY pg_table_is_visible(pg_class.oid) DESC, nspname <> 'public', nspname LIMIT 1"
)
_OWNS_SCHEMA: Final = sa.text("SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = :schema")
# Sequences follow the tables that own them.
_OF_OTHERS: Final = sa.text(
    "SELECT 'TABLE ' || quote_ident(nspname) || '.' || quote_ident(relname) AS thing FROM pg_class "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname = :schema AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE') UNION ALL "
    "SELECT 'FUNCTION ' || quote_ident(nspname) || '.' || quote_ident(proname) || '(' "
    "|| oidvectortypes(proargtypes) || ')' FROM pg_proc "
    "JOIN pg_namespace ON pg_namespace.oid = pronamespace "
    "WHERE nspname = :schema AND NOT pg_has_role(proowner, 'USAGE') ORDER BY 1"
)

# Nobody where our own role owns the platform's tables.
_OWNER: Final = sa.text(
    "SELECT rolname AS name, has_schema_privilege(owner.oid, space.oid, 'USAGE') AND NOT EXISTS ("
    "SELECT FROM pg_class WHERE relnamespace = space.oid AND relkind IN ('r', 'p', 'S') "
    "AND NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(owner.oid, pg_class.oid, 'SELECT') "
    "ELSE has_table_privilege(owner.oid, pg_class.oid, 'SELECT') END) AS reads, "
    "ARRAY(SELECT CAST(CAST(pg_proc.oid AS regprocedure) AS text) FROM pg_proc WHERE pronamespace = space.oid "
    "AND prorettype = CAST('trigger' AS regtype) AND NOT has_function_privilege(owner.oid, pg_proc.oid, 'EXECUTE')) "
    "AS uncallable, "
    "2 = (SELECT count(*) FROM pg_default_acl, aclexplode(defaclacl) AS given WHERE defaclnamespace = space.oid "
    "AND defaclrole = (SELECT oid FROM pg_roles WHERE rolname = :role) AND given.grantee = owner.oid "
    "AND privilege_type = 'SELECT') AS will_read "
    "FROM pg_class AS interviews JOIN pg_roles AS owner ON owner.oid = relowner "
    "JOIN pg_namespace AS space ON nspname = :schema "
    "WHERE interviews.oid = CAST('interviews' AS regclass) AND rolname <> :role"
)

_OF_THE_OWNER: Final = (
    "USAGE ON SCHEMA",
    "SELECT ON ALL TABLES IN SCHEMA",
    "SELECT ON ALL SEQUENCES IN SCHEMA",
)


@dataclass(frozen=True)
class _Table:
    oid: int
    name: str
    schema: str
    usable: bool


def missing_for_set_up(connection: Connection) -> list[str]:
    """List the rights that set-up and reading lack on PostgreSQL, one sentence each; empty if none is missing."""
    tables = [table for name in (users.name, interviews.name) if (table := _find(connection, name))]
    closed = dict.fromkeys(table.schema for table in tables if not table.usable)
    sentences = [_grant(connection, f"USAGE ON SCHEMA {_quote(connection, schema)}") for schema in closed]
    for table in tables:
        sentences += [
            _grant(connection, f"{right} ON {_write_name(connection, table)}")
            for right in ("SELECT", "TRIGGER")
            if not _ask(connection, sa.func.has_table_privilege(table.oid, right))
        ]
    return [*sentences, *_missing_on_our_schemas(connection)]


def missing_for_write_back(connection: Connection) -> list[str]:
    """Return the right that writing breakdowns back to InterviewLab lacks, if any (PostgreSQL)."""
    column = interviews.c.feedback.name
    table = _find(connection, interviews.name)
    if table is None:
        return []
    query = sa.text(
        "SELECT has_column_privilege(attrelid, attnum, 'UPDATE') FROM pg_attribute "
        "WHERE attrelid = :oid AND attname = :column AND NOT attisdropped"
    )
    if connection.execute(query, {"oid": table.oid, "column": column}).scalar() is not False:
        return []
    right = f"UPDATE ({column}) ON {_write_name(connection, table)}"
    return [_grant(connection, right, "A right that only WRITE_BACK=off does without is missing")]


def missing_for_adding(connection: Connection) -> list[str]:
    """List the rights that adding, changing and deleting interviews lack (PostgreSQL); empty if none is missing.

    People who are new need theirs on the platform's users.
    """
    if connection.dialect.name != "postgresql":
        return []
    wanted = ((interviews.name, ("INSERT", "UPDATE", "DELETE")), (users.name, ("INSERT",)))
    sentences = []
    for name, rights in wanted:
        table = _find(connection, name)
        if table is None:
            continue
        written = _write_name(connection, table)
        lacking = [right for right in rights if not _ask(connection, sa.func.has_table_privilege(table.oid, right))]
        if lacking:
            sentences.append(_grant(connection, f"{', '.join(lacking)} ON {written}"))
        sequence = _ask(connection, sa.func.pg_get_serial_sequence(written, "id"))
        if sequence and not _ask(connection, sa.func.has_sequence_privilege(sequence, "USAGE")):
            sentences.append(_grant(connection, f"USAGE ON SEQUENCE {sequence}"))
    return sentences


def let_owner_dump(connection: Connection) -> None:
    """Grant the owner of the platform's tables read access to ours, present and future, for their dumps.

    A restore of its tables makes our triggers again, for which it must be allowed to call what they call.
    """
    role = _role(connection)
    for schema in (SCHEMA, job_store.SCHEMA):
        owner = connection.execute(_OWNER, {"schema": schema, "role": role}).first()
        if owner is None:
            continue
        quoted = _quote(connection, owner.name)
        if not owner.reads:
            for right in _OF_THE_OWNER:
                connection.exec_driver_sql(f"GRANT {right} {schema} TO {quoted}")
        for function in owner.uncallable:
            connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {function} TO {quoted}")
        if not owner.will_read:
            for kind in ("TABLES", "SEQUENCES"):
                connection.exec_driver_sql(
                    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON {kind} TO {quoted}"
                )


def _missing_on_our_schemas(connection: Connection) -> Iterator[str]:
    owned = {
        schema: connection.execute(_OWNS_SCHEMA, {"schema": schema}).scalar() for schema in (SCHEMA, job_store.SCHEMA)
    }
    if None in owned.values():
        database = str(_ask(connection, sa.func.current_database()))
        if not _ask(connection, sa.func.has_database_privilege(database, "CREATE")):
            yield _grant(connection, f"CREATE ON DATABASE {_quote(connection, database)}")
    for schema, is_owner in owned.items():
        if is_owner is False:
            yield (
                f"The schema {schema} belongs to another role: "
                f"ALTER SCHEMA {schema} OWNER TO {_quote(connection, _role(connection))};"
            )
        if others := connection.execute(_OF_OTHERS, {"schema": schema}).scalars().all():
            role = _quote(connection, _role(connection))
            statements = " ".join(f"ALTER {thing} OWNER TO {role};" for thing in others)
            yield f"What the schema {schema} holds belongs to another role: {statements}"


def _find(connection: Connection, name: str) -> _Table | None:
    row = connection.execute(_TABLE, {"name": name, "scores": SCHEMA, "jobs": job_store.SCHEMA}).first()
    return _Table(row.oid, name, row.schema, row.usable) if row else None


def _ask(connection: Connection, function: sa.ColumnElement[object]) -> object:
    return connection.execute(sa.select(function)).scalar()


def _role(connection: Connection) -> str:
    return str(connection.execute(sa.text("SELECT current_user")).scalar_one())


def _grant(connection: Connection, right: str, what: str = "A right is missing") -> str:
    return f"{what}: GRANT {right} TO {_quote(connection, _role(connection))};"


def _write_name(connection: Connection, table: _Table) -> str:
    """Write a table as its owner reaches it without a search path of its own."""
    name = _quote(connection, table.name)
    return name if table.schema == "public" else f"{_quote(connection, table.schema)}.{name}"


def _quote(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
