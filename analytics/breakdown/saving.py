"""A new breakdown becomes a version, whole or not at all; nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.breakdown.appending import Saved, append, keep_former, record, show
from analytics.breakdown.holding import changing, hold
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.result import MODEL_ANALYST, InterviewFeedback, SkillBreakdown
from analytics.breakdown.versions import COLUMNS, Origin, Source, Version, version_of
from analytics.database import execute
from analytics.feedback import State
from analytics.schema import breakdown_jobs, breakdown_versions, interviews, shown_versions


def nothing_new(feedback: InterviewFeedback) -> Outcome | None:
    """Tell why a run brought nothing to keep: every skill that could be assessed failed; None when it brought some."""
    assessed = [
        skill
        for skill in feedback.skill_breakdown.values()
        if skill.reason not in (Outcome.TOO_FEW_WORDS, Outcome.NO_CODE)
    ]
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
    also: Callable[[Connection, Saved], None] | None = None,
) -> Saved | None:
    """Append a new breakdown and show it, or put it beside the approved one; None when the interview is gone.

    `version_id` is the caller's, so that a repetition, or a commit whose answer was lost, saves once. `asked` is the
    configured model. `also` is done in the same transaction. A skill that failed keeps its former value. Raises
    `DatabaseError` when nothing was saved.
    """
    with changing(engine) as connection:
        held = hold(connection, interview_id, write_back)
        repeated = _by_id(connection, version_id)
        if repeated is not None:
            return Saved(version_id, repeated.number, held is not None and held.shows(version_id))
        if held is None:
            return None
        former = keep_former(connection, held)
        if former is not None:
            feedback = feedback.keeping(_worth_keeping(former[1]), former[0])
        source = Source.MODEL if feedback.provenance.analyst == MODEL_ANALYST else Source.OFFLINE
        version = append(
            connection,
            held,
            version_id=version_id,
            by=by,
            source=source,
            origin=_origin(feedback, asked),
            stored=feedback.to_json(),
        )
        shown = held.approved_by is None
        if shown:
            show(connection, held, version, feedback, by, write_back)
        record(connection, by, "generate breakdown", held, version, shown=shown)
        saved = Saved(version.id, version.number, shown)
        if also is not None:
            also(connection, saved)
        return saved


def _worth_keeping(former: InterviewFeedback) -> dict[str, SkillBreakdown]:
    return {key: skill for key, skill in former.skill_breakdown.items() if skill.score is not None or skill.claims}


def _by_id(connection: Connection, version_id: str) -> Version | None:
    row = execute(connection, sa.select(*COLUMNS).where(breakdown_versions.c.id == version_id)).first()
    return None if row is None else version_of(row)


def _origin(feedback: InterviewFeedback, asked: str) -> Origin:
    made = feedback.provenance
    skills = feedback.skill_breakdown
    flags = [f"low_agreement:{key}" for key, skill in skills.items() if skill.low_agreement and not skill.score_from]
    flags += [f"kept:{key}" for key, skill in skills.items() if skill.points_from]
    found = {"withheld": feedback.withheld, "skipped": feedback.skipped, "left_out": feedback.notes}
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
        flags=(*flags, *(name for name, held in found.items() if held)),
    )


def forget_deleted(engine: Engine) -> int:
    """Delete what is kept of interviews that the platform has deleted; gives how many versions those were."""
    there = sa.select(interviews.c.id)
    with changing(engine) as connection:
        execute(connection, sa.delete(shown_versions).where(shown_versions.c.interview_id.not_in(there)))
        execute(connection, sa.delete(breakdown_jobs).where(breakdown_jobs.c.interview_id.not_in(there)))
        gone = sa.delete(breakdown_versions).where(breakdown_versions.c.interview_id.not_in(there))
        return len(execute(connection, gone.returning(breakdown_versions.c.id)).all())
