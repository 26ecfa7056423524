"""The migrations of our own tables: which revision a database has, and which it is to have."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.database.schema import SCHEMA

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(connection: Connection) -> None:
    """Upgrade our tables to the newest revision, in the transaction of the caller."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def newest() -> str | None:
    """Name the revision that our tables are to have."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head()


def revision(db: Session | Connection) -> str | None:
    """Name the revision that our tables have; raises where there are none."""
    bind = db.get_bind() if isinstance(db, Session) else db
    schema = SCHEMA if bind.dialect.name == "postgresql" else None
    table = sa.table("skill_analytics_version", sa.column("version_num"), schema=schema)
    return db.execute(sa.select(table.c.version_num)).scalar()


def is_later(revision: str | None) -> bool:
    """Return whether tables of this revision are from a later version of the program; revisions are numbered."""
    return (revision or "") > (newest() or "")


def _config() -> Config:
    # Alembic takes 40 ms to import, which only set-up and readiness need.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
