"""Every breakdown an interview ever had: appended, shown, approved, restored, and written back to the platform.

Whatever changes what an interview shows is one transaction that holds the interview's row, so that the platform's own
writes come before it or after it and never in between. What the platform stored itself becomes a version before it is
replaced. Where nothing is written back (`WRITE_BACK=off`) the version that is shown stands in for the platform's
feedback for as long as the platform stores no other.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics import audit, queries, scores
from analytics.access import NotAllowedError, Role, Viewer, scope
from analytics.breakdown.evidence import Claim, Kind
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage
from analytics.breakdown.result import MODEL_ANALYST, InterviewFeedback, Provenance, SkillBreakdown
from analytics.database import described, execute, now, parse_json, writing
from analytics.feedback import Feedback, Reason, State, Unreadable, read_feedback
from analytics.schema import (
    breakdown_jobs,
    breakdown_versions,
    interviews,
    shown_versions,
    skill_scores,
    stale_candidates,
)
from analytics.skills import SKILL_KEYS

PLATFORM: Final = "InterviewLab"
# The part of the platform's feedback that a breakdown is written into.
KEYS: Final = (
    "overall_score",
    *(f"{key}_score" for key in SKILL_KEYS),
    "code_submissions_count",
    "skill_breakdown",
    "strengths",
    "weaknesses",
    "recommendations",
)
_ABSENT: Final = object()


class VersionError(Exception):
    """What was asked of a version cannot be done; the message says why."""


class Source(StrEnum):
    """How a version came to be."""

    MODEL = "model"
    OFFLINE = "offline"
    PLATFORM = "platform"
    RESTORED = "restored"


class Origin(Record):
    """What made a version and what it took.

    `asked` is the model that was configured, `model` what the server called it. `coverage` is the share of the
    interview read for each skill, 0 to 1. `flags` are `low_agreement:technical`, `kept:technical` (failed, the former
    value stands), `withheld`, `skipped` and `left_out`. `restored` is the number of the version this one repeats.
    """

    analyst: str
    model: str = ""
    asked: str = ""
    host: str = ""
    prompt_hash: str = ""
    rubric_hash: str = ""
    transcript_hash: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0
    coverage: dict[str, float] = {}  # noqa: RUF012 - pydantic copies it
    flags: tuple[str, ...] = ()
    restored: int | None = None

    @property
    def is_platform(self) -> bool:
        """Tell whether the platform made the breakdown."""
        return self.analyst == PLATFORM


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an interview's breakdown; `stored` is its text, which `read_version` reads."""

    id: str
    interview_id: int
    number: int
    created_at: datetime
    created_by: str
    source: Source
    origin: Origin
    stored: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a new breakdown: its version's id and number, and whether it is the one shown."""

    version_id: str
    number: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Presented:
    """What an interview shows: `feedback` for everybody, `version` and `breakdown` where it is one of ours.

    `overwritten` is the version that was shown until the platform stored newer feedback. `waiting` is the newest
    version made since the approved one, which stands beside it.
    """

    feedback: Feedback
    version: Version | None = None
    breakdown: InterviewFeedback | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    overwritten: Version | None = None
    waiting: Version | None = None


def read_version(version: Version) -> InterviewFeedback:
    """Read a version's breakdown; raises `VersionError` for one that another program version wrote."""
    if version.origin.is_platform:
        return from_platform(parse_json(version.stored))
    try:
        return InterviewFeedback.from_json(version.stored)
    except ValueError:
        raise VersionError(f"Version {version.number} was stored in a form this program does not read.") from None


def from_platform(raw: object) -> InterviewFeedback:
    """Put the platform's own feedback into our form: points without quotes, scores without a range."""
    read = read_feedback(raw)
    skills = {
        key: SkillBreakdown(
            skill=key,
            state=skill.state,
            score=skill.score,
            strengths=_unquoted("strength", skill.strengths),
            weaknesses=_unquoted("weakness", skill.weaknesses),
            recommendations=_unquoted("recommendation", skill.recommendations),
            reason=Outcome.NO_CODE if skill.reason is Reason.NO_CODE else None,
        )
        for key, skill in read.skills.items()
    }
    return InterviewFeedback(
        skill_breakdown=skills, provenance=Provenance(analyst=PLATFORM), submissions=read.code_submissions
    )


