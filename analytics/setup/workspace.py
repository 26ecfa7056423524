"""A database for people without InterviewLab: the platform's tables with ours beside them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Engine

from analytics.database.sessions import writing
from analytics.interviewlab.tables import create_platform
from analytics.setup.backfill import SetupProgress
from analytics.setup.install import set_up


def open_workspace(engine: Engine, progress_of: Callable[[str], SetupProgress] | None = None) -> None:
    """Create the platform's tables if missing, and set the database up; a second run changes nothing.

    Raises `DatabaseError`.
    """
    with writing(engine) as connection:
        create_platform(connection)
    set_up(engine, progress_of)
