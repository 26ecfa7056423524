"""Run the migrations on the connection that `analytics.database` hands over."""

from __future__ import annotations

from alembic import context

from analytics.database.schema import SCHEMA, ours

connection = context.config.attributes["connection"]
dialect = connection.dialect.name
context.configure(
    connection=connection,
    target_metadata=ours,
    version_table="skill_analytics_version",
    version_table_schema=None if dialect == "sqlite" else SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
