"""The roster: a page of candidates, filtered and sorted, from the prepared summaries."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics import cohort, trends
from analytics.access import Viewer, scope
from analytics.database import execute, now, sendable
from analytics.outlook import Trend, listed_trend
from analytics.queries import as_utc
from analytics.schema import candidate_summaries as summary
from analytics.settings import DEFAULT_TARGET
from analytics.skills import SKILL_KEYS


class Sort(StrEnum):
    """What the roster can be sorted by."""

    NAME = "name"
    INTERVIEWS = "interviews"
    LAST_INTERVIEW = "last_interview"
    OVERALL = "overall"
    COMMUNICATION = "communication"
    TECHNICAL = "technical"
    PROBLEM_SOLVING = "problem_solving"
    CODE_QUALITY = "code_quality"
    LOWEST = "lowest"
    ATTENTION = "attention"
    COMMUNICATION_TREND = "communication_trend"
    TECHNICAL_TREND = "technical_trend"
    PROBLEM_SOLVING_TREND = "problem_solving_trend"
    CODE_QUALITY_TREND = "code_quality_trend"


class Attention(StrEnum):
    """Why a candidate needs attention, the most pressing first."""

    DECLINING = "declining"
    BELOW_TARGET = "below_target"
    SILENT = "silent"
    FAILED = "failed"


_COLUMNS: Final[dict[Sort, sa.ColumnElement[Any]]] = {
    Sort.NAME: summary.c.sort_name,
    Sort.INTERVIEWS: summary.c.completed,
    Sort.LAST_INTERVIEW: summary.c.last_interview_at,
    Sort.LOWEST: summary.c.lowest,
    **{Sort(name): summary.c[name] for name in ("overall", *SKILL_KEYS)},
}
# What everybody has, so that no page of it begins after somebody who has none.
_NEVER_MISSING: Final = {Sort.INTERVIEWS, Sort.ATTENTION, *(Sort(f"{key}_trend") for key in SKILL_KEYS)}
SILENT_DAYS: Final = 30
# As a literal, or PostgreSQL would not share the work between processes, taking it for a bound that must be waited for.
_NOTHING: Final = sa.literal_column("'0'", sa.BigInteger)
DEFAULT_TARGETS: Final[Mapping[str, float]] = dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which candidates to show; the defaults show everyone.

    `within_days` since the last completed interview; `below` is a score between 0 and 1 that the average of `skill`
    (None: of any skill) lies under.
    """

    search: str = ""
    within_days: int | None = None
    minimum_interviews: int = 0
    skill: str | None = None
    below: float | None = None


class RosterRow(NamedTuple):
    """One candidate of the roster; averages are None where nothing was scored."""

    user_id: int
    name: str
    email: str
    is_active: bool
    interviews: int
    completed: int
    last_interview_at: datetime | None
    overall: float | None
    communication: float | None
    technical: float | None
    problem_solving: float | None
    code_quality: float | None
    weakest: str | None
    recent_overall: list[float | None]
    trends: dict[str, Trend]
    attention: tuple[Attention, ...]


class RosterPage(NamedTuple):
    """A page of the roster: its rows, how many match in all, and the cursors of its neighbours."""

    rows: list[RosterRow]
    total: int
    after: str | None
    before: str | None


class Found(NamedTuple):
    """A candidate that a search found."""

    user_id: int
    name: str
    email: str


class CursorError(ValueError):
    """A cursor that no page of this roster gave out."""