def _unquoted(kind: Kind, points: Sequence[str]) -> tuple[Claim, ...]:
    return tuple(Claim(kind=kind, text=text, quotes=()) for text in points)


# Reading. A version is found through its interview, which the viewer must be allowed to see.


def listed(viewer: Viewer, db: Session, interview_id: int) -> list[Version]:
    """List an interview's versions, the newest first; empty for an interview the viewer may not see."""
    statement = (
        sa.select(*_COLUMNS)
        .join(interviews, interviews.c.id == breakdown_versions.c.interview_id)
        .where(breakdown_versions.c.interview_id == interview_id, scope(viewer.role, interviews.c.user_id))
        .order_by(breakdown_versions.c.number.desc())
    )
    return [_version(row) for row in execute(db, statement, dict(viewer.parameters))]


@lru_cache
def _presented(role: Role) -> sa.Select[*tuple[Any, ...]]:
    shown = sa.join(shown_versions, breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
    return (
        sa.select(
            interviews.c.status,
            sa.cast(interviews.c.feedback, sa.Text),
            shown_versions.c.replaces,
            shown_versions.c.served,
            shown_versions.c.approved_by,
            shown_versions.c.approved_at,
            *_COLUMNS,
        )
        .select_from(sa.outerjoin(interviews, shown, shown_versions.c.interview_id == interviews.c.id))
        .where(interviews.c.id == sa.bindparam("interview_id", type_=sa.Integer), scope(role, interviews.c.user_id))
    )


def presented(viewer: Viewer, db: Session, interview_id: int) -> Presented | None:
    """Read what an interview shows; None for one that does not exist or that the viewer may not see."""
    row = execute(db, _presented(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    if row is None:
        return None
    status, text, replaces, served, approved_by, approved_at, *columns = row
    raw = parse_json(text)
    completed = status == "completed"
    if columns[0] is None or not completed:
        return Presented(read_feedback(raw, completed=completed))
    version = _version(columns)
    breakdown = _readable(version)
    if breakdown is None or not _stands(version, breakdown, replaces, text):
        return Presented(read_feedback(raw), overwritten=version)
    return Presented(
        feedback=read_feedback(raw if served is None else parse_json(served)),
        version=version,
        breakdown=breakdown,
        approved_by=approved_by,
        approved_at=queries.as_utc(approved_at),
        waiting=_newest_after(db, version) if approved_by else None,
    )


@lru_cache
def _feedback_of(role: Role, latest: int | None) -> sa.Select[*tuple[Any, ...]]:
    statement = queries.feedback_statement(role, latest).add_columns(shown_versions.c.served)
    return statement.outerjoin(shown_versions, scores.replaced(sa.cast(interviews.c.feedback, sa.Text)))


def feedback_of(viewer: Viewer, db: Session, user_id: int, *, latest: int | None = None) -> list[queries.FeedbackRow]:
    """Read a candidate's feedback as it is shown, the latest interview first: all, or that of the latest completed."""
    rows = execute(db, _feedback_of(viewer.role, latest), {"user_id": user_id, **viewer.parameters})
    return [
        held if served is None else held._replace(feedback=parse_json(served))
        for held, served in ((queries.feedback_row(row), row[-1]) for row in rows)
    ]


def _readable(version: Version) -> InterviewFeedback | None:
    try:
        return read_version(version)
    except VersionError:
        return None


def _newest_after(db: Session | Connection, version: Version) -> Version | None:
    later = (
        sa.select(*_COLUMNS)
        .where(
            breakdown_versions.c.interview_id == version.interview_id,
            breakdown_versions.c.number > version.number,
            breakdown_versions.c.source != Source.PLATFORM,
        )
        .order_by(breakdown_versions.c.number.desc())
    )
    row = execute(db, later.limit(1)).first()
    return None if row is None else _version(row)


_COLUMNS: Final = tuple(
    breakdown_versions.c[name]
    for name in ("id", "interview_id", "number", "created_at", "created_by", "source", "provenance", "breakdown")
)


def _version(row: Sequence[Any]) -> Version:
    version_id, interview_id, number, created_at, created_by, source, provenance, stored = row
    return Version(
        id=version_id,
        interview_id=interview_id,
        number=number,
        created_at=queries.as_utc(created_at),
        created_by=created_by,
        source=Source(source),
        origin=Origin.model_validate_json(provenance),
        stored=stored,
    )


# Changing.


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
    with _changing(engine) as connection:
        held = _hold(connection, interview_id, write_back)
        repeated = _by_id(connection, version_id)
        if repeated is not None:
            return Saved(version_id, repeated.number, held is not None and held.shows(version_id))
        if held is None:
            return None
        former = _import(connection, held)
        if former is not None:
            feedback = feedback.keeping(_worth_keeping(former[1]), former[0])
        source = Source.MODEL if feedback.provenance.analyst == MODEL_ANALYST else Source.OFFLINE
        version = _append(
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
            _show(connection, held, version, feedback, by, write_back)
        _record(connection, by, "generate breakdown", held, version, shown=shown)
        saved = Saved(version.id, version.number, shown)
        if also is not None:
            also(connection, saved)
        return saved


def restore(viewer: Viewer, engine: Engine, interview_id: int, number: int, *, write_back: bool) -> Saved:
    """Show an older version again, as a new version that repeats it; an approval of another one ends."""
    with _changing(engine) as connection:
        held = _held_for(connection, viewer, interview_id, write_back)
        old = _numbered(connection, interview_id, number)
        breakdown = read_version(old)
        _import(connection, held)
        repeated = _append(
            connection,
            held,
            version_id=str(uuid.uuid4()),
            by=viewer.actor,
            source=Source.RESTORED,
            origin=old.origin.model_copy(update={"restored": old.origin.restored or old.number}),
            stored=old.stored,
        )
        _show(connection, held, repeated, breakdown, viewer.actor, write_back)
        _record(connection, viewer.actor, "restore breakdown", held, repeated, restored=old.number)
        return Saved(repeated.id, repeated.number, shown=True)


def accept(viewer: Viewer, engine: Engine, interview_id: int, number: int, *, write_back: bool) -> Saved:
    """Show a version that stood beside the approved one, whose approval ends."""
    with _changing(engine) as connection:
        held = _held_for(connection, viewer, interview_id, write_back)
        version = _numbered(connection, interview_id, number)
        if held.version is not None and number <= held.version.number:
            raise VersionError(f"Version {number} is older than the one that is shown; it can be restored.")
        _import(connection, held)
        _show(connection, held, version, read_version(version), viewer.actor, write_back)
        _record(connection, viewer.actor, "accept breakdown", held, version)
        return Saved(version.id, version.number, shown=True)


def approve(viewer: Viewer, engine: Engine, interview_id: int, number: int, *, approved: bool = True) -> None:
    """Approve the version that is shown, so that a newer one stands beside it; or withdraw the approval.

    Raises `VersionError` when another version is shown by now.
    """
    with _changing(engine) as connection:
        held = _held_for(connection, viewer, interview_id, write_back=False)
        version = _numbered(connection, interview_id, number)
        current = held.current()
        if current is None or current[0].id != version.id:
            raise VersionError("Something else is shown by now. Look at it before you approve it.")
        values = {"approved_by": viewer.actor, "approved_at": now()} if approved else _NOT_APPROVED
        execute(
            connection, sa.update(shown_versions).where(shown_versions.c.interview_id == interview_id).values(**values)
        )
        action = "approve breakdown" if approved else "withdraw approval of breakdown"
        _record(connection, viewer.actor, action, held, version)


@dataclass(frozen=True, slots=True)
class _Held:
    """An interview whose row this transaction holds."""

    interview_id: int
    user_id: int
    completed: bool
    date: datetime
    text: str | None
    raw: object
    version: Version | None
    replaces: str | None
    approved_by: str | None

    def shows(self, version_id: str) -> bool:
        """Tell whether a version is what the interview shows."""
        return self.version is not None and self.version.id == version_id

    def current(self) -> tuple[Version, InterviewFeedback] | None:
        """Give the version that is shown; None where it is the platform's own feedback, newer than any version."""
        if self.version is None:
            return None
        breakdown = _readable(self.version)
        if breakdown is None or not _stands(self.version, breakdown, self.replaces, self.text):
            return None
        return self.version, breakdown


_NOT_APPROVED: Final = {"approved_by": None, "approved_at": None}


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    try:
        with writing(engine) as connection:
            yield connection
    except (exc.SQLAlchemyError, OSError) as error:
        raise described(error) from error


def _hold(connection: Connection, interview_id: int, write_back: bool) -> _Held | None:
    row_lock = False
    if connection.dialect.name == "postgresql":
        # Our own writers wait for each other here, also where we have no right to lock the platform's row.
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtext('skill_analytics.breakdown'), :id)"), {"id": interview_id}
        )
        row_lock = write_back
    statement = sa.select(
        interviews.c.user_id,
        interviews.c.status,
        sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime(timezone=True)),
        sa.cast(interviews.c.feedback, sa.Text),
    ).where(interviews.c.id == interview_id)
    # FOR NO KEY UPDATE: what refers to the interview may still be written.
    row = connection.execute(statement.with_for_update(key_share=True) if row_lock else statement).first()
    if row is None:
        return None
    user_id, status, date, text = row
    shown = (
        sa.select(shown_versions.c.replaces, shown_versions.c.approved_by, *_COLUMNS)
        .join(breakdown_versions, breakdown_versions.c.id == shown_versions.c.version_id)
        .where(shown_versions.c.interview_id == interview_id)
    )
    found = execute(connection, shown).first()
    replaces, approved_by, *columns = found or (None, None)
    return _Held(
        interview_id=interview_id,
        user_id=user_id,
        completed=status == "completed",
        date=date,
        text=text,
        raw=parse_json(text),
        version=_version(columns) if columns else None,
        replaces=replaces,
        approved_by=approved_by,
    )


def _held_for(connection: Connection, viewer: Viewer, interview_id: int, write_back: bool) -> _Held:
    require_editor(viewer)
    visible = sa.select(interviews.c.id).where(
        interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)
    )
    held = None
    if execute(connection, visible, dict(viewer.parameters)).first() is not None:
        held = _hold(connection, interview_id, write_back)
    if held is None:
        raise VersionError("There is no such interview.")
    return held


