"""The scores of every version with their judges, and the judge of each shown score.

The judge of a shown score is not stored, so that no trigger has to know of it: an interview shows the scores of its
shown version for as long as all of them are those that the charts have, and otherwise the platform's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.database.json_text import parse_json
from analytics.database.judge_tables import judges, version_scores
from analytics.database.schema import breakdown_versions, shown_versions, skill_scores
from analytics.database.sessions import upsert
from analytics.interviewlab import feedback
from analytics.judges import PLATFORM_JUDGE, Judge, JudgeKind, judge_of_provenance
from analytics.skills import SKILL_KEYS

# Interviews read at a time by the back-fill: a version is some 30 kB.
BATCH: Final = 200
# What a version says of a score that it kept: "version 3", or "version 1 (InterviewLab)".
_KEPT: Final = re.compile(r"version (\d+)")
# SQLite does not round every decimal number as JSON means it.
SAME: Final = 1e-9


class StoredVersion(NamedTuple):
    """One row of `breakdown_versions`."""

    id: str
    interview_id: int
    number: int
    created_at: datetime
    provenance: str
    breakdown: str


class _Score(NamedTuple):
    judge: str
    judged_at: datetime | None
    score: float


# By interview and number of a version, the scores of its skills.
_Earlier = dict[int, dict[int, dict[str, _Score]]]


def add(connection: Connection, versions: Sequence[StoredVersion]) -> None:
    """Store the scores of versions, in the order of their numbers; existing rows stay."""
    if not versions:
        return
    earlier = _read(connection, {version.interview_id for version in versions})
    made: dict[str, Judge] = {PLATFORM_JUDGE.key: PLATFORM_JUDGE}
    rows = []
    for version in versions:
        judge, given = _scores(version, earlier.setdefault(version.interview_id, {}))
        made |= {judge.key: judge}
        earlier[version.interview_id][version.number] = given
        rows += [
            {"version_id": version.id, "skill": skill, "interview_id": version.interview_id, **score._asdict()}
            for skill, score in given.items()
        ]
    _add_judges(connection, made)
    if rows:
        connection.execute(upsert(connection, version_scores).on_conflict_do_nothing(), rows)


def _read(connection: Connection, interview_ids: Iterable[int]) -> _Earlier:
    statement = (
        sa.select(
            version_scores.c.interview_id,
            breakdown_versions.c.number,
            version_scores.c.skill,
            version_scores.c.judge,
            version_scores.c.judged_at,
            version_scores.c.score,
        )
        .join(breakdown_versions, breakdown_versions.c.id == version_scores.c.version_id)
        .where(version_scores.c.interview_id.in_(interview_ids))
    )
    earlier: _Earlier = {}
    for interview_id, number, skill, *given in connection.execute(statement):
        earlier.setdefault(interview_id, {}).setdefault(number, {})[skill] = _Score(*given)
    return earlier


def _add_judges(connection: Connection, made: Mapping[str, Judge]) -> None:
    # Looked up first: an insert waits for another transaction that adds the same judge.
    known = set(connection.execute(sa.select(judges.c.key).where(judges.c.key.in_(made))).scalars())
    rows = [
        {name: getattr(judge, name) for name in judges.c.keys()}  # noqa: SIM118 - columns by their names
        for key, judge in made.items()
        if key not in known
    ]
    if rows:
        connection.execute(upsert(connection, judges).on_conflict_do_nothing(), rows)


def _scores(version: StoredVersion, earlier: Mapping[int, Mapping[str, _Score]]) -> tuple[Judge, dict[str, _Score]]:
    """Return who made a version, and its scores: those that it kept, or repeats, have the judge they had there."""
    provenance = json.loads(version.provenance)
    judge = judge_of_provenance(provenance)
    stored = parse_json(version.breakdown)
    if judge is PLATFORM_JUDGE:
        read = feedback.read_feedback(stored, holds_code=lambda: bool(provenance.get("holds_code")))
        scores: dict[str, tuple[float | None, str | None]] = {
            key: (skill.score, None) for key, skill in read.skills.items()
        }
    else:
        scores = {key: _own_score(stored, key) for key in SKILL_KEYS}
    given = {}
    for key, (score, kept) in scores.items():
        if score is None:
            continue
        platform = judge is PLATFORM_JUDGE or kept is not None
        own = _Score(PLATFORM_JUDGE.key, None, score) if platform else _Score(judge.key, version.created_at, score)
        source = provenance.get("restored") or kept
        given[key] = (_former(source, key, score, earlier) if source else None) or own
    return judge, given


def _own_score(stored: object, key: str) -> tuple[float | None, str | None]:
    skills = stored.get("skill_breakdown") if isinstance(stored, dict) else None
    skill = skills.get(key) if isinstance(skills, dict) else None
    score = feedback.number(skill.get("score")) if isinstance(skill, dict) else None
    kept = skill.get("score_from") if isinstance(skill, dict) else None
    return score, str(kept) if kept else None


def _former(source: int | str, skill: str, score: float, earlier: Mapping[int, Mapping[str, _Score]]) -> _Score | None:
    """Find a score in the version it came from or, where that is deleted, in the latest one that has it too."""
    named = source if isinstance(source, int) else int(match[1]) if (match := _KEPT.search(source)) else 0
    for number in (named, *sorted(earlier, reverse=True)):
        found = earlier.get(number, {}).get(skill)
        if found is not None and abs(found.score - score) < SAME:
            return found
    return None


def fill(connection: Connection, after: int) -> int | None:
    """Store the scores of the versions of the next interviews with ids above `after`.

    Returns the last of these interviews; None when there are no more.
    """
    interview = breakdown_versions.c.interview_id
    batch = sa.select(interview).distinct().where(interview > after).order_by(interview).limit(BATCH)
    upto: int | None = connection.execute(sa.select(sa.func.max(batch.subquery().c.interview_id))).scalar()
    if upto is None:
        # Also where there is no version: it has given scores all the same.
        _add_judges(connection, {PLATFORM_JUDGE.key: PLATFORM_JUDGE})
    else:
        columns = (breakdown_versions.c[name] for name in StoredVersion._fields)
        statement = sa.select(*columns).where(interview > after, interview <= upto)
        found = connection.execute(statement.order_by(interview, breakdown_versions.c.number))
        add(connection, [StoredVersion._make(row) for row in found])
    return upto


def with_judges(source: sa.FromClause, interview_id: sa.Column[int] = skill_scores.c.interview_id) -> sa.Join:
    """Join `skill_scores` with the scores of the shown versions, where there are any.

    With the `interview_id` of a table of interviews, each one's version is looked up once instead of once a skill.
    """
    shown = sa.outerjoin(source, shown_versions, shown_versions.c.interview_id == interview_id)
    same = sa.and_(
        version_scores.c.version_id == shown_versions.c.version_id, version_scores.c.skill == skill_scores.c.skill
    )
    return sa.outerjoin(shown, version_scores, same)


# What is selected of such a join: who gave the score, when, and the version's score, to tell whether it is that one.
JUDGED: Final = (
    sa.func.coalesce(version_scores.c.judge, PLATFORM_JUDGE.key).label("judge"),
    version_scores.c.judged_at,
    version_scores.c.score.label("version_score"),
)


def look_up(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """Select a column of `version_scores` for each row of `skill_scores`; NULL if the shown version has no score.

    For few rows where nothing else is joined: a planner may go through all versions to join them.
    """
    of_the_row = sa.and_(
        shown_versions.c.interview_id == skill_scores.c.interview_id, version_scores.c.skill == skill_scores.c.skill
    )
    shown = sa.select(column).join(shown_versions, shown_versions.c.version_id == version_scores.c.version_id)
    return shown.where(of_the_row).correlate(skill_scores).scalar_subquery()


def overwritten(scores: Iterable[tuple[int, float | None, float | None]]) -> set[int]:
    """Return the interviews whose scores differ from their shown version: the platform has stored new ones since.

    `scores` are each skill's interview, its score in `skill_scores`, and that of the version.
    """
    return {
        interview_id
        for interview_id, score, of_version in scores
        if of_version is not None and (score is None or abs(score - of_version) >= SAME)
    }


class JudgedBy(NamedTuple):
    """Who gave a score, and when; unknown for the platform."""

    judge: Judge
    judged_at: datetime | None


BY_PLATFORM: Final = JudgedBy(PLATFORM_JUDGE, None)


def read_judges(db: Session | Connection, version_id: str) -> dict[str, JudgedBy]:
    """Read the judges of a version's scores by skill; skills without a score are missing."""
    columns = (version_scores.c.skill, version_scores.c.judged_at, *judges.c)
    statement = sa.select(*columns).join(judges, judges.c.key == version_scores.c.judge)
    found = db.execute(statement.where(version_scores.c.version_id == version_id))
    return {skill: JudgedBy(Judge(key, JudgeKind(kind), *rest), at) for skill, at, key, kind, *rest in found}


