"""Keeps the order by attention up to date: candidates are assessed again when targets or time change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics import cohort
from analytics.columns import now
from analytics.database import bulk
from analytics.database.schema import candidate_scatter, candidate_summaries, cohort_figures
from analytics.database.sessions import reading, writing
from analytics.reviews.requests import waiting_since
from analytics.roster.attention import (
    DEFAULT_TARGETS,
    CandidateState,
    attention_key,
    judge,
    read_levels,
    write_reasons,
)
from analytics.skills import SKILL_KEYS

BATCH: Final = 2_000
_TARGETS: Final = "targets"
_TURN: Final = sa.func.hashtext("skill_analytics.summaries")
_LONG_SECONDS: Final = 600
_COLUMNS: Final = (
    *("user_id", "sort_name", "email", "last_interview_at", "last_failed", "levels"),
    *("reasons", "attention_key", "attention_until"),
    *(f"{key}_{figure}" for key in SKILL_KEYS for figure in ("label", "p")),
)


def lock_summaries(connection: Connection) -> None:
    """Take the lock under which summaries are written, so that an older read never overwrites a newer one."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def try_lock_summaries(connection: Connection) -> bool:
    """Take that lock if it is free; returns whether it was taken."""
    return try_lock(connection, _TURN)


def try_lock(connection: Connection, lock: sa.Function[int]) -> bool:
    """Take a transaction lock if it is free; returns whether it was taken."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(lock))).scalar())


def targets(db: Session | Connection) -> Mapping[str, float]:
    """Read the targets that candidates are assessed by; the defaults if none were set."""
    stored = db.execute(sa.select(cohort_figures.c.value).where(cohort_figures.c.name == _TARGETS)).scalar()
    return {**DEFAULT_TARGETS, **json.loads(stored)} if stored else DEFAULT_TARGETS


def assess_everybody(engine: Engine) -> None:
    """Assess every candidate again, batch by batch, and write those whose reasons or place changed."""
    last = 0
    while True:
        with writing(engine, seconds=_LONG_SECONDS) as connection:
            after = candidate_summaries.c.user_id > last
            ids = assess_some(connection, after, candidate_summaries.c.user_id)
        if not ids:
            return
        last = ids[-1]


def reassess(engine: Engine, asked: Mapping[str, float]) -> None:
    """Assess everybody after a change of targets, or those whose time has come; in the background."""
    with reading(engine) as db:
        others = dict(targets(db)) != dict(asked)
    if others:
        with writing(engine) as connection:
            connection.execute(sa.delete(cohort_figures).where(cohort_figures.c.name == _TARGETS))
            values = {"name": _TARGETS, "value": json.dumps(dict(asked)), "changed": 0, "learned_at": now()}
            connection.execute(sa.insert(cohort_figures).values(values))
        assess_everybody(engine)
        return
    while True:
        with reading(engine) as db:
            due = db.execute(sa.select(candidate_summaries.c.user_id).where(_due()).limit(1)).first()
        if due is None:
            return
        with writing(engine) as connection:
            assess_some(connection, _due(), candidate_summaries.c.attention_until)


def _due() -> sa.ColumnElement[bool]:
    return candidate_summaries.c.attention_until <= now()


def assess_some(
    connection: Connection, condition: sa.ColumnElement[bool], first: sa.ColumnElement[Any]
) -> Sequence[int]:
    """Assess the first candidates that match a condition, in the caller's transaction; returns whom."""
    lock_summaries(connection)
    statement = sa.select(*(candidate_summaries.c[name] for name in _COLUMNS)).where(condition).order_by(first)
    rows = connection.execute(statement.limit(BATCH)).all()
    if rows:
        _write(connection, rows)
    return [row.user_id for row in rows]


def _write(connection: Connection, rows: Sequence[sa.Row[Any, Any]]) -> None:
    measure, everybody, moment = targets(connection), cohort.load(connection), now()
    changed = []
    ids = [row.user_id for row in rows]
    asked, judges = waiting_since(connection, ids), _judges(connection, ids)
    for row in rows:
        stored = row._mapping
        judgement = judge(
            _read_state(stored, asked.get(row.user_id), judges.get(row.user_id, {})), measure, everybody, moment
        )
        found = {
            "reasons": write_reasons(judgement.reasons),
            "attention_key": attention_key(judgement.severity, row.sort_name, row.email),
            "attention_until": judgement.until,
        }
        if any(stored[name] != value for name, value in found.items()):
            changed.append({"judged": row.user_id, **found})
    if changed:
        connection.execute(
            sa.update(candidate_summaries).where(candidate_summaries.c.user_id == sa.bindparam("judged")), changed
        )


def _judges(connection: Connection, user_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return on whose scale the skills of candidates are told."""
    columns = candidate_scatter.c
    statement = sa.select(columns.user_id, columns.skill, columns.judge)
    judges: dict[int, dict[str, str]] = {}
    for user_id, skill, key in connection.execute(statement.where(bulk.among(connection, columns.user_id, user_ids))):
        judges.setdefault(user_id, {})[skill] = key
    return judges


def _read_state(stored: sa.RowMapping, asked: tuple[datetime, str] | None, judges: Mapping[str, str]) -> CandidateState:
    return CandidateState(
        levels=read_levels(stored["levels"]),
        labels={key: stored[f"{key}_label"] for key in SKILL_KEYS},
        p={key: stored[f"{key}_p"] for key in SKILL_KEYS},
        last_interview_at=stored["last_interview_at"],
        last_failed=stored["last_failed"],
        asked=asked,
        judges=judges,
    )
