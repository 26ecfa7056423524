"""The pairs that agreement is measured on: what people and judges said about the same interviews."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from statistics import fmean
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import Viewer, scope
from analytics.agreement.figures import level_of
from analytics.database.agreement_tables import human_levels
from analytics.database.judge_tables import version_scores
from analytics.database.schema import breakdown_versions, skill_scores
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import belongs, display_name, interview_date, interviews, users
from analytics.judges import PLATFORM_JUDGE
from analytics.scores.verdict_scores import stands
from analytics.scores.version_scores import JUDGED, overwritten, with_judges

# An interview and a skill.
Key = tuple[int, str]
_AT_ONCE: Final = 500


class PersonsLevel(NamedTuple):
    """The mean of people's levels for a skill of an interview; `blind` if all of them rated blind."""

    level: float
    blind: bool


class Rating(NamedTuple):
    """A judge's level of a skill of an interview, and when it was given; None if unknown."""

    judge: str
    level: float
    judged_at: datetime | None


class Heading(NamedTuple):
    """What a list shows about an interview."""

    interview_id: int
    title: str
    date: datetime
    user_id: int
    candidate: str


def human_levels_of(viewer: Viewer, db: Session) -> dict[Key, PersonsLevel]:
    """Read people's levels of the interviews the viewer sees: standing verdicts, otherwise imported levels.

    Interviews that the viewer still has to rate blind are left out.
    """
    found = {key: PersonsLevel(float(level), True) for key, level in _read_labels(db, viewer).items()}
    statement = (
        sa.select(verdicts.c.interview_id, verdicts.c.skill, verdicts.c.level, verdicts.c.blind)
        .join(interviews, sa.and_(interviews.c.id == verdicts.c.interview_id, belongs(verdicts.c.given_at)))
        .where(stands(), verdicts.c.level.is_not(None), scope(viewer.role, interviews.c.user_id))
    )
    said: dict[Key, list[tuple[int, bool]]] = {}
    for interview_id, skill, level, blind in db.execute(statement, dict(viewer.parameters)):
        said.setdefault((interview_id, skill), []).append((level, blind))
    found |= {
        key: PersonsLevel(fmean(level for level, _ in each), all(blind for _, blind in each))
        for key, each in said.items()
    }
    unrated = _find_unrated(viewer, db, {interview_id for interview_id, _ in found})
    return {key: level for key, level in found.items() if key[0] not in unrated}


def read_labels(db: Session | Connection, interview_ids: Collection[int]) -> dict[Key, int]:
    """Read the imported levels of these interviews, the newest of each skill."""
    found = _read_labels(db)
    return {key: level for key, level in found.items() if key[0] in interview_ids}


def _read_labels(db: Session | Connection, viewer: Viewer | None = None) -> dict[Key, int]:
    statement = (
        sa.select(human_levels.c.interview_id, human_levels.c.skill, human_levels.c.level)
        .join(interviews, sa.and_(interviews.c.id == human_levels.c.interview_id, belongs(human_levels.c.brought_at)))
        .where(sa.true() if viewer is None else scope(viewer.role, interviews.c.user_id))
        .order_by(human_levels.c.id)
    )
    parameters = {} if viewer is None else dict(viewer.parameters)
    return {(interview_id, skill): level for interview_id, skill, level in db.execute(statement, parameters)}


def ratings(viewer: Viewer, db: Session, interview_ids: Collection[int]) -> dict[Key, list[Rating]]:
    """Read every judge's ratings of these interviews that the viewer may see, oldest first.

    A score that a version kept or repeated is one rating, not two. What the platform shows now is its last rating.
    """
    found: dict[Key, dict[tuple[str, datetime | None], Rating]] = {}
    for part in _parts(interview_ids):
        for interview_id, skill, judge, judged_at, score in (
            *db.execute(_of_versions(viewer, part), dict(viewer.parameters)),
            *_read_platform_scores(viewer, db, part),
        ):
            own = found.setdefault((interview_id, skill), {})
            own[judge, judged_at] = Rating(judge, level_of(score), judged_at)
    return {key: list(each.values()) for key, each in found.items()}


def list_repeats(viewer: Viewer, db: Session) -> list[int]:
    """List the interviews that one judge rated more than once and the viewer may see."""
    statement = (
        sa.select(version_scores.c.interview_id)
        .join(interviews, interviews.c.id == version_scores.c.interview_id)
        .where(version_scores.c.judged_at.is_not(None), scope(viewer.role, interviews.c.user_id))
        .group_by(version_scores.c.interview_id, version_scores.c.skill, version_scores.c.judge)
        .having(sa.func.count(sa.distinct(version_scores.c.judged_at)) > 1)
    )
    found = set(db.execute(statement, dict(viewer.parameters)).scalars())
    return sorted(found - _find_unrated(viewer, db, found))


def headings(viewer: Viewer, db: Session, interview_ids: Collection[int]) -> dict[int, Heading]:
    """Read what a list says of these interviews, as far as the viewer sees them."""
    found: dict[int, Heading] = {}
    for part in _parts(interview_ids):
        statement = (
            sa.select(interviews.c.id, interviews.c.title, interview_date, interviews.c.user_id, display_name)
            .join(users, users.c.id == interviews.c.user_id)
            .where(interviews.c.id.in_(part), scope(viewer.role, interviews.c.user_id))
        )
        found |= {row[0]: Heading(*row) for row in db.execute(statement, dict(viewer.parameters))}
    return found


def _find_unrated(viewer: Viewer, db: Session, interview_ids: Collection[int]) -> set[int]:
    return {each for part in _parts(interview_ids) for each in find_hidden(viewer, db, interview_ids=part)}


def _parts(interview_ids: Collection[int]) -> Iterator[list[int]]:
    # A statement takes only so many parameters.
    wanted = sorted(interview_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def _of_versions(viewer: Viewer, interview_ids: Collection[int]) -> sa.Select[*tuple[Any, ...]]:
    columns = (version_scores.c[name] for name in ("interview_id", "skill", "judge", "judged_at", "score"))
    return (
        sa.select(*columns)
        .join(breakdown_versions, breakdown_versions.c.id == version_scores.c.version_id)
        .join(
            interviews,
            sa.and_(interviews.c.id == version_scores.c.interview_id, belongs(breakdown_versions.c.created_at)),
        )
        .where(version_scores.c.interview_id.in_(interview_ids), scope(viewer.role, interviews.c.user_id))
        .order_by(version_scores.c.interview_id, breakdown_versions.c.number)
    )


def _read_platform_scores(
    viewer: Viewer, db: Session, interview_ids: Collection[int]
) -> list[tuple[int, str, str, datetime | None, float]]:
    source = with_judges(sa.join(interviews, skill_scores, skill_scores.c.interview_id == interviews.c.id))
    statement = (
        sa.select(skill_scores.c.interview_id, skill_scores.c.skill, skill_scores.c.score, *JUDGED)
        .select_from(source)
        .where(interviews.c.id.in_(interview_ids), scope(viewer.role, interviews.c.user_id))
    )
    rows = db.execute(statement, dict(viewer.parameters)).all()
    platforms = overwritten([(row[0], row[2], row[5]) for row in rows])
    return [
        (interview_id, skill, PLATFORM_JUDGE.key, None, score)
        for interview_id, skill, score, judge, _judged_at, _ in rows
        if score is not None and (judge == PLATFORM_JUDGE.key or interview_id in platforms)
    ]


def latest_of(each: Collection[Rating]) -> Mapping[str, Rating]:
    """Return the last rating of each judge."""
    return {rating.judge: rating for rating in each}
