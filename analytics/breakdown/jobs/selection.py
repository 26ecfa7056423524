"""Selects the interviews that need a breakdown: those without one of ours, and those whose newest is out of date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.jobs.source import forecast_of
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.estimate import Estimate
from analytics.breakdown.reading.transcript import transcript_hash
from analytics.breakdown.versions.diff import newer_than
from analytics.breakdown.versions.version import Origin, Source
from analytics.database.json_text import parse_json
from analytics.database.schema import breakdown_versions
from analytics.interviewlab.tables import belongs, interviews

_GENERATED: Final = breakdown_versions.c.source.in_((Source.MODEL, Source.OFFLINE))
_DATE: Final = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at)
# What an estimate of many interviews reads.
SAMPLE: Final = 50


def without_breakdown(connection: Connection) -> list[int]:
    """List the completed interviews without a breakdown of ours, newest first."""
    generated = sa.exists().where(
        breakdown_versions.c.interview_id == interviews.c.id, belongs(breakdown_versions.c.created_at), _GENERATED
    )
    return _ids(connection, sa.select(interviews.c.id).where(~generated))


def with_outdated_breakdown(connection: Connection, settings: ModelSettings) -> list[int]:
    """List the completed interviews whose newest breakdown of ours is out of date, newest first."""
    newest = (
        sa.select(breakdown_versions.c.interview_id, sa.func.max(breakdown_versions.c.number).label("number"))
        .where(_GENERATED)
        .group_by(breakdown_versions.c.interview_id)
        .subquery()
    )
    statement = (
        sa.select(
            interviews.c.id,
            breakdown_versions.c.provenance,
            sa.cast(interviews.c.conversation_history, sa.Text),
            sa.cast(interviews.c.resume_context, sa.Text),
        )
        .join(newest, newest.c.interview_id == interviews.c.id)
        .join(
            breakdown_versions,
            sa.and_(
                breakdown_versions.c.interview_id == newest.c.interview_id,
                breakdown_versions.c.number == newest.c.number,
                belongs(breakdown_versions.c.created_at),
            ),
        )
    )
    # A hundred transcripts at a time in memory, not all of them.
    rows = connection.execute(_latest_first(statement).execution_options(yield_per=100))
    return [
        interview_id
        for interview_id, provenance, *documents in rows
        if newer_than(Origin.model_validate_json(provenance), transcript_hash(*map(parse_json, documents)), settings)
    ]


def estimate(connection: Session | Connection, interview_ids: Sequence[int], generator: FeedbackGenerator) -> Estimate:
    """Estimate the cost of breakdowns of these interviews, one after the other, from a sample of them."""
    sample = interview_ids[:: max(1, -(-len(interview_ids) // SAMPLE))]
    estimates = [
        forecast
        for interview_id in sample
        if (forecast := forecast_of(connection, interview_id, generator)) is not None
    ]
    share = len(interview_ids) / len(estimates) if estimates else 0.0
    return Estimate(
        tokens=round(share * sum(one.tokens for one in estimates)),
        output_tokens=round(share * sum(one.output_tokens for one in estimates)),
        seconds=share * sum(one.seconds for one in estimates),
        calls=round(share * sum(one.calls for one in estimates)),
    )


def _ids(connection: Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[int]:
    return list(connection.execute(_latest_first(statement)).scalars())


def _latest_first(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    return statement.where(interviews.c.status == "completed").order_by(_DATE.desc(), interviews.c.id.desc())
