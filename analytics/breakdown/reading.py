"""An interview taken from the database and made ready to be read."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.plan import Estimate, Prepared
from analytics.breakdown.settings import ModelSettings
from analytics.database import execute, parse_json
from analytics.schema import interviews, users

_REMEMBERED: Final = 1000
_forecasts: dict[tuple[str, ModelSettings], Estimate] = {}
_forecasts_lock: Final = Lock()


def read_interview(db: Session | Connection, interview_id: int, generator: FeedbackGenerator) -> Prepared | None:
    """Prepare a completed interview; None for one that is not there or not completed.

    Who may see it is the caller's to ask.
    """
    stored = _stored(db, interview_id)
    return None if stored is None else _prepared(stored, generator)


def forecast_of(db: Session | Connection, interview_id: int, generator: FeedbackGenerator) -> Estimate | None:
    """Estimate what a breakdown of an interview would take; None as in `read_interview`.

    Reading an interview takes some 60 ms, so what was told before is remembered by what was read.
    """
    stored = _stored(db, interview_id)
    if stored is None:
        return None
    key = (hashlib.sha256(repr(stored).encode("utf-8", "surrogatepass")).hexdigest(), generator.settings)
    with _forecasts_lock:
        if key in _forecasts:
            return _forecasts[key]
    found = generator.estimate(_prepared(stored, generator))
    with _forecasts_lock:
        if len(_forecasts) >= _REMEMBERED:
            _forecasts.clear()
        _forecasts[key] = found
    return found


@lru_cache
def _statement() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            sa.cast(interviews.c.conversation_history, sa.Text),
            sa.cast(interviews.c.resume_context, sa.Text),
            interviews.c.job_description,
            users.c.full_name,
        )
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.id == sa.bindparam("interview_id", type_=sa.Integer), interviews.c.status == "completed")
    )


def _stored(db: Session | Connection, interview_id: int) -> tuple[str | None, ...] | None:
    row = execute(db, _statement(), {"interview_id": interview_id}).first()
    return None if row is None else tuple(row)


def _prepared(stored: tuple[str | None, ...], generator: FeedbackGenerator) -> Prepared:
    conversation, resume, job_description, name = stored
    return generator.prepare(
        parse_json(conversation), parse_json(resume), job_description, names=(name,) if name else ()
    )