def require_editor(viewer: Viewer) -> None:
    """Let only coaches and admins change what an interview shows; raises `NotAllowedError`."""
    if not viewer.sees_others:
        raise NotAllowedError("Only a coach or an admin may change a breakdown.")


def _stands(version: Version, breakdown: InterviewFeedback, replaces: str | None, text: str | None) -> bool:
    """Tell whether a version is still what the platform's feedback holds, or stands in for."""
    if replaces is not None:
        return replaces == _replaced(text)
    raw = parse_json(text)
    written = _written(version, breakdown, raw)
    if not isinstance(raw, dict) or not isinstance(written, dict):
        return bool(written == raw)
    return all(written.get(key, _ABSENT) == raw.get(key, _ABSENT) for key in KEYS)


def _replaced(text: str | None) -> str:
    return "null" if text is None else text


def _written(version: Version, breakdown: InterviewFeedback, existing: object) -> object:
    """Give the platform's feedback with a version written into it; what is not ours stays."""
    if not version.origin.is_platform:
        return breakdown.to_platform(existing)
    raw = parse_json(version.stored)
    if not isinstance(raw, dict) or not isinstance(existing, dict):
        return raw
    return {key: value for key, value in existing.items() if key not in KEYS} | {
        key: raw[key] for key in KEYS if key in raw
    }


