"""What the pages, the API and the command line read, one function per question.

Every function takes who is looking, then the session, and returns named rows; none of them writes. Statements are built
once per role, so that asking costs the database's time and little more. A candidate or an interview that does not exist
and one that the viewer may not see are the same thing here: no rows, or None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access import Role, Viewer, scope
from analytics.database import execute, parse_json, rows
from analytics.direct import Direct
from analytics.feedback import Reason, State
from analytics.schema import SCHEMA, interviews, skill_scores, users


class Candidate(NamedTuple):
    """A person with the name to show."""

    user_id: int
    name: str
    email: str
    is_active: bool


class SkillRecord(NamedTuple):
    """One skill of one completed interview; `score` is None unless `state` is scored."""

    skill: str
    interview_id: int
    interview_title: str
    date: datetime
    state: str
    reason: str | None
    score: float | None


class InterviewRow(NamedTuple):
    """One interview of a candidate, without its transcript and feedback."""

    interview_id: int
    user_id: int
    candidate: str
    title: str
    status: str
    date: datetime
    turn_count: int
    minutes: float | None


def as_utc(moment: Any) -> Any:
    """Give a moment its zone: SQLite stores UTC without saying so."""
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) and moment.tzinfo is None else moment


class _Id(sa.types.TypeDecorator[int]):
    """An id that may come from an address: one that no column can hold is no error, it just names nothing."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> int | None:
        """Keep what fits."""
        return value if value is None or abs(value) < 2**63 else -1


def _bound(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=_Id())


_name = sa.func.coalesce(sa.func.nullif(sa.func.trim(users.c.full_name), ""), users.c.email)
_date = sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at, type_=sa.DateTime(timezone=True))


