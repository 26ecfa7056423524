"""What an interview shows, and its versions, with access control through the interview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import Role, Viewer, scope
from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.versions.current import is_current
from analytics.breakdown.versions.struck import breakdown_without
from analytics.breakdown.versions.version import COLUMNS, Origin, Source, Version, readable, version_of
from analytics.database.review_tables import struck_claims as struck_table
from analytics.database.schema import breakdown_versions, shown_versions
from analytics.interviewlab.feedback import Feedback, Reason, State, read_feedback, without_scores
from analytics.interviewlab.tables import belongs, interviews
from analytics.judges import FINGERPRINTED, PLATFORM_JUDGE, judge_of_provenance
from analytics.queries.feedback import FeedbackRow, code_is_scored, feedback_row, feedback_statement, read_stored
from analytics.reviews.struck import ClaimKey, StruckClaim, feedback_without, struck_claims
from analytics.scores import skill_scores, version_scores
from analytics.scores.version_scores import BY_PLATFORM, JudgedBy


@dataclass(frozen=True, slots=True)
class ShownBreakdown:
    """What an interview shows: `feedback` always, `version` and `breakdown` if it is one of ours.

    `overwritten` is the version that was shown until the platform stored newer feedback. `draft` is the newest
    version made since, which stands beside what is shown: that is approved, or this is a poorer draft.
    `struck` are the claims that a coach marked as wrong: they are in neither `feedback` nor `breakdown`. `judged` says
    who gave each score.
    """

    feedback: Feedback
    version: Version | None = None
    breakdown: InterviewFeedback | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    overwritten: Version | None = None
    draft: Version | None = None
    struck: tuple[StruckClaim, ...] = ()
    judged: Mapping[str, JudgedBy] = field(default_factory=dict)


def history(viewer: Viewer, db: Session, interview_id: int) -> list[Version]:
    """List an interview's versions, newest first; empty if the viewer may not see it or has to rate it first."""
    statement = (
        sa.select(*COLUMNS)
        .join(interviews, interviews.c.id == breakdown_versions.c.interview_id)
        .where(
            breakdown_versions.c.interview_id == interview_id,
            belongs(breakdown_versions.c.created_at),
            scope(viewer.role, interviews.c.user_id),
        )
        .order_by(breakdown_versions.c.number.desc())
    )
    if find_hidden(viewer, db, interview_ids=[interview_id]):
        return []
    return [version_of(row) for row in db.execute(statement, dict(viewer.parameters))]


