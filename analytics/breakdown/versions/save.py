"""Saves a new breakdown as a version, completely or not at all; nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access import orphans
from analytics.breakdown.assessment.result import OFFLINE_ANALYST, InterviewFeedback
from analytics.breakdown.outcomes import NOT_ASSESSABLE, Outcome
from analytics.breakdown.versions.append import SavedVersion, append, keep_former, record, show
from analytics.breakdown.versions.former import with_former
from analytics.breakdown.versions.locking import LockedInterview, lock
from analytics.breakdown.versions.struck import breakdown_without
from analytics.breakdown.versions.version import (
    COLUMNS,
    FEWER_CLAIMS,
    FEWER_SCORES,
    NO_SCORES,
    PLATFORM,
    STILL_FAILED,
    Origin,
    Source,
    Version,
    version_of,
)
from analytics.database.json_text import parse_json
from analytics.database.schema import breakdown_versions
from analytics.database.sessions import writing
from analytics.interviewlab.feedback import Feedback, State, read_feedback
from analytics.reviews.struck import ClaimKey, feedback_without, struck_claims


def nothing_new(feedback: InterviewFeedback) -> Outcome | None:
    """Return why a run has nothing to save: every skill that could be assessed failed; None otherwise."""
    assessed = [skill for skill in feedback.skill_breakdown.values() if skill.reason not in NOT_ASSESSABLE]
    if not assessed or any(skill.state is not State.FAILED for skill in assessed):
        return None
    reasons = [skill.reason for skill in assessed if skill.reason is not None]
    return max(reasons, key=reasons.count, default=Outcome.SERVER_ERROR)


def save(
    engine: Engine,
    interview_id: int,
    feedback: InterviewFeedback,
    *,
    version_id: str,
    by: str,
    write_back: bool,
    asked: str = "",
    pressed_at: datetime | None = None,
    also: Callable[[Connection, SavedVersion], None] | None = None,
) -> SavedVersion | None:
    """Append a new breakdown and show it, or leave it waiting beside the shown one.

    None if the interview is gone or not completed any more.
    It stands beside an approved one, and beside one that says more: a run without scores, without the score of a skill
    that has one, or with fewer weaknesses and recommendations, is a draft until somebody accepts it, and nothing of it
    is written back before.

    `version_id` is the caller's, so that a repetition, or a commit whose answer was lost, saves once. `asked` is the
    configured model. An interview that is newer than `pressed_at` is another one than was meant, and that one is gone.
    `also` is done in the same transaction. A skill that failed keeps its former value. Raises
    `DatabaseError` when nothing was saved.
    """
    with writing(engine) as connection:
        locked = lock(connection, interview_id, write_back)
        if locked is not None and pressed_at is not None and pressed_at < locked.created_at:
            return None
        repeated = _by_id(connection, version_id)
        if repeated is not None:
            shown = locked is not None and locked.shows(version_id)
            return SavedVersion(version_id, repeated.number, shown, "" if shown else repeated.origin.poorer)
        if locked is None or not locked.completed:
            return None
        former = keep_former(connection, locked)
        poorer = None
        if former is not None:
            struck = [one.key for one in struck_claims(connection, interview_id=interview_id)]
            before = breakdown_without(former[1], struck)
            feedback = with_former(feedback, former[0], before)
            poorer = _poorer(before, feedback, _listed(locked, before, struck))
        source = Source.OFFLINE if feedback.provenance.analyst == OFFLINE_ANALYST else Source.MODEL
        version = append(
            connection,
            locked,
            version_id=version_id,
            by=by,
            source=source,
            origin=_origin(feedback, asked, poorer),
            stored=feedback.to_json(),
        )
        shown = not locked.is_approved and poorer is None
        if shown:
            show(connection, locked, version, feedback, by, write_back)
        record(connection, by, "generate breakdown", locked, version, shown=shown)
        saved = SavedVersion(version.id, version.number, shown, version.origin.poorer)
        if also is not None:
            also(connection, saved)
        return saved


def _poorer(former: InterviewFeedback, made: InterviewFeedback, listed: Feedback | None) -> str | None:
    """Return why a new breakdown may not replace the former one by itself; None where it may.

    Anything replaces one that says nothing, but a failure stays one until it is scored. `listed` is the platform's own
    feedback, where that is what is shown.
    """
    scored = any(skill.score is not None and not skill.score_from for skill in made.skill_breakdown.values())
    if not scored and any(
        skill.score is not None or skill.claims or skill.state is State.FAILED
        for skill in former.skill_breakdown.values()
    ):
        return NO_SCORES
    if any(
        skill.score is not None and made.skill_breakdown[key].score is None
        for key, skill in former.skill_breakdown.items()
    ):
        return FEWER_SCORES
    if listed is not None and any(
        skill.state is State.FAILED and made.skill_breakdown[key].state is State.FAILED
        for key, skill in former.skill_breakdown.items()
    ):
        # Written back, it would be a skill that nobody has assessed.
        return STILL_FAILED
    return FEWER_CLAIMS if _to_work_on(made) < _to_work_on(former, listed) else None


def _to_work_on(breakdown: InterviewFeedback, listed: Feedback | None = None) -> int:
    # The platform may list points over all skills and none, or fewer, for each skill.
    skills = breakdown.skill_breakdown.values()
    return sum(
        max(sum(len(getattr(skill, name)) for skill in skills), len(getattr(listed, name, ())))
        for name in ("weaknesses", "recommendations")
    )


def _listed(locked: LockedInterview, former: InterviewFeedback, struck: Iterable[ClaimKey]) -> Feedback | None:
    """Return the platform's own feedback without struck claims; None where a version of ours is shown."""
    if former.provenance.analyst != PLATFORM:
        return None
    current = locked.current()
    raw = locked.raw if current is None else parse_json(current[0].stored)
    return feedback_without(read_feedback(raw), struck)


def _by_id(connection: Connection, version_id: str) -> Version | None:
    row = connection.execute(sa.select(*COLUMNS).where(breakdown_versions.c.id == version_id)).first()
    return None if row is None else version_of(row)


def _origin(feedback: InterviewFeedback, asked: str, poorer: str | None) -> Origin:
    made = feedback.provenance
    skills = feedback.skill_breakdown
    flags = [f"low_agreement:{key}" for key, skill in skills.items() if skill.low_agreement and not skill.score_from]
    flags += [f"bounded:{key}" for key, skill in skills.items() if skill.bounded and not skill.score_from]
    flags += [f"kept:{key}" for key, skill in skills.items() if skill.points_from]
    flags += [poorer] if poorer else []
    remarks = {"withheld": feedback.withheld, "skipped": feedback.skipped, "left_out": feedback.notes}
    return Origin(
        analyst=made.analyst,
        model=made.model,
        asked=asked,
        host=made.host,
        prompt_hash=made.prompt_hash,
        rubric_hash=made.rubric_hash,
        transcript_hash=made.transcript_hash,
        usage=made.usage,
        seconds=made.seconds,
        coverage={key: round(skill.coverage, 4) for key, skill in skills.items()},
        flags=(*flags, *(name for name, value in remarks.items() if value)),
    )


def forget_deleted(engine: Engine) -> int:
    """Delete the versions of interviews that are gone, and count them."""
    count = sa.select(sa.func.count()).select_from(breakdown_versions)
    with writing(engine) as connection:
        before = connection.execute(count).scalar_one()
        orphans.remove(connection)
        return before - connection.execute(count).scalar_one()
