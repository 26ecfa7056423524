"""The values of this process, created once and shared: settings, engine, replica and jobs.

Only `app.py` and `pages.parts` import it; everything else is handed what it needs.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from analytics.background import BackgroundTask
from analytics.database.engine import create_engine_for
from analytics.database.replica import Replica
from analytics.delivery.settings import DeliverySettings
from analytics.observability import logs
from analytics.observability.metrics import watch_engine
from analytics.settings import Settings

if TYPE_CHECKING:
    from analytics.breakdown.jobs.worker import JobWorker
    from analytics.breakdown.model_settings import ModelSettings
    from analytics.demo.recorded import Recording


@cache
def settings() -> Settings:
    """Return the settings; raises `SettingsError` for invalid ones."""
    read = Settings.from_environment()
    logs.hide(read.secrets())
    return read


@cache
def model_settings() -> ModelSettings:
    """Return the model's settings; raises `SettingsError` for invalid ones."""
    from analytics.breakdown.model_settings import ModelSettings  # no page waits for it at the start

    read = ModelSettings.from_environment()
    logs.hide(read.secrets())
    return read


@cache
def delivery_settings() -> DeliverySettings:
    """Return the delivery settings of digests; raises `SettingsError` for invalid ones."""
    read = DeliverySettings.from_environment()
    logs.hide(read.secrets())
    return read


@cache
def engine() -> Engine:
    """Return the engine; raises `SettingsError` or `DatabaseError` if there can be none."""
    pooled = settings().database_direct_url is not None
    return watch_engine(create_engine_for(settings().url, create=settings().database_url is None, pooled=pooled))


@cache
def direct_engine() -> Engine:
    """Return the engine that bypasses a pooler, for what needs its own sessions; without a pooler the same engine."""
    if settings().database_direct_url is None:
        return engine()
    return watch_engine(create_engine_for(settings().direct_url, setting="DATABASE_DIRECT_URL"))


@cache
def replica() -> Replica | None:
    """Return the read replica; None without one. Raises as `engine` does."""
    url = settings().read_url
    return None if url is None else Replica(url)


@cache
def recording() -> Recording | None:
    """Return the recorded answers of the demo; None outside the demo."""
    if not settings().is_demo:
        return None
    from analytics.demo.recorded import Recording

    return Recording.read()


@cache
def jobs() -> JobWorker:
    """Return this process's job worker; raises `SettingsError` for invalid settings."""
    # Imported late: no page waits for it at the start.
    from analytics.access import deletion, personal_data
    from analytics.batches.store import delete_old
    from analytics.breakdown.generator import FeedbackGenerator
    from analytics.breakdown.jobs.worker import JobWorker
    from analytics.roster import ranking, refresh

    days = settings().retention_days
    return JobWorker(
        direct_engine,
        lambda: FeedbackGenerator(model_settings(), recorded=recording()),
        write_back=settings().write_back,
        per_day=settings().regenerations_per_day,
        housekeeping=[
            refresh.refresh_stale,
            refresh.learn_again,
            partial(ranking.reassess, asked=settings().targets),
        ],
        hourly=[
            partial(deletion.delete_due, admins=settings().admin_emails),
            delete_old,
            *([] if days is None else [partial(personal_data.expire, days=days)]),
        ],
    )


@cache
def digests() -> BackgroundTask:
    """Return this process's digest sender; raises as `delivery_settings` does."""
    from analytics.digests.sender import send_due  # no page waits for it at the start

    return BackgroundTask(
        "Sending digests", lambda ending: send_due(engine(), settings(), delivery_settings()), seconds=60
    )


@cache
def reports() -> BackgroundTask:
    """Return this process's report maker; raises as `settings` does."""
    from analytics.batches.maker import make_waiting  # no page waits for it at the start

    return BackgroundTask("Making reports", lambda ending: make_waiting(engine(), settings(), ending=ending), seconds=2)