def page(
    viewer: Viewer,
    db: Session,
    *,
    filters: Filters = Filters(),
    sort: Sort = Sort.NAME,
    descending: bool = False,
    targets: Mapping[str, float] = DEFAULT_TARGETS,
    size: int = 25,
    after: str | None = None,
    before: str | None = None,
) -> RosterPage:
    """Read one page of the roster.

    Pages are found by keyset, so that the thousandth costs what the first does. Candidates without a value come last in
    either direction. Trends are those that stand in a list over everybody (`Cohort.cutoff`); somebody whose skill is
    declining, steady below its target (`targets`, between 0 and 1), who was silent for `SILENT_DAYS` or whose latest
    scoring failed needs attention. Raises `CursorError` for a cursor that cannot be read.
    """
    cutoff = cohort.load(db).cutoff
    silent_since = now() - timedelta(days=SILENT_DAYS)
    reasons = _reasons(cutoff, targets, silent_since)
    column = _sort_column(sort, cutoff, reasons)
    matching = sa.and_(scope(viewer.role, summary.c.user_id), *_conditions(filters))
    backwards = before is not None
    cursor = before if backwards else after
    held = None if cursor is None else _read_cursor(cursor, _order(sort, descending))
    # Who stands on the page is found first, from as few columns as that takes, and only they are read whole.
    chosen = _chosen(
        column,
        matching,
        held,
        downwards=descending != backwards,
        backwards=backwards,
        size=size + 1,
        # Every name and e-mail is looked at then, so once must do; only the index by name holds both.
        counted=bool(filters.search) and sort is not Sort.NAME,
    )
    statement = (
        sa.select(
            summary.c.user_id,
            summary.c.name,
            summary.c.email,
            summary.c.is_active,
            summary.c.interviews,
            summary.c.completed,
            summary.c.last_interview_at,
            summary.c.overall,
            *(summary.c[key] for key in SKILL_KEYS),
            summary.c.weakest,
            summary.c.recent_overall,
            *(summary.c[f"{key}_label"] for key in SKILL_KEYS),
            *(summary.c[f"{key}_p"] for key in SKILL_KEYS),
            *(condition.label(reason) for reason, condition in reasons.items()),
            chosen.c.sorted_by,
            chosen.c.total,
        )
        .join(chosen, chosen.c.user_id == summary.c.user_id)
        .order_by(chosen.c.part, *_towards(chosen.c.sorted_by, chosen.c.user_id, downwards=descending != backwards))
    )
    found = list(execute(db, statement, dict(viewer.parameters)))
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    total = found[0].total if found else None
    if total is None and cursor is None and not more:
        total = len(found)  # who did not fit on the page would be beyond it
    if total is None:
        everybody = sa.select(sa.func.count()).select_from(summary).where(matching)
        total = execute(db, everybody, dict(viewer.parameters)).scalar_one()
    there_is_next, there_is_previous = (True, more) if backwards else (more, cursor is not None)
    return RosterPage(
        rows=[_row(row, cutoff) for row in found],
        total=total,
        after=_cursor(found[-1], _order(sort, descending)) if found and there_is_next else None,
        before=_cursor(found[0], _order(sort, descending)) if found and there_is_previous else None,
    )


def found(viewer: Viewer, db: Session, search: str, size: int = 25) -> list[Found]:
    """List the first candidates by name whose name or e-mail holds a text."""
    matching = sa.and_(scope(viewer.role, summary.c.user_id), *_conditions(Filters(search=search)))
    chosen = _chosen(summary.c.sort_name, matching, None, downwards=False, backwards=False, size=size)
    statement = (
        sa.select(summary.c.user_id, summary.c.name, summary.c.email)
        .join(chosen, chosen.c.user_id == summary.c.user_id)
        .order_by(summary.c.sort_name, summary.c.user_id)
    )
    return [Found(*row) for row in execute(db, statement, dict(viewer.parameters))]


def _reasons(
    cutoff: float, targets: Mapping[str, float], silent_since: datetime
) -> dict[Attention, sa.ColumnElement[bool]]:
    below = [
        sa.and_(
            summary.c[f"{key}_current"] < targets[key],
            summary.c[f"{key}_label"].in_((trends.STEADY, trends.DECLINING)),
        )
        for key in SKILL_KEYS
    ]
    return {
        Attention.DECLINING: sa.func.coalesce(summary.c.declining_p <= cutoff, sa.false()),
        Attention.BELOW_TARGET: sa.func.coalesce(sa.or_(*below), sa.false()),
        Attention.SILENT: sa.func.coalesce(summary.c.last_interview_at < silent_since, sa.true()),
        Attention.FAILED: summary.c.last_failed,
    }


def _sort_column(
    sort: Sort, cutoff: float, reasons: Mapping[Attention, sa.ColumnElement[bool]]
) -> sa.ColumnElement[Any]:
    if sort is Sort.ATTENTION:
        pressing = [(condition, len(reasons) - place) for place, condition in enumerate(reasons.values())]
        return sa.case(*pressing, else_=0)
    if sort in _COLUMNS:
        return _COLUMNS[sort]
    key = sort.removesuffix("_trend")
    label, stands = summary.c[f"{key}_label"], summary.c[f"{key}_p"] <= cutoff
    return sa.case(
        (sa.and_(label == trends.IMPROVING, stands), 3),
        (label == trends.STEADY, 2),
        (sa.and_(label == trends.DECLINING, stands), 0),
        else_=1,
    )


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if search := sendable(filters.search).strip().casefold():
        conditions.append(
            sa.or_(
                summary.c.sort_name.contains(search, autoescape=True),
                sa.func.lower(summary.c.email).contains(search, autoescape=True),
            )
        )
    if filters.within_days is not None:
        conditions.append(summary.c.last_interview_at >= now() - timedelta(days=filters.within_days))
    if filters.minimum_interviews:
        conditions.append(summary.c.completed >= filters.minimum_interviews)
    if filters.below is not None:
        chosen = summary.c[filters.skill] if filters.skill in SKILL_KEYS else summary.c.lowest
        conditions.append(chosen < filters.below)
    return conditions


