"""Queries about candidates, one function per question.

Every function takes who is looking, then the session, and returns named rows; none of them writes. Statements are built
once per role, so that asking costs the database's time and little more. A candidate or an interview that does not exist
and one that the viewer may not see are the same thing here: no rows, or None.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import Role, Viewer, exclude_practice, scope
from analytics.columns import bound_id
from analytics.database.coaching_tables import goals, next_steps, note_versions
from analytics.database.judge_tables import version_scores
from analytics.database.review_tables import review_requests, self_ratings
from analytics.database.schema import interview_tags, skill_scores
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.feedback import Reason, State
from analytics.interviewlab.tables import display_name, interviews, users
from analytics.judges import PLATFORM_JUDGE
from analytics.queries.verdicts import Counting, counting_of_candidate
from analytics.scores.version_scores import JUDGED, look_up, overwritten, with_judges


class Candidate(NamedTuple):
    """A person with their display name."""

    user_id: int
    name: str
    email: str
    is_active: bool


class Known(NamedTuple):
    """A candidate, and what anybody ever said about them: what nobody said is not looked for."""

    candidate: Candidate
    tags: bool
    verdicts: bool
    review_requests: bool
    self_ratings: bool
    goals: bool
    steps: bool
    notes: bool


class SkillRecord(NamedTuple):
    """One skill of one completed interview; `score` is the judge's, None unless `state` is scored.

    `judge` is the key of who gave the score (`analytics.judges`), `judged_at` when; of the platform nobody knows when.
    `verdict` is what a coach says, as a score; None with `has_verdict` is *not assessed*.
    """

    skill: str
    interview_id: int
    interview_title: str
    date: datetime
    state: str
    reason: str | None
    score: float | None
    judge: str = PLATFORM_JUDGE.key
    judged_at: datetime | None = None
    verdict: float | None = None
    has_verdict: bool = False

    @property
    def shown_score(self) -> float | None:
        """Return the score that charts draw: the verdict if there is one, otherwise the judge's."""
        return self.verdict if self.has_verdict else self.score


