"""One prepared row per candidate for the roster, kept up to date from what the triggers report as changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from analytics.database import execute, now
from analytics.feedback import State
from analytics.schema import candidate_summaries, interviews, progress, skill_scores, stale_candidates, users
from analytics.skills import SKILL_KEYS, overall

BATCH: Final = 2_000
TASK: Final = "candidate_summaries"
RECENT: Final = 12


class _Scored(NamedTuple):
    interview_id: int
    completed_at: datetime
    scores: dict[str, float | None]
    failed: bool


def prepare(engine: Engine, report: Callable[[int, int], None]) -> None:
    """Summarise every candidate, batch by batch; goes on where an interrupted run stopped."""
    with engine.begin() as connection:
        if execute(connection, sa.select(progress.c.finished_at).where(progress.c.task == TASK)).scalar() is not None:
            refresh(connection)
            return
        count = connection.execute(sa.select(sa.func.count()).select_from(users)).scalar_one()
        if execute(connection, sa.select(progress.c.last_id).where(progress.c.task == TASK)).first() is None:
            execute(connection, sa.insert(progress).values(task=TASK, last_id=0))
    done = 0
    while True:
        with engine.begin() as connection:
            last = execute(connection, sa.select(progress.c.last_id).where(progress.c.task == TASK)).scalar_one()
            ids = (
                connection.execute(sa.select(users.c.id).where(users.c.id > last).order_by(users.c.id).limit(BATCH))
                .scalars()
                .all()
            )
            if not ids:
                execute(connection, sa.update(progress).where(progress.c.task == TASK).values(finished_at=now()))
                report(count, count)
                return
            summarise(connection, ids)
            execute(connection, sa.update(progress).where(progress.c.task == TASK).values(last_id=ids[-1]))
        done += len(ids)
        report(min(done, count), count)


def refresh(connection: Connection, limit: int = BATCH) -> int:
    """Bring the candidates up to date that the triggers named, in the caller's transaction.

    One refresh runs at a time, so that an older reading never overwrites a newer one. Returns how many reports were
    worked off; fewer than `limit` means that none is left.
    """
    if execute(connection, sa.select(stale_candidates.c.id).limit(1)).first() is None:
        return 0
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('skill_analytics.refresh'))"))
    oldest = sa.select(stale_candidates.c.id).order_by(stale_candidates.c.id).limit(limit)
    taken = (
        execute(
            connection,
            sa.delete(stale_candidates).where(stale_candidates.c.id.in_(oldest)).returning(stale_candidates.c.user_id),
        )
        .scalars()
        .all()
    )
    summarise(connection, sorted(set(taken)))
    return len(taken)


def summarise(connection: Connection, user_ids: Sequence[int]) -> None:
    """Write the summaries of these candidates; one who no longer exists loses theirs."""
    if not user_ids:
        return
    people = connection.execute(
        sa.select(users.c.id, users.c.full_name, users.c.email, users.c.is_active).where(_among(users.c.id, user_ids))
    ).all()
    gone = set(user_ids) - {person.id for person in people}
    if gone:
        execute(connection, sa.delete(candidate_summaries).where(_among(candidate_summaries.c.user_id, sorted(gone))))
    counts = {row.user_id: row for row in connection.execute(_counts(user_ids))}
    scored = _scored(connection, user_ids)
    rows = [_summary(person, counts.get(person.id), scored.get(person.id, [])) for person in people]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(candidate_summaries)
    replaced = {
        column.name: statement.excluded[column.name] for column in candidate_summaries.c if not column.primary_key
    }
    execute(connection, statement.on_conflict_do_update(index_elements=["user_id"], set_=replaced), rows)


def _among(column: sa.ColumnElement[int], ids: Sequence[int]) -> sa.ColumnElement[bool]:
    return column.in_(ids)


def _counts(user_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    done = interviews.c.status == "completed"
    return (
        sa.select(
            interviews.c.user_id,
            sa.func.count().label("interviews"),
            sa.func.count(sa.case((done, 1))).label("completed"),
            sa.func.max(sa.case((done, sa.func.coalesce(interviews.c.completed_at, interviews.c.created_at)))).label(
                "last_interview_at"
            ),
        )
        .where(_among(interviews.c.user_id, user_ids))
        .group_by(interviews.c.user_id)
    )


def _scored(connection: Connection, user_ids: Sequence[int]) -> dict[int, list[_Scored]]:
    """Gather the scores of these candidates, interview by interview in the order they took place."""
    statement = (
        sa.select(
            skill_scores.c.user_id,
            skill_scores.c.interview_id,
            skill_scores.c.completed_at,
            skill_scores.c.skill,
            skill_scores.c.score,
            skill_scores.c.state,
        )
        .where(_among(skill_scores.c.user_id, user_ids))
        .order_by(skill_scores.c.user_id, skill_scores.c.completed_at, skill_scores.c.interview_id)
    )
    gathered: dict[int, list[_Scored]] = {}
    for user_id, interview_id, completed_at, skill, score, state in execute(connection, statement):
        series = gathered.setdefault(user_id, [])
        if not series or series[-1].interview_id != interview_id:
            series.append(_Scored(interview_id, completed_at, dict.fromkeys(SKILL_KEYS), failed=False))
        series[-1].scores[skill] = score
        if state == State.FAILED:
            series[-1] = series[-1]._replace(failed=True)
    return gathered


def _summary(person: Any, counts: Any, series: list[_Scored]) -> dict[str, Any]:
    name = (person.full_name or "").strip() or person.email
    averages = {key: _mean([row.scores[key] for row in series]) for key in SKILL_KEYS}
    ranked = sorted((average, key) for key, average in averages.items() if average is not None)
    recent = [overall(row.scores) for row in series[-RECENT:]]
    return {
        "user_id": person.id,
        "name": name,
        "sort_name": name.casefold()[:255],
        "email": person.email,
        "is_active": person.is_active,
        "interviews": counts.interviews if counts else 0,
        "completed": counts.completed if counts else 0,
        "last_interview_at": counts.last_interview_at if counts else None,
        "overall": overall(averages),
        **averages,
        "weakest": ranked[0][1] if ranked else None,
        "lowest": ranked[0][0] if ranked else None,
        "recent_overall": json.dumps([None if score is None else round(score, 4) for score in recent]),
        "last_failed": bool(series) and series[-1].failed,
        "trends": "{}",
        "refreshed_at": now(),
    }


def _mean(scores: Sequence[float | None]) -> float | None:
    numbers = [score for score in scores if score is not None]
    return sum(numbers) / len(numbers) if numbers else None
