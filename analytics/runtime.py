"""The settings and the database engine of this process, made once and shared by everybody in it."""

from __future__ import annotations

from functools import cache

from sqlalchemy.engine import Engine

from analytics.database import create_engine_for
from analytics.observability import watched
from analytics.settings import Settings


@cache
def settings() -> Settings:
    """Give the settings; raises `SettingsError` for one that cannot be used."""
    return Settings.from_environment()


@cache
def engine() -> Engine:
    """Give the engine; raises `SettingsError` or `DatabaseError` where none can be made."""
    return watched(create_engine_for(settings().url))