@lru_cache
def _candidate(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(users.c.id, display_name, users.c.email, users.c.is_active).where(
        users.c.id == bound_id("user_id"), scope(role, users.c.id)
    )


def candidate(viewer: Viewer, db: Session, user_id: int) -> Candidate | None:
    """Find a candidate."""
    rows = db.execute(_candidate(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    return Candidate(*rows[0]) if rows else None


@lru_cache
def _known_candidate(role: Role) -> sa.Select[*tuple[Any, ...]]:
    theirs = interviews.c.user_id == users.c.id
    said = [sa.and_(table.c.interview_id == interviews.c.id, theirs) for table in (interview_tags, verdicts)]
    of_person = (review_requests, self_ratings, goals, next_steps, note_versions)
    said += [table.c.user_id == users.c.id for table in of_person]
    return _candidate(role).add_columns(*(sa.exists().where(one).correlate(users) for one in said))


def known_candidate(viewer: Viewer, db: Session, user_id: int) -> Known | None:
    """Find a candidate with what was said about them."""
    row = db.execute(_known_candidate(viewer.role), {"user_id": user_id, **viewer.parameters}).first()
    return None if row is None else Known(Candidate(*row[:4]), *row[4:])


def _of_candidate(
    role: Role, *columns: sa.ColumnElement[Any], where: sa.ColumnElement[bool]
) -> sa.Select[*tuple[Any, ...]]:
    """Select from the scores of a candidate's interviews, by interview date; one row of nulls where there are none.

    The candidate is looked up in `interviews`: from there the scores of each interview are found together, where the
    other way each interview would be found four times.
    """
    scored = sa.join(interviews, skill_scores, skill_scores.c.interview_id == interviews.c.id)
    source = with_judges(scored, interviews.c.id)
    return (
        sa.select(*columns)
        .select_from(
            sa.outerjoin(
                users,
                source,
                sa.and_(interviews.c.user_id == users.c.id, exclude_practice(role, interviews.c.id), where),
            )
        )
        .where(users.c.id == bound_id("user_id"), scope(role, users.c.id))
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
        *JUDGED,
        where=sa.true(),
    )


def skill_history(viewer: Viewer, db: Session, user_id: int, *, judged: bool = True) -> list[SkillRecord] | None:
    """Read every skill of every completed interview of a candidate, by interview date, with counting verdicts.

    A skill that only a coach has judged is pending, with the verdict. What the viewer has to rate first is left out.
    `judged` is whether there may be verdicts to look for. None for a candidate who does not exist; an empty list for
    one without completed interviews.
    """
    rows = db.execute(_skill_history(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    if not rows:
        return None
    rows = _without_hidden(viewer, db, user_id, rows)
    told = [SkillRecord(*row[:9]) for row in rows if row[1] is not None]
    platforms = overwritten((row[1], row[6], row[9]) for row in rows if row[9] is not None)
    if platforms:
        told = [_by_platform(record) if record.interview_id in platforms else record for record in told]
    counting = counting_of_candidate(viewer, db, user_id) if judged else {}
    return _with_verdicts(told, counting) if counting else told


def _without_hidden(viewer: Viewer, db: Session, user_id: int, rows: Sequence[Any]) -> Sequence[Any]:
    """Leave out the interviews, named by the second column, that the viewer has to rate first."""
    unrated = find_hidden(viewer, db, user_ids=[user_id])
    return [row for row in rows if row[1] not in unrated] if unrated else rows


def _by_platform(record: SkillRecord) -> SkillRecord:
    return record._replace(judge=PLATFORM_JUDGE.key, judged_at=None)


def _with_verdicts(records: Sequence[SkillRecord], counting: Counting) -> list[SkillRecord]:
    """Add the verdicts to the records, and the skills that only a coach has judged."""
    verdicts_alone = dict(counting)
    told = []
    for record in records:
        verdict = verdicts_alone.pop((record.interview_id, record.skill), None)
        told.append(record if verdict is None else record._replace(verdict=verdict.score, has_verdict=True))
    alone = [
        SkillRecord(
            one.skill,
            one.interview_id,
            one.interview_title,
            one.date,
            State.PENDING,
            Reason.NO_FEEDBACK,
            None,
            verdict=one.score,
            has_verdict=True,
        )
        for one in verdicts_alone.values()
    ]
    if not alone:
        return told
    return sorted([*told, *alone], key=lambda record: (record.date, record.interview_id))


# Of an unscored skill only what its version says of it counts, which tells whether that version is still shown.
_SCORED: Final = sa.or_(skill_scores.c.score.is_not(None), version_scores.c.score.is_not(None))


@lru_cache
def _skill_progression(role: Role) -> sa.Select[*tuple[Any, ...]]:
    return _of_candidate(
        role,
        skill_scores.c.skill,
        skill_scores.c.interview_id,
        interviews.c.title,
        skill_scores.c.completed_at,
        skill_scores.c.score,
        *JUDGED,
        where=_SCORED,
    )


def skill_progression(viewer: Viewer, db: Session, user_id: int) -> Sequence[Sequence[Any]] | None:
    """Read the scores of a candidate, by interview date: skill, interview, its title, date, score, judge and when.

    A last column is the score of the shown version. None as in `skill_history`.
    """
    rows: Sequence[Any] = db.execute(_skill_progression(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    if not rows:
        return None
    rows = _without_hidden(viewer, db, user_id, rows)
    platforms = overwritten((row[1], row[4], row[7]) for row in rows if row[7] is not None)
    if platforms:
        rows = [(*row[:5], PLATFORM_JUDGE.key, None, row[7]) if row[1] in platforms else row for row in rows]
    return [row for row in rows if row[4] is not None]


@lru_cache
def _scores_by_date(role: Role) -> sa.Select[*tuple[Any, ...]]:
    columns = (skill_scores.c.skill, skill_scores.c.interview_id, skill_scores.c.score)
    return (
        sa.select(*columns, look_up(version_scores.c.judge), look_up(version_scores.c.score))
        .select_from(
            sa.outerjoin(
                users,
                skill_scores,
                sa.and_(skill_scores.c.user_id == users.c.id, exclude_practice(role, skill_scores.c.interview_id)),
            )
        )
        .where(users.c.id == bound_id("user_id"), scope(role, users.c.id))
        .order_by(skill_scores.c.completed_at, skill_scores.c.interview_id)
    )


def scores_by_date(viewer: Viewer, db: Session, user_id: int) -> Sequence[Sequence[Any]] | None:
    """Read a candidate's scores by interview date: skill, score and judge.

    None as in `skill_history`.
    """
    rows = db.execute(_scores_by_date(viewer.role), {"user_id": user_id, **viewer.parameters}).all()
    if not rows:
        return None
    rows = _without_hidden(viewer, db, user_id, rows)
    platforms = overwritten((row[1], row[2], row[4]) for row in rows)
    return [
        (row[0], row[2], PLATFORM_JUDGE.key if row[3] is None or row[1] in platforms else row[3])
        for row in rows
        if row[2] is not None
    ]