def _chosen(
    column: sa.ColumnElement[Any],
    matching: sa.ColumnElement[bool],
    held: tuple[Any, int] | None,
    *,
    downwards: bool,
    backwards: bool,
    size: int,
    counted: bool = False,
) -> sa.Subquery:
    """Select the next candidates in an order, from where a cursor was `held`: those with a value, then those without.

    Each part is one stretch of the index on (`column`, `user_id`), read in one direction and from the cursor on; the
    second is begun only where the first comes to its end. `counted` goes through everybody once instead, and says how
    many match.
    """
    everybody: sa.FromClause = summary
    conditions, nullable = [matching], isinstance(column, sa.Column) and bool(column.nullable)
    total: sa.ColumnElement[Any] = sa.null()
    if counted or not isinstance(column, sa.Column):
        reckoned = sa.select(
            summary.c.user_id, column.label("sorted_by"), (sa.func.count().over() if counted else total).label("total")
        ).where(matching)
        # An offset, of nothing, keeps the database from reckoning a value again wherever it is named below.
        everybody = (reckoned if counted else reckoned.offset(_NOTHING)).cte()
        column, total, conditions = everybody.c.sorted_by, everybody.c.total, []
    parts = [True, False] if nullable else [True]
    if backwards:
        parts.reverse()
    if held is not None:
        parts = parts[parts.index(held[0] is not None) :]
    user_id, stretches = everybody.c.user_id, []
    for place, known in enumerate(parts):
        wanted = list(conditions)
        if nullable:
            wanted.append(column.is_not(None) if known else column.is_(None))
        if held is not None and place == 0:
            wanted.append(_beyond(column, user_id, held, downwards=downwards))
        stretches.append(
            sa.select(user_id, column.label("sorted_by"), sa.literal(place).label("part"), total.label("total"))
            .where(*wanted)
            .order_by(*_towards(column, user_id, downwards=downwards))
            .limit(size)
            .subquery()
        )
    return sa.union_all(*(sa.select(stretch) for stretch in stretches)).limit(size).subquery()


def _beyond(
    column: sa.ColumnElement[Any], user_id: sa.ColumnElement[int], held: tuple[Any, int], *, downwards: bool
) -> sa.ColumnElement[bool]:
    value, last = held
    if value is None:
        return user_id < last if downwards else user_id > last
    here, there = sa.tuple_(column, user_id), sa.tuple_(sa.literal(value, column.type), sa.literal(last))
    return here < there if downwards else here > there


def _towards(*columns: sa.ColumnElement[Any], downwards: bool) -> list[sa.ColumnElement[Any]]:
    return [column.desc() if downwards else column.asc() for column in columns]


def _order(sort: Sort, descending: bool) -> str:
    return f"{'-' if descending else ''}{sort}"


def _cursor(row: Any, order: str) -> str:
    value = row.sorted_by
    held = [order, as_utc(value).isoformat() if isinstance(value, datetime) else value, row.user_id]
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: str) -> tuple[Any, int]:
    """Read where a page ended: the value it was sorted by and the candidate; only for the order it was made in."""
    try:
        made_in, value, user_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if made_in != order or type(user_id) is not int or not 0 <= user_id < 2**31:
            raise ValueError
        sort = order.removeprefix("-")
        if sort == Sort.NAME:
            return sendable(value), user_id
        if value is None and sort in _NEVER_MISSING:
            raise ValueError
        if value is not None:
            value = datetime.fromisoformat(value).astimezone(UTC) if sort == Sort.LAST_INTERVIEW else float(value)
            # No figure of the roster is as large, and NaN is not smaller than anything.
            if isinstance(value, float) and not abs(value) < 2**31:
                raise ValueError
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CursorError("This page of the list cannot be found. Go back to the first page.") from error
    return value, user_id


def _row(row: Any, cutoff: float) -> RosterRow:
    held = row._mapping
    values = {name: held[name] for name in RosterRow._fields if name in held}
    values["last_interview_at"] = as_utc(values["last_interview_at"])
    values["recent_overall"] = json.loads(values["recent_overall"])
    listed = {key: listed_trend(held[f"{key}_label"], held[f"{key}_p"], cutoff) for key in SKILL_KEYS}
    return RosterRow(**values, trends=listed, attention=tuple(reason for reason in Attention if held[reason]))