@lru_cache
def _candidate(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(users.c.id, _name, users.c.email, users.c.is_active).where(
        users.c.id == _bound("user_id"), scope(role, users.c.id)
    )


def candidate(viewer: Viewer, db: Session | Connection | Direct, user_id: int) -> Candidate | None:
    """Find a candidate."""
    found = rows(db, _candidate(viewer.role), {"user_id": user_id, **viewer.parameters})
    return Candidate(*found[0]) if found else None


# PostgreSQL keeps with every row which transaction wrote it (`xmin`) and where that version of it lies (`ctid`): a row
# that was written again has another pair, whoever wrote it and however. The pairs of one server process are never used
# again, of another one they may be; so its start is part of it.
_VERSION: Final = "{0}.xmin::text || {0}.ctid::text"
_VERSIONS: Final = f"sum(hashtextextended({_VERSION}, 0))"
_REVISION: Final = f"""ROW(
    pg_postmaster_start_time(), {_VERSION.format("users")},
    (SELECT ROW({_VERSIONS.format("interviews")}, {_VERSIONS.format("shown")})
        FROM interviews LEFT JOIN {SCHEMA}.shown_versions AS shown ON shown.interview_id = interviews.id
        WHERE interviews.user_id = users.id),
    (SELECT {_VERSIONS.format("held")} FROM {SCHEMA}.skill_scores AS held WHERE held.user_id = users.id),
    (SELECT {_VERSION.format("figures")} FROM {SCHEMA}.cohort_figures AS figures WHERE figures.name = '{cohort.NAME}')
)::text"""


@lru_cache
def _revised_candidate(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return _candidate(role).add_columns(sa.literal_column(_REVISION, sa.Text).label("revision"))


def revised_candidate(viewer: Viewer, db: Connection | Direct, user_id: int) -> tuple[Candidate, str | None] | None:
    """Find a candidate, and the revision of all that is stored about them and is learned from everybody.

    While the revision stays the same, so does whatever else is read of the candidate. It is None where there is none:
    on SQLite.
    """
    if db.dialect.name != "postgresql":
        person = candidate(viewer, db, user_id)
        return None if person is None else (person, None)
    found = rows(db, *asks_revised(viewer, user_id))
    return read_revised(found[0]) if found else None


def asks_revised(viewer: Viewer, user_id: int) -> tuple[sa.Select[*tuple[Any, ...]], Mapping[str, Any]]:
    """Give the statement behind `revised_candidate` on PostgreSQL and its values, to be asked beside another one."""
    return _revised_candidate(viewer.role), {"user_id": user_id, **viewer.parameters}


def read_revised(row: Sequence[Any]) -> tuple[Candidate, str]:
    """Read the row that the statement of `asks_revised` finds."""
    *person, revision = row
    return Candidate(*person), revision


def _of_candidate(
    role: Role, *columns: sa.ColumnElement[Any], where: sa.ColumnElement[bool]
) -> sa.Select[*tuple[Any, ...]]:
    """Select from the scores of a candidate's interviews, by interview date; one row of nulls where there are none.

    The candidate is looked up in `interviews`: from there the scores of each interview are found together, where the
    other way each interview would be found four times.
    """
    held = sa.join(interviews, skill_scores, skill_scores.c.interview_id == interviews.c.id)
    return (
        sa.select(*columns)
        .select_from(sa.outerjoin(users, held, sa.and_(interviews.c.user_id == users.c.id, where)))
        .where(users.c.id == _bound("user_id"), scope(role, users.c.id))
        .order_by(skill_scores.c.completed_at, skill_scores.c.interview_id)
    )


@lru_cache
def _skill_history(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return _of_candidate(
        role,
        skill_scores.c.skill,
        skill_scores.c.interview_id,
        interviews.c.title,
        skill_scores.c.completed_at,
        skill_scores.c.state,
        skill_scores.c.reason,
        skill_scores.c.score,
        where=sa.true(),
    )


def skill_history(viewer: Viewer, db: Session, user_id: int) -> list[SkillRecord] | None:
    """Read every skill of every completed interview of a candidate, by interview date.

    None for a candidate who does not exist; an empty list for one without completed interviews.
    """
    found = rows(db, _skill_history(viewer.role), {"user_id": user_id, **viewer.parameters})
    if not found:
        return None
    records = [SkillRecord._make(row) for row in found if row[1] is not None]
    if records and records[0].date.tzinfo is None:
        return [record._replace(date=as_utc(record.date)) for record in records]
    return records


@lru_cache
def _skill_progression(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return _of_candidate(
        role,
        skill_scores.c.skill,
        skill_scores.c.interview_id,
        interviews.c.title,
        skill_scores.c.completed_at,
        skill_scores.c.score,
        where=skill_scores.c.score.is_not(None),
    )


def skill_progression(viewer: Viewer, db: Session, user_id: int) -> Sequence[Sequence[Any]] | None:
    """Read the scores of a candidate, by interview date: skill, interview, its title, date and score.

    None as in `skill_history`.
    """
    found = rows(db, _skill_progression(viewer.role), {"user_id": user_id, **viewer.parameters})
    if not found or found[0][0] is None:
        return [] if found else None
    if found[0][3].tzinfo is None:
        return [(skill, number, title, as_utc(date), score) for skill, number, title, date, score in found]
    return found


@lru_cache
def _scores_by_date(role: Role) -> sa.Select[*tuple[Any, ...]]:
    mine = sa.and_(skill_scores.c.user_id == users.c.id, skill_scores.c.score.is_not(None))
    return (
        sa.select(skill_scores.c.skill, skill_scores.c.score)
        .select_from(sa.outerjoin(users, skill_scores, mine))
        .where(users.c.id == _bound("user_id"), scope(role, users.c.id))
        .order_by(skill_scores.c.completed_at, skill_scores.c.interview_id)
    )


def scores_by_date(viewer: Viewer, db: Session, user_id: int) -> Sequence[Sequence[Any]] | None:
    """Read skill and score of whatever a candidate was scored in, by interview date; None as in `skill_history`."""
    found = rows(db, _scores_by_date(viewer.role), {"user_id": user_id, **viewer.parameters})
    return ([] if found[0][0] is None else found) if found else None


@lru_cache
def _compared(role: Role, count: int) -> sa.Select[*tuple[Any, ...]]:
    # A fixed number of parameters: an IN that grows with its list is put together anew for every execution.
    chosen = [_bound(f"interview_{place}") for place in range(count)]
    return (
        sa.select(
            skill_scores.c.skill,
            interviews.c.id,
            interviews.c.title,
            _date,
            skill_scores.c.state,
            skill_scores.c.reason,
            skill_scores.c.score,
            interviews.c.user_id,
            _name,
            interviews.c.status,
        )
        .select_from(interviews)
        .join(users, users.c.id == interviews.c.user_id)
        .outerjoin(skill_scores, skill_scores.c.interview_id == interviews.c.id)
        .where(interviews.c.id.in_(chosen), scope(role, interviews.c.user_id))
        .order_by(_date, interviews.c.id)
    )


class ComparedRecord(NamedTuple):
    """One skill of one chosen interview; `skill` is None where the interview has no scores at all."""

    skill: str | None
    interview_id: int
    interview_title: str
    date: datetime
    state: str
    reason: str | None
    score: float | None
    user_id: int
    candidate: str


def compared(viewer: Viewer, db: Session, interview_ids: Sequence[int]) -> list[ComparedRecord]:
    """Read the skills of several interviews, of one or several people, by interview date; unknown ids give no rows."""
    if not interview_ids:
        return []
    parameters = {f"interview_{place}": interview_id for place, interview_id in enumerate(interview_ids)}
    statement = _compared(viewer.role, len(interview_ids))
    found = rows(db, statement, {**parameters, **viewer.parameters})
    records = [ComparedRecord._make(row[:-1]) for row in found]
    for place, row in enumerate(found):
        if row[0] is None:
            reason = Reason.NO_FEEDBACK if row[-1] == "completed" else Reason.UNFINISHED
            records[place] = records[place]._replace(state=State.PENDING, reason=reason)
    if records and records[0].date.tzinfo is None:
        return [record._replace(date=as_utc(record.date)) for record in records]
    return records


def _interview_columns() -> tuple[sa.ColumnElement[Any], ...]:
    return (
        interviews.c.id,
        interviews.c.user_id,
        _name,
        interviews.c.title,
        interviews.c.status,
        _date,
        interviews.c.turn_count,
        interviews.c.started_at,
        interviews.c.completed_at,
    )


def _interview_row(row: Sequence[Any]) -> InterviewRow:
    interview_id, user_id, name, title, status, date, turn_count, started_at, completed_at = row
    minutes = (completed_at - started_at).total_seconds() / 60 if started_at and completed_at else -1.0
    return InterviewRow(
        interview_id=interview_id,
        user_id=user_id,
        candidate=name,
        title=title,
        status=status,
        date=as_utc(date),
        turn_count=turn_count or 0,
        minutes=minutes if minutes >= 0 else None,
    )


@lru_cache
def _interview(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_interview_columns())
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.id == _bound("interview_id"), scope(role, interviews.c.user_id))
    )


def interview(viewer: Viewer, db: Session, interview_id: int) -> InterviewRow | None:
    """Find an interview."""
    row = execute(db, _interview(viewer.role), {"interview_id": interview_id, **viewer.parameters}).first()
    return _interview_row(row) if row else None


class Heading(NamedTuple):
    """Which interview it is."""

    id: int
    title: str
    completed_at: datetime | None


@lru_cache
def _headings(role: Role) -> sa.Select[*tuple[Any, ...]]:
    chosen = sa.bindparam("interview_ids", type_=_Id(), expanding=True)
    return sa.select(interviews.c.id, interviews.c.title, interviews.c.completed_at).where(
        interviews.c.id.in_(chosen), scope(role, interviews.c.user_id)
    )


def headings(viewer: Viewer, db: Session, interview_ids: Sequence[int]) -> list[Heading]:
    """Read what several interviews are called and when they were completed; unknown ids give no rows."""
    parameters = {"interview_ids": list(interview_ids), **viewer.parameters}
    return [Heading(row[0], row[1], as_utc(row[2])) for row in execute(db, _headings(viewer.role), parameters)]


@lru_cache
def _candidate_interviews(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_interview_columns())
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.user_id == _bound("user_id"), scope(role, interviews.c.user_id))
        .order_by(_date.desc(), interviews.c.id.desc())
    )


