"""Stored audits: saved when made, and the newest one of each judge read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.agreement.audit import Audit
from analytics.agreement.shifts import Shift
from analytics.columns import now
from analytics.database.agreement_tables import judge_audits
from analytics.judges import Judge, JudgeKind


@dataclass(frozen=True, slots=True)
class KeptAudit:
    """An audit and when it was made."""

    found: Audit
    audited_at: datetime


def keep(viewer: Viewer, db: Connection, found: Audit) -> None:
    """Store an audit."""
    if not viewer.administers:
        raise NotAllowedError("Only an admin may audit the judge.")
    values = {"judge": found.judge.key, "found": json.dumps(as_json(found), ensure_ascii=False)}
    db.execute(sa.insert(judge_audits).values(values | {"audited_by": viewer.actor, "audited_at": now()}))
    record(db, viewer.actor, "audit_judge", judge=found.judge.label, biased=len(found.biased))


def latest(viewer: Viewer, db: Session) -> list[KeptAudit]:
    """Read the newest audit of each judge, newest first; none for interviewees."""
    if not viewer.sees_others:
        return []
    newest = sa.select(sa.func.max(judge_audits.c.id)).group_by(judge_audits.c.judge)
    statement = sa.select(judge_audits.c.found, judge_audits.c.audited_at).where(judge_audits.c.id.in_(newest))
    rows = db.execute(statement.order_by(judge_audits.c.id.desc()))
    return [KeptAudit(_read(json.loads(found)), audited_at) for found, audited_at in rows]


def as_json(found: Audit) -> dict[str, Any]:
    """Convert an audit to plain JSON values, with `biased` beside each shift."""
    shifts = [asdict(shift) | {"biased": shift.biased} for shift in found.shifts]
    return {**asdict(found), "judge": asdict(found.judge) | {"label": found.judge.label}, "shifts": shifts}


def _read(stored: Mapping[str, Any]) -> Audit:
    judge = {name: value for name, value in stored["judge"].items() if name != "label"}
    shifts = [{name: value for name, value in shift.items() if name != "biased"} for shift in stored["shifts"]]
    return Audit(
        judge=Judge(**judge | {"kind": JudgeKind(judge["kind"])}),
        measure=stored["measure"],
        runs=stored["runs"],
        failed=stored["failed"],
        shifts=tuple(Shift(**shift) for shift in shifts),
    )