def _served(version: Version, written: object) -> str:
    # What no parser takes, of the platform's, stays as it was stored.
    return version.stored if isinstance(written, Unreadable) else json.dumps(written)


def _worth_keeping(former: InterviewFeedback) -> dict[str, SkillBreakdown]:
    return {key: skill for key, skill in former.skill_breakdown.items() if skill.score is not None or skill.claims}


def _import(connection: Connection, held: _Held) -> tuple[str, InterviewFeedback] | None:
    """Keep what is about to be replaced: the platform's own feedback becomes a version, unless it is one already.

    Gives the former breakdown and the words for where it comes from; None where there was none.
    """
    current = held.current()
    if current is not None:
        return f"version {current[0].number}", current[1]
    if held.text is None or held.raw is None:
        return None
    version = _append(
        connection,
        held,
        version_id=str(uuid.uuid4()),
        by=PLATFORM,
        source=Source.PLATFORM,
        origin=Origin(analyst=PLATFORM),
        stored=held.text,
    )
    return f"version {version.number} ({PLATFORM})", from_platform(held.raw)


def _append(
    connection: Connection, held: _Held, *, version_id: str, by: str, source: Source, origin: Origin, stored: str
) -> Version:
    version = Version(
        id=version_id,
        interview_id=held.interview_id,
        number=_next_number(connection, held.interview_id),
        created_at=now(),
        created_by=by,
        source=source,
        origin=origin,
        stored=stored,
    )
    execute(
        connection,
        sa.insert(breakdown_versions).values(
            id=version.id,
            interview_id=version.interview_id,
            number=version.number,
            created_at=version.created_at,
            created_by=by,
            source=source,
            breakdown=stored,
            provenance=origin.model_dump_json(),
        ),
    )
    return version


