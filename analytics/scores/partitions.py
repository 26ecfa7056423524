"""Hash partitions of `skill_scores` (PostgreSQL): built beside the table in use, then swapped in.

Rows are dealt out by `interview_id`, by which triggers, comparisons and a person's page look them up. While the rows
are copied, a trigger on the table in use repeats every change on the one beside it.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.database.schema import SCHEMA, progress, skill_scores
from analytics.interviewlab.tables import interviews
from analytics.scores.sql_file import read_sql

TASK: Final = "skill_scores_partitions"
# From here on the vacuum of one table and the rebuilding of one index take so long that pieces are easier. Below it,
# partitions only cost: planning looks at each of them.
LARGE: Final = 20_000_000
PARTITIONS: Final = 16
MOST_PARTITIONS: Final = 256

_IN_USE: Final = f"{SCHEMA}.{skill_scores.name}"
_NAME: Final = f"{skill_scores.name}_beside"
_BESIDE: Final = f"{SCHEMA}.{_NAME}"
_FUNCTION: Final = f"{SCHEMA}.repeat_beside"
_KEY: Final = "interview_id, skill"
_COLUMNS: Final = f"{_KEY}, user_id, completed_at, state, reason, score"

_REPEATING: Final = read_sql("postgresql/repeat_beside", function=_FUNCTION, beside=_BESIDE)
# Locked, so that nobody changes or removes a row between our reading and our writing of it.
_COPY: Final = sa.text(f"""
INSERT INTO {_BESIDE} ({_COLUMNS})
SELECT {_COLUMNS} FROM {_IN_USE} WHERE interview_id > :after AND interview_id <= :upto FOR SHARE
ON CONFLICT ({_KEY}) DO NOTHING
""")


def count(connection: Connection) -> int:
    """Return the number of partitions in use; 0 without partitioning."""
    return _partitions(connection, _IN_USE)


def under_way(connection: Connection) -> int:
    """Return the number of partitions being built; 0 if none are."""
    return _partitions(connection, _BESIDE)


def _partitions(connection: Connection, table: str) -> int:
    query = sa.text("SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(:name)")
    return int(connection.execute(query, {"name": table}).scalar_one())


def should_partition(connection: Connection) -> bool:
    """Return whether the table is still empty and about to hold very many interviews."""
    if count(connection) or connection.execute(sa.select(skill_scores.c.interview_id).limit(1)).first():
        return False
    estimate = sa.text("SELECT reltuples FROM pg_class WHERE oid = CAST(:name AS regclass)")
    return bool(connection.execute(estimate, {"name": interviews.name}).scalar_one() >= LARGE)


def begin(connection: Connection, number: int) -> None:
    """Create the new table and mirror writes to it from now on; resumes one that was begun."""
    if under_way(connection) == number:
        return
    abandon(connection)
    connection.exec_driver_sql(f"LOCK TABLE {_IN_USE} IN SHARE ROW EXCLUSIVE MODE")
    connection.exec_driver_sql(
        f"CREATE TABLE {_BESIDE} (LIKE {_IN_USE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) "
        "PARTITION BY HASH (interview_id)"
    )
    connection.exec_driver_sql(f"ALTER TABLE {_BESIDE} ADD CONSTRAINT {_NAME}_pkey PRIMARY KEY ({_KEY})")
    connection.exec_driver_sql(
        f"CREATE INDEX {_NAME}_by_user ON {_BESIDE} (user_id, completed_at, interview_id)",
    )
    for place in range(number):
        connection.exec_driver_sql(
            f"CREATE TABLE {_IN_USE}_{place}_of_{number} PARTITION OF {_BESIDE} "
            f"FOR VALUES WITH (MODULUS {number}, REMAINDER {place})"
        )
    connection.exec_driver_sql(_REPEATING)
    connection.exec_driver_sql(f"REVOKE ALL ON FUNCTION {_FUNCTION}() FROM PUBLIC")
    connection.exec_driver_sql(
        f"CREATE TRIGGER repeat_beside AFTER INSERT OR UPDATE OR DELETE ON {_IN_USE} "
        f"FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
    )


def abandon(connection: Connection) -> None:
    """Abandon a rebuild that is under way."""
    if under_way(connection):
        connection.exec_driver_sql(f"DROP FUNCTION {_FUNCTION}() CASCADE")
        connection.exec_driver_sql(f"DROP TABLE {_BESIDE}")
        connection.execute(sa.delete(progress).where(progress.c.task == TASK))


def next_batch(connection: Connection, after: int, size: int) -> int | None:
    """Return the last interview of the next batch; None when all are copied."""
    batch = sa.select(skill_scores.c.interview_id).where(skill_scores.c.interview_id > after)
    batch = batch.order_by(skill_scores.c.interview_id).limit(size)
    upto: int | None = connection.execute(sa.select(sa.func.max(batch.subquery().c.interview_id))).scalar()
    return upto


def copy(connection: Connection, after: int, upto: int) -> None:
    """Copy the scores of interviews with ids above `after` up to `upto`; existing rows stay."""
    connection.execute(_COPY, {"after": after, "upto": upto})


def swap(connection: Connection) -> None:
    """Replace the table in use with the new one, keeping all grants, and drop the old one."""
    connection.exec_driver_sql(f"LOCK TABLE {_IN_USE}, {_BESIDE} IN ACCESS EXCLUSIVE MODE")
    rights = sa.text(
        "SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS whose, "
        "privilege_type AS kind FROM pg_class, aclexplode(relacl) "
        "WHERE pg_class.oid = CAST(:name AS regclass) AND grantee <> relowner"
    )
    for right in connection.execute(rights, {"name": _IN_USE}).all():
        connection.exec_driver_sql(f"GRANT {right.kind} ON {_BESIDE} TO {right.whose}")
    connection.exec_driver_sql(f"DROP TABLE {_IN_USE}")
    connection.exec_driver_sql(f"DROP FUNCTION {_FUNCTION}()")
    connection.exec_driver_sql(f"ALTER TABLE {_BESIDE} RENAME TO {skill_scores.name}")
    connection.exec_driver_sql(f"ALTER INDEX {_BESIDE}_pkey RENAME TO {skill_scores.name}_pkey")
    connection.exec_driver_sql(f"ALTER INDEX {_BESIDE}_by_user RENAME TO {skill_scores.name}_by_user")
    connection.execute(sa.delete(progress).where(progress.c.task == TASK))
