"""Reads an interview from the database and prepares it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.estimate import Estimate
from analytics.breakdown.reading.prepare import PreparedInterview, StruckEvidence, prepare
from analytics.columns import UtcDateTime
from analytics.database.json_text import parse_json
from analytics.database.schema import TAGGED, interview_tags
from analytics.interviewlab.tables import belongs, interviews, users
from analytics.reviews.struck import struck_claims


class StoredInterview(NamedTuple):
    """An interview as the platform stores it; conversation and resume are JSON text.

    `name` is the candidate's, `post` the level that somebody chose. `struck` are claims that were marked as wrong:
    skill, kind, and the ids they cited.
    """

    conversation: str | None
    resume: str | None
    job_description: str | None
    name: str | None
    title: str | None = None
    post: str | None = None
    struck: tuple[tuple[str, str, tuple[str, ...]], ...] = ()


# Characters as stored: five hours of talk. 10,000,000 take a minute to read, which is for a job to do and not for the
# server that shows pages.
LONGEST_ESTIMATED: Final = 400_000
_REMEMBERED: Final = 1000
_forecasts: dict[tuple[str, ModelSettings], Estimate] = {}
_forecasts_lock: Final = Lock()


def forecast_of(db: Session | Connection, interview_id: int, generator: FeedbackGenerator) -> Estimate | None:
    """Estimate the cost of a breakdown of an interview; None as in `stored_interview`, and for a very long one.

    Reading an interview takes some 60 ms, so what was told before is remembered by what was read. Who may see it is
    the caller's to ask.
    """
    stored = stored_interview(db, interview_id)
    if stored is None or sum(len(text or "") for text in stored[:3]) > LONGEST_ESTIMATED:
        return None
    key = (hashlib.sha256(repr(stored).encode("utf-8", "surrogatepass")).hexdigest(), generator.settings)
    with _forecasts_lock:
        if key in _forecasts:
            return _forecasts[key]
    forecast = generator.estimate(prepare_stored(stored, generator.settings))
    with _forecasts_lock:
        if len(_forecasts) >= _REMEMBERED:
            _forecasts.clear()
        _forecasts[key] = forecast
    return forecast


@lru_cache
def _statement() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            sa.cast(interviews.c.conversation_history, sa.Text),
            sa.cast(interviews.c.resume_context, sa.Text),
            interviews.c.job_description,
            users.c.full_name,
            interviews.c.title,
            interview_tags.c.post,
        )
        .join(users, users.c.id == interviews.c.user_id)
        .outerjoin(interview_tags, TAGGED)
        .where(interviews.c.id == sa.bindparam("interview_id", type_=sa.Integer), interviews.c.status == "completed")
    )


def stored_interview(
    db: Session | Connection, interview_id: int, pressed_at: datetime | None = None
) -> StoredInterview | None:
    """Read a completed interview as stored; None if it does not exist, is not completed or is newer than the press."""
    statement = _statement()
    if pressed_at is not None:
        statement = statement.where(belongs(sa.literal(pressed_at, UtcDateTime())))
    row = db.execute(statement, {"interview_id": interview_id}).first()
    if row is None:
        return None
    keys = [one.key for one in struck_claims(db, interview_id=interview_id)]
    struck = tuple((key.skill, key.kind, key.evidence) for key in keys if key.evidence)
    return StoredInterview(*row)._replace(struck=struck)


def prepare_stored(stored: StoredInterview, settings: ModelSettings) -> PreparedInterview:
    """Prepare a stored interview; never raises for damaged data."""
    prepared = prepare(
        parse_json(stored.conversation),
        parse_json(stored.resume),
        stored.job_description,
        settings,
        names=(stored.name,) if stored.name else (),
        title=stored.title or "",
    )
    struck = tuple(StruckEvidence(skill=skill, kind=kind, ids=tuple(ids)) for skill, kind, ids in stored.struck)
    return prepared.model_copy(update={"struck": struck, "post": stored.post or prepared.post})
