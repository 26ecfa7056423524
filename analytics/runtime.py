"""The settings, the database engine and the replica of this process, made once and shared by everybody in it."""

from __future__ import annotations

from functools import cache

from sqlalchemy.engine import Engine

from analytics.database import create_engine_for
from analytics.observability import watched
from analytics.replica import Replica
from analytics.settings import Settings


@cache
def settings() -> Settings:
    """Give the settings; raises `SettingsError` for one that cannot be used."""
    return Settings.from_environment()


@cache
def engine() -> Engine:
    """Give the engine; raises `SettingsError` or `DatabaseError` where none can be made."""
    return watched(create_engine_for(settings().url))


@cache
def replica() -> Replica | None:
    """Give the replica that reads may go to; None where none is set. Raises as `engine` does."""
    url = settings().database_read_url
    return None if url is None else Replica(url)
