"""A page of the roster, filtered and sorted, read from the summaries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access.blind import people_with_hidden
from analytics.access.viewer import Viewer, scope
from analytics.database.schema import candidate_summaries as summary
from analytics.roster.attention import NO_LEVEL, Attention, Level, Reason, read_levels, read_reasons
from analytics.roster.filters import EVERYONE, Filters, filter_conditions
from analytics.roster.keyset import cursor_of, order_by, order_name, read_cursor, select_page
from analytics.roster.order import COMPARING, UNSCORED, Sort, sort_column
from analytics.skills import SKILL_KEYS
from analytics.trends.labels import Trend, listed_trend


class RosterRow(NamedTuple):
    """One candidate: averages by skill, None without scores, and the current state of each skill.

    Where the viewer has to rate an interview of theirs first (`is_hidden`), there are no figures.
    """

    user_id: int
    name: str
    email: str
    is_active: bool
    interviews: int
    completed: int
    last_interview_at: datetime | None
    overall: float | None
    averages: dict[str, float | None]
    weakest: str | None
    recent_overall: list[float | None]
    trends: dict[str, Trend]
    levels: dict[str, Level]
    reasons: tuple[Reason, ...]
    is_hidden: bool = False

    @property
    def attention(self) -> tuple[Attention, ...]:
        """Return the kinds of reasons why this candidate needs attention, each once."""
        return tuple(dict.fromkeys(reason.kind for reason in self.reasons))


# What stands in place of the figures of somebody with an interview that the viewer has to rate first.
_HIDDEN: Final[dict[str, Any]] = {
    "overall": None,
    "averages": dict.fromkeys(SKILL_KEYS),
    "weakest": None,
    "recent_overall": [],
    "trends": dict.fromkeys(SKILL_KEYS, Trend.NOT_ENOUGH_EVIDENCE),
    "levels": dict.fromkeys(SKILL_KEYS, NO_LEVEL),
    "reasons": (),
    "is_hidden": True,
}


class RosterPage(NamedTuple):
    """A page of the roster: its rows, the total number of matches, and the cursors of its neighbours.

    `mixes_judges` is whether its order or its filter compares scores of candidates whom different judges scored.
    """

    rows: list[RosterRow]
    total: int
    after: str | None
    before: str | None
    mixes_judges: bool = False


class SearchResult(NamedTuple):
    """A candidate found by a search."""

    user_id: int
    name: str
    email: str


def page(
    viewer: Viewer,
    db: Session,
    *,
    filters: Filters = EVERYONE,
    sort: Sort = Sort.NAME,
    descending: bool = False,
    size: int = 25,
    after: str | None = None,
    before: str | None = None,
) -> RosterPage:
    """Read one page of the roster.

    Pages are found by keyset, so that the thousandth costs what the first does. Candidates without a value come last in
    either direction. Trends are those that stand in a list over everybody (`Cohort.cutoff`); why somebody needs
    attention, and how pressing that is, was judged beforehand. Raises `CursorError` for a cursor that cannot be read.
    """
    filters, sort, descending = _without_scores(viewer, filters, sort, descending=descending)
    everybody = cohort.load(db)
    column = sort_column(sort, everybody.cutoff)
    matching = sa.and_(scope(viewer.role, summary.c.user_id), *filter_conditions(filters))
    backwards, order = before is not None, order_name(sort, descending)
    # The key of the most pressing is the smallest, so that of equals the first by name comes first.
    descending = descending != (sort is Sort.ATTENTION)
    cursor = before if backwards else after
    # Who stands on the page is found first, from as few columns as that takes, and only they are read whole.
    stretch = select_page(
        column,
        matching,
        None if cursor is None else read_cursor(cursor, order),
        downwards=descending != backwards,
        backwards=backwards,
        size=size + 1,
        # Every name and e-mail is looked at then, so once must do; only the index by name holds both.
        counted=bool(filters.search) and sort is not Sort.NAME,
    )
    statement = (
        sa.select(*_columns(), stretch.c.sorted_by, stretch.c.total)
        .join(stretch, stretch.c.user_id == summary.c.user_id)
        .order_by(stretch.c.part, *order_by(stretch.c.sorted_by, stretch.c.user_id, downwards=descending != backwards))
    )
    rows = list(db.execute(statement, dict(viewer.parameters)))
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    total = rows[0].total if rows else None
    if total is None and cursor is None and not more:
        total = len(rows)  # who did not fit on the page would be beyond it
    if total is None:
        count = sa.select(sa.func.count()).select_from(summary).where(matching)
        total = db.execute(count, dict(viewer.parameters)).scalar_one()
    there_is_next, there_is_previous = (True, more) if backwards else (more, cursor is not None)
    return RosterPage(
        rows=_rows(viewer, db, rows, everybody.cutoff),
        total=total,
        after=cursor_of(rows[-1], order) if rows and there_is_next else None,
        before=cursor_of(rows[0], order) if rows and there_is_previous else None,
        mixes_judges=everybody.has_several_judges and _compares(filters, sort),
    )


def _compares(filters: Filters, sort: Sort) -> bool:
    """Return whether scores of people are compared whom several judges may have scored."""
    return filters.judge is None and (sort in COMPARING or filters.below is not None)


def _without_scores(viewer: Viewer, filters: Filters, sort: Sort, *, descending: bool) -> tuple[Filters, Sort, bool]:
    """Pass over the order and the filter that would tell whoever rates before they see something of scores."""
    if not viewer.rates_blind:
        return filters, sort, descending
    by_name = sort not in UNSCORED
    return replace(filters, below=None, judge=None), Sort.NAME if by_name else sort, descending and not by_name


def search(viewer: Viewer, db: Session, text: str, size: int = 25) -> list[SearchResult]:
    """List the first candidates by name whose name or e-mail contains a text."""
    matching = sa.and_(scope(viewer.role, summary.c.user_id), *filter_conditions(Filters(search=text)))
    stretch = select_page(summary.c.sort_name, matching, None, downwards=False, backwards=False, size=size)
    statement = (
        sa.select(summary.c.user_id, summary.c.name, summary.c.email)
        .join(stretch, stretch.c.user_id == summary.c.user_id)
        .order_by(summary.c.sort_name, summary.c.user_id)
    )
    return [SearchResult(*row) for row in db.execute(statement, dict(viewer.parameters))]


def _columns() -> list[sa.ColumnElement[Any]]:
    read = [summary.c[name] for name in (*RosterRow._fields, *SKILL_KEYS) if name in summary.c]
    return [*read, *(summary.c[f"{key}_{figure}"] for key in SKILL_KEYS for figure in ("label", "p"))]


def _rows(viewer: Viewer, db: Session, rows: Sequence[Any], cutoff: float) -> list[RosterRow]:
    unrated = people_with_hidden(viewer, db, [row.user_id for row in rows])
    return [_row(row, cutoff, is_hidden=row.user_id in unrated) for row in rows]


def _row(row: Any, cutoff: float, *, is_hidden: bool) -> RosterRow:
    stored = row._mapping
    values = {name: stored[name] for name in RosterRow._fields if name in stored}
    if is_hidden:
        return RosterRow(**values | _HIDDEN)
    values["recent_overall"] = json.loads(values["recent_overall"])
    values["levels"] = read_levels(values["levels"])
    values["reasons"] = read_reasons(values["reasons"])
    return RosterRow(
        **values,
        averages={key: stored[key] for key in SKILL_KEYS},
        trends={key: listed_trend(stored[f"{key}_label"], stored[f"{key}_p"], cutoff) for key in SKILL_KEYS},
    )
