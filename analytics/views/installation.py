"""The state of this installation, part by part: working, or a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.versions.version import Source
from analytics.database.schema import breakdown_jobs, breakdown_versions
from analytics.database.sessions import reading
from analytics.database.sharing_tables import digest_deliveries, digests
from analytics.delivery.settings import DeliverySettings
from analytics.formatting import quantity
from analytics.settings import Settings, SettingsError
from analytics.setup import rights
from analytics.setup.readiness import SCORES, readiness
from analytics.skills import BY_KEY

_DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the installation; `at` is when the event in its sentence last happened."""

    name: str
    in_order: bool
    sentence: str
    at: datetime | None = None


def installation(
    viewer: Viewer,
    engine: Engine,
    *,
    settings: Settings,
    model: ModelSettings | SettingsError,
    delivery: DeliverySettings,
    jobs: str | None,
    sign_in: bool,
) -> tuple[Part, ...]:
    """Check each part of the installation; raises `NotAllowedError` unless the viewer is an admin.

    `model` is an error where its settings cannot be used; `jobs` is what is wrong with the job engine, None for
    nothing; `sign_in` whether a provider is set.
    """
    if not viewer.administers:
        raise NotAllowedError("Only an admin may see how this installation is set up.")
    checks = readiness(lambda: engine, lambda: jobs)
    parts = [_database(engine, settings, checks["database"]), _tables(checks)]
    if checks["database"] == "ok":
        with reading(engine) as db:
            connection = db.connection()
            parts += [*_rights(connection, settings), _model(connection, model), _jobs(connection, jobs)]
            parts.append(_digests(connection, delivery))
    return (*parts, _sign_in(settings, sign_in), _targets(settings))


def _database(engine: Engine, settings: Settings, state: str) -> Part:
    if state != "ok":
        return Part("Database", False, state)
    kind = _DATABASES.get(engine.dialect.name, engine.dialect.name)
    version = ".".join(map(str, engine.dialect.server_version_info or ()))
    beside = ", and a replica to read from" if settings.database_read_url else ""
    return Part("Database", True, f"{kind} {version}{beside}".strip() + ".")


def _tables(checks: dict[str, str]) -> Part:
    trouble = [checks[name] for name in ("migrations", SCORES) if checks.get(name, "ok") != "ok"]
    return Part("Tables", not trouble, " ".join(trouble) or "Up to date.")


def _rights(connection: Connection, settings: Settings) -> Iterator[Part]:
    asked = {"Adding interviews": rights.missing_for_adding(connection)}
    if not settings.write_back:
        yield Part("Write-back", True, "Off: breakdowns are kept beside InterviewLab's feedback (WRITE_BACK).")
    elif connection.dialect.name == "postgresql":
        asked["Write-back"] = rights.missing_for_write_back(connection)
    else:
        yield Part("Write-back", True, "On.")
    for name, missing in asked.items():
        yield Part(name, not missing, " ".join(missing) or "All rights are there.")


def _model(connection: Connection, model: ModelSettings | SettingsError) -> Part:
    if isinstance(model, SettingsError):
        return Part("Language model", False, str(model))
    if not model.is_configured:
        return Part(
            "Language model",
            False,
            "None is connected: set OPENAI_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL for a server of your own, "
            "and restart.",
        )
    newest = sa.select(sa.func.max(breakdown_versions.c.created_at)).where(breakdown_versions.c.source == Source.MODEL)
    answered = connection.execute(newest).scalar()
    name = f"{model.model_name} at {model.host}"
    failure = connection.execute(
        sa.select(breakdown_jobs.c.sentence, breakdown_jobs.c.finished_at)
        .where(breakdown_jobs.c.state == JobState.FAILED)
        .order_by(breakdown_jobs.c.finished_at.desc())
        .limit(1)
    ).first()
    if failure is not None and (answered is None or failure.finished_at > answered):
        return Part(
            "Language model", False, f"{name}. The last breakdown failed: {failure.sentence}", failure.finished_at
        )
    said = "It has not been asked yet." if answered is None else "The last breakdown came through."
    return Part("Language model", True, f"{name}. {said}", answered)


def _jobs(connection: Connection, trouble: str | None) -> Part:
    if trouble is not None:
        return Part("Jobs", False, trouble)
    unfinished = sa.select(sa.func.count()).where(breakdown_jobs.c.finished_at.is_(None))
    count = connection.execute(unfinished).scalar_one()
    return Part("Jobs", True, f"Running, {quantity(count, 'breakdown')} under way." if count else "Running.")


def _digests(connection: Connection, delivery: DeliverySettings) -> Part:
    """Describe the last digest of everybody who has them: whether any could not be sent."""
    if not delivery.is_configured:
        return Part("Digests", True, "Off: neither SMTP_URL nor DIGEST_WEBHOOK_URL is set.")
    later = digest_deliveries.alias()
    newest = sa.select(sa.func.max(later.c.due_on)).where(later.c.email == digest_deliveries.c.email)
    last = (
        sa.select(digest_deliveries.c.state, digest_deliveries.c.sentence, digest_deliveries.c.changed_at)
        .join(digests, digests.c.email == digest_deliveries.c.email)
        .where(digest_deliveries.c.due_on == newest.scalar_subquery(), digest_deliveries.c.sentence != "")
        .order_by(digest_deliveries.c.changed_at.desc())
    )
    troubles = connection.execute(last).all()
    ways = [name for name, on in (("by e-mail", delivery.mails), ("to the webhook", delivery.posts)) if on]
    on = f"On, {' and '.join(ways)}."
    failed = [trouble for trouble in troubles if trouble.state == "failed"]
    if failed:
        count = quantity(len(failed), "digest")
        sentence = f"{count} could not be sent in three tries. The last: {failed[0].sentence}"
        return Part("Digests", False, sentence, failed[0].changed_at)
    if troubles:
        return Part("Digests", True, f"{on} {troubles[0].sentence}", troubles[0].changed_at)
    return Part("Digests", True, on)


def _sign_in(settings: Settings, sign_in: bool) -> Part:
    if sign_in:
        named = bool(settings.admin_emails)
        return Part("Sign-in", True, "On." if named else "On. No admin is named in ADMIN_EMAILS.")
    if settings.is_own:
        return Part("Sign-in", True, "Off: a workspace of one person, on this machine only.")
    return Part("Sign-in", True, "Off: this is the demo.")


def _targets(settings: Settings) -> Part:
    levels = ", ".join(f"{BY_KEY[key].label} {target:.2f}" for key, target in settings.targets.items())
    return Part("Targets", True, f"{levels} (TARGET_COMMUNICATION and so on).")