def _show(
    connection: Connection, held: _Held, version: Version, breakdown: InterviewFeedback, by: str, write_back: bool
) -> None:
    written = _written(version, breakdown, held.raw)
    if write_back:
        try:
            connection.execute(
                sa.update(interviews).where(interviews.c.id == held.interview_id).values(feedback=written)
            )
        except RecursionError:
            raise VersionError("The platform's feedback is nested too deeply to be written again.") from None
    elif held.completed:
        _replace_scores(connection, held, written)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {
        "version_id": version.id,
        "replaces": None if write_back else _replaced(held.text),
        "served": None if write_back else _served(version, written),
        **_NOT_APPROVED,
        "changed_at": now(),
        "changed_by": by,
    }
    statement = insert(shown_versions).values(interview_id=held.interview_id, **values)
    execute(connection, statement.on_conflict_do_update(index_elements=["interview_id"], set_=values))


def _replace_scores(connection: Connection, held: _Held, written: object) -> None:
    """Write the narrow copy ourselves: nothing is written back that a trigger could follow.

    In PostgreSQL, where the platform may be writing at this moment, the report has them read once more.
    """
    execute(connection, sa.delete(skill_scores).where(skill_scores.c.interview_id == held.interview_id))
    rows = [
        {
            "interview_id": held.interview_id,
            "skill": key,
            "user_id": held.user_id,
            "completed_at": held.date,
            "state": skill.state,
            "reason": skill.reason,
            "score": skill.score,
        }
        for key, skill in read_feedback(written).skills.items()
    ]
    execute(connection, sa.insert(skill_scores), rows)
    unsure = held.interview_id if connection.dialect.name == "postgresql" else None
    execute(connection, sa.insert(stale_candidates).values(user_id=held.user_id, interview_id=unsure))


def _next_number(connection: Connection, interview_id: int) -> int:
    highest = sa.select(sa.func.max(breakdown_versions.c.number)).where(
        breakdown_versions.c.interview_id == interview_id
    )
    return (execute(connection, highest).scalar() or 0) + 1


def _by_id(connection: Connection, version_id: str) -> Version | None:
    row = execute(connection, sa.select(*_COLUMNS).where(breakdown_versions.c.id == version_id)).first()
    return None if row is None else _version(row)


def _numbered(connection: Connection, interview_id: int, number: int) -> Version:
    row = execute(
        connection,
        sa.select(*_COLUMNS).where(
            breakdown_versions.c.interview_id == interview_id, breakdown_versions.c.number == number
        ),
    ).first()
    if row is None:
        raise VersionError(f"There is no version {number} of this interview's breakdown.")
    return _version(row)


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


def _record(connection: Connection, by: str, action: str, held: _Held, version: Version, **detail: Any) -> None:
    audit.record(
        connection,
        by,
        action,
        interview_id=held.interview_id,
        user_id=held.user_id,
        version=version.number,
        **detail,
    )


def forget_deleted(engine: Engine) -> int:
    """Delete what is kept of interviews that the platform has deleted; gives how many versions those were."""
    there = sa.select(interviews.c.id)
    with _changing(engine) as connection:
        execute(connection, sa.delete(shown_versions).where(shown_versions.c.interview_id.not_in(there)))
        execute(connection, sa.delete(breakdown_jobs).where(breakdown_jobs.c.interview_id.not_in(there)))
        gone = sa.delete(breakdown_versions).where(breakdown_versions.c.interview_id.not_in(there))
        return len(execute(connection, gone.returning(breakdown_versions.c.id)).all())