def all_judges(db: Session | Connection) -> list[Judge]:
    """Return every judge that gave a score here, by key."""
    found = db.execute(sa.select(judges).order_by(judges.c.key))
    others = [Judge(key, JudgeKind(kind), *rest) for key, kind, *rest in found if key != PLATFORM_JUDGE.key]
    return [PLATFORM_JUDGE, *others]


def judge_keys(connection: Connection) -> tuple[str, ...]:
    """Return the keys of all judges, the platform's first."""
    others = sa.select(judges.c.key).where(judges.c.key != PLATFORM_JUDGE.key).order_by(judges.c.key)
    return (PLATFORM_JUDGE.key, *connection.execute(others).scalars())


def judged_places(keys: Sequence[str]) -> tuple[sa.ColumnElement[Any], ...]:
    """Build what `JUDGED` says as numbers, to be selected of `with_judges`: a place in `keys`, and a score.

    Both are NULL where the shown version has no score, and where the platform is the only judge there is.
    """
    if len(keys) == 1:
        return (sa.null().label("judge"), sa.null().label("version_score"))
    places = {key: place for place, key in enumerate(keys)}
    return (sa.case(places, value=version_scores.c.judge).label("judge"), version_scores.c.score)


def judges_by_key(db: Session | Connection, keys: Iterable[str]) -> dict[str, Judge]:
    """Return judges by key, including the platform; cached in the process, as judges never change."""
    wanted = {PLATFORM_JUDGE.key, *keys}
    if unknown := wanted - _KNOWN.keys():
        for key, kind, *rest in db.execute(sa.select(judges).where(judges.c.key.in_(unknown))):
            _KNOWN[key] = Judge(key, JudgeKind(kind), *rest)
    return {key: _KNOWN[key] for key in wanted if key in _KNOWN}


_KNOWN: Final = {PLATFORM_JUDGE.key: PLATFORM_JUDGE}
