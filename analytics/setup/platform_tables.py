"""Checks that the platform's tables can be read whole and followed by triggers (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.interviewlab.tables import interviews, users

_TABLE: Final = sa.text(
    "SELECT pg_class.oid, relkind IN ('r', 'p') AS is_table, row_security_active(pg_class.oid) AS is_secured, "
    "quote_ident(nspname) || '.' || quote_ident(relname) AS name, quote_ident(current_user) AS role "
    "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE pg_class.oid = CAST(CAST(:name AS text) AS regclass)"
)
# Whether some policy shows our role all rows, and whether another one takes some away.
_POLICIES: Final = sa.text(
    "SELECT coalesce(bool_or(polpermissive AND pg_get_expr(polqual, polrelid) = 'true'), false) AS shows_all, "
    "coalesce(bool_or(NOT polpermissive), false) AS hides_some "
    "FROM pg_policy WHERE polrelid = :oid AND polcmd IN ('r', '*') "
    "AND EXISTS (SELECT FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(role, 'USAGE'))"
)
# A trigger of a partitioned table is put on each partition; one that has it needs no right.
_PARTITIONS: Final = sa.text(
    "SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS name FROM pg_partition_tree(CAST(:oid AS oid)) "
    "JOIN pg_class ON pg_class.oid = relid JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE level > 0 AND NOT has_table_privilege(relid, 'TRIGGER') "
    "AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relid AND tgname LIKE 'skill_analytics%') ORDER BY 1"
)


def problems(connection: Connection) -> Iterator[str]:
    """List what keeps set-up from reading or following the platform's tables, one sentence each."""
    for table in (users.name, interviews.name):
        found = connection.execute(_TABLE, {"name": table}).one()
        if not found.is_table:
            yield f"{table} is not a table, so no trigger can tell of its changes. Give the table behind it this name."
            continue
        if found.is_secured:
            policies = connection.execute(_POLICIES, {"oid": found.oid}).one()
            if policies.hides_some:
                yield f"Row level security hides rows of {table}: ALTER ROLE {found.role} BYPASSRLS;"
            elif not policies.shows_all:
                policy = f"CREATE POLICY skill_analytics ON {found.name} TO {found.role} USING (true);"
                yield f"Row level security hides rows of {table}: {policy}"
        partitions = connection.execute(_PARTITIONS, {"oid": found.oid}).scalars().all()
        if partitions:
            yield f"A right is missing: GRANT TRIGGER ON {', '.join(partitions)} TO {found.role};"