@lru_cache
def _origins(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(shown_versions.c.interview_id, breakdown_versions.c.provenance)
        .join(breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
        .join(interviews, interviews.c.id == shown_versions.c.interview_id)
        .where(
            interviews.c.user_id == sa.bindparam("user_id", type_=sa.Integer),
            belongs(shown_versions.c.changed_at),
            scope(role, interviews.c.user_id),
        )
    )


def shown_origins(viewer: Viewer, db: Session, user_id: int) -> dict[int, Origin]:
    """Read the origins of the versions that a candidate's interviews show, without the platform's."""
    rows = db.execute(_origins(viewer.role), {"user_id": user_id, **viewer.parameters})
    origins = {row[0]: Origin.model_validate_json(row[1]) for row in rows}
    return {interview_id: origin for interview_id, origin in origins.items() if not origin.is_platform}


# Whether a coach ever marked a claim of an interview as wrong: which ones, is read only then.
_holds_struck: Final = sa.exists().where(struck_table.c.interview_id == interviews.c.id).correlate(interviews)
_former = shown_versions.alias()
_has_version: Final = sa.exists().where(_former.c.interview_id == interviews.c.id).correlate(interviews)


@lru_cache
def _statement(role: Role) -> sa.Select[*tuple[Any, ...]]:
    newest = (
        sa.select(sa.func.max(breakdown_versions.c.number))
        .where(
            breakdown_versions.c.interview_id == interviews.c.id,
            belongs(breakdown_versions.c.created_at),
            breakdown_versions.c.source != Source.PLATFORM,
        )
        .correlate(interviews)
        .scalar_subquery()
    )
    source = sa.join(shown_versions, breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
    return (
        sa.select(
            interviews.c.status,
            _holds_struck,
            sa.cast(interviews.c.feedback, sa.Text),
            shown_versions.c.replaces,
            shown_versions.c.served,
            shown_versions.c.approved_by,
            shown_versions.c.approved_at,
            code_is_scored,
            *COLUMNS,
            newest,
        )
        .select_from(
            sa.outerjoin(
                interviews,
                source,
                sa.and_(shown_versions.c.interview_id == interviews.c.id, belongs(shown_versions.c.changed_at)),
            )
        )
        .where(interviews.c.id == sa.bindparam("interview_id", type_=sa.Integer), scope(role, interviews.c.user_id))
    )


def shown_breakdown(viewer: Viewer, db: Session | Connection, interview_id: int) -> ShownBreakdown | None:
    """Read what an interview shows; None if it does not exist or the viewer may not see it.

    Of one that the viewer has to rate first, nothing.
    """
    row = db.execute(_statement(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    if row is None:
        return None
    if find_hidden(viewer, db, interview_ids=[interview_id]):
        return ShownBreakdown(without_scores(State.PENDING, Reason.UNRATED))
    if row[0] != "completed":
        return ShownBreakdown(read_feedback(None, completed=False))
    shown = _build_shown(db, interview_id, row[2:])
    return _without(shown, struck_claims(db, interview_id=interview_id)) if row[1] else shown


def _build_shown(db: Session | Connection, interview_id: int, row: Sequence[Any]) -> ShownBreakdown:
    """Return what a completed interview shows, but for struck claims."""
    text, replaces, served, approved_by, approved_at, code, *columns, newest = row
    if columns[0] is None:
        feedback = read_stored(text, code_is_scored=code)
        draft = _find_version(db, interview_id, newest)
        return ShownBreakdown(feedback, draft=draft, judged=_by_platform(feedback))
    version = version_of(columns)
    draft = _find_version(db, interview_id, newest) if newest is not None and newest > version.number else None
    breakdown = readable(version)
    if breakdown is None or not is_current(version, breakdown, replaces, text):
        feedback = read_stored(text, code_is_scored=code)
        return ShownBreakdown(feedback, overwritten=version, draft=draft, judged=_by_platform(feedback))
    feedback = read_stored(text if served is None else served, code_is_scored=code)
    return ShownBreakdown(
        feedback=feedback,
        version=version,
        breakdown=breakdown,
        approved_by=approved_by,
        approved_at=approved_at,
        draft=draft,
        judged=_by_platform(feedback) | read_judges(db, version, breakdown),
    )


def _by_platform(feedback: Feedback) -> dict[str, JudgedBy]:
    return dict.fromkeys((key for key, skill in feedback.skills.items() if skill.score is not None), BY_PLATFORM)


def read_judges(db: Session | Connection, version: Version, breakdown: InterviewFeedback) -> dict[str, JudgedBy]:
    """Return the judge of each score of a version, querying the database only if some came from another version."""
    scored = {key: skill for key, skill in breakdown.skill_breakdown.items() if skill.score is not None}
    if version.origin.restored or any(skill.score_from for skill in scored.values()):
        return version_scores.read_judges(db, version.id)
    judge = judge_of_provenance(version.origin.model_dump(include={"analyst", *FINGERPRINTED}))
    judged = BY_PLATFORM if judge is PLATFORM_JUDGE else JudgedBy(judge, version.created_at)
    return dict.fromkeys(scored, judged)


def _without(shown: ShownBreakdown, struck: tuple[StruckClaim, ...]) -> ShownBreakdown:
    keys = [one.key for one in struck]
    return replace(
        shown,
        feedback=feedback_without(shown.feedback, keys),
        breakdown=None if shown.breakdown is None else breakdown_without(shown.breakdown, keys),
        struck=struck,
    )


@lru_cache
def _feedback_of(role: Role, latest: int | None) -> sa.Select[*tuple[Any, ...]]:
    statement = feedback_statement(role, latest).add_columns(_has_version, shown_versions.c.served, _holds_struck)
    return statement.outerjoin(shown_versions, skill_scores.is_replaced(sa.cast(interviews.c.feedback, sa.Text)))


def feedback_of(viewer: Viewer, db: Session, user_id: int, *, latest: int | None = None) -> list[FeedbackRow]:
    """Read a candidate's feedback as shown, newest interview first: all, or that of the latest completed."""
    rows = db.execute(_feedback_of(viewer.role, latest), {"user_id": user_id, **viewer.parameters}).all()
    unrated = find_hidden(viewer, db, user_ids=[user_id])
    struck: dict[int, list[ClaimKey]] = {}
    for one in struck_claims(db, user_id=user_id) if any(row[-1] for row in rows) else ():
        struck.setdefault(one.interview_id, []).append(one.key)
    read = (
        (feedback_row(row)._replace(struck=tuple(struck.get(row[0], ())), has_version=bool(row[-3])), row[-2])
        for row in rows
    )
    return [
        row._replace(feedback=None, code_is_scored=False, struck=())
        if row.interview_id in unrated
        else row
        if served is None
        else row._replace(feedback=served)
        for row, served in read
    ]


def _find_version(db: Session | Connection, interview_id: int, number: int | None) -> Version | None:
    if number is None:
        return None
    statement = sa.select(*COLUMNS).where(
        breakdown_versions.c.interview_id == interview_id, breakdown_versions.c.number == number
    )
    row = db.execute(statement).first()
    return None if row is None else version_of(row)
