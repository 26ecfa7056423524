"""Readiness of this installation: the database, its set-up and the job engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from analytics.database import migrations
from analytics.database.errors import SETUP_COMMAND, DatabaseError, NotSetUpError
from analytics.database.sessions import reading
from analytics.settings import SettingsError
from analytics.setup.backfill import is_unfinished

Check = Callable[[], str | None]
# Only told while it is not in order.
SCORES: Final = "scores"


def readiness(engine: Callable[[], Engine], jobs: Check) -> dict[str, str]:
    """Check the database, its set-up and the job engine; returns `ok` or one sentence without secrets."""
    checks = {"database": "ok", "migrations": "ok"}
    try:
        with reading(engine()) as db:
            db.execute(sa.text("SELECT 1"))
            revision = migrations.revision(db)
            # While a later version is brought in, its tables come first and this copy goes on with them.
            if revision != migrations.newest() and not migrations.is_later(revision):
                checks["migrations"] = f"Not up to date. Run: {SETUP_COMMAND}"
            elif is_unfinished(db):
                checks[SCORES] = f"Interviews are still being read. If no set-up is running: {SETUP_COMMAND}"
    except NotSetUpError as error:
        checks["migrations"] = str(error)
    except (DatabaseError, SettingsError) as error:
        checks = {"database": str(error), "migrations": "not checked"}
    return checks | {"jobs": jobs() or "ok"}