def candidate_interviews(viewer: Viewer, db: Session, user_id: int) -> list[InterviewRow]:
    """List a candidate's interviews, whatever their status, the latest first."""
    found = rows(db, _candidate_interviews(viewer.role), {"user_id": user_id, **viewer.parameters})
    return [_interview_row(row) for row in found]


@lru_cache
def _conversation(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(sa.cast(interviews.c.conversation_history, sa.Text)).where(
        interviews.c.id == _bound("interview_id"), scope(role, interviews.c.user_id)
    )


def conversation(viewer: Viewer, db: Session, interview_id: int) -> object:
    """Read an interview's conversation as stored; None where there is none."""
    parameters = {"interview_id": interview_id, **viewer.parameters}
    return parse_json(execute(db, _conversation(viewer.role), parameters).scalar())


class FeedbackRow(NamedTuple):
    """The feedback of one interview, as stored, for what only the feedback knows (topics, code submissions)."""

    interview_id: int
    title: str
    status: str
    completed_at: datetime | None
    turn_count: int
    feedback: object


@lru_cache
def feedback_statement(role: Role, latest: int | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Build the statement whose rows `feedback_row` reads: of all interviews, or of the `latest` completed ones."""
    statement = (
        sa.select(
            interviews.c.id,
            interviews.c.title,
            interviews.c.status,
            interviews.c.completed_at,
            interviews.c.turn_count,
            sa.cast(interviews.c.feedback, sa.Text),
        )
        .where(interviews.c.user_id == _bound("user_id"), scope(role, interviews.c.user_id))
        .order_by(interviews.c.created_at.desc(), interviews.c.id.desc())
    )
    if latest is None:
        return statement
    completed = interviews.alias()
    chosen = (
        sa.select(completed.c.id)
        .where(completed.c.user_id == _bound("user_id"), completed.c.status == "completed")
        .order_by(completed.c.created_at.desc(), completed.c.id.desc())
        .limit(latest)
    )
    return statement.where(interviews.c.id.in_(chosen))


def feedback_row(row: Sequence[Any]) -> FeedbackRow:
    """Read a row of `feedback_statement`."""
    return FeedbackRow(row[0], row[1], row[2], as_utc(row[3]), row[4] or 0, parse_json(row[5]))
