"""One prepared row per candidate for the roster, kept up to date from the triggers' marks."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from analytics import cohort
from analytics.access.viewer import is_private
from analytics.columns import now
from analytics.database import bulk
from analytics.database.schema import candidate_scatter, candidate_summaries, skill_scores
from analytics.interviewlab.feedback import State
from analytics.interviewlab.tables import users
from analytics.reviews.requests import waiting_since
from analytics.roster import one_scale, ranking
from analytics.roster.attention import CandidateState, Level, attention_key, judge, write_levels, write_reasons
from analytics.roster.interview_counts import NO_INTERVIEWS, count_interviews
from analytics.roster.one_scale import Figures, ScoreTable
from analytics.roster.recent import GivenVerdict, given_verdicts, overall, recent_overall
from analytics.scores import version_scores
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis

BATCH: Final = 2_000
SCATTER_TASK: Final = "candidate_scatter"
TASK: Final = "candidate_summaries"
_LONG_SECONDS: Final = 600
_DECIMALS: Final = 4
# Tables are as wide as the most interviews of anybody in them.
_MANY: Final = 500


class _Scores(NamedTuple):
    """Scores of some people, (skills, people, interviews) in interview order, NaN where there is none.

    `table` has only those of one judge for each person and skill: whoever scored the latest interview. `judges` says
    who that is (skills, people), as a place in `keys`. `given` has all scores, and `by` who gave each. `places` says
    where these people stand among those asked for, `last_failed` whose latest interview failed.
    """

    places: NDArray[np.intp]
    table: NDArray[np.float64]
    given: NDArray[np.float64]
    by: NDArray[np.intp]
    last_failed: NDArray[np.bool_]
    judges: NDArray[np.intp]
    keys: tuple[str, ...]


def _read_scores(connection: Connection, user_ids: Sequence[int]) -> Iterator[_Scores]:
    """Read the scores of candidates whose ids ascend; somebody with a great many interviews comes alone."""
    place_of_skill = sa.case({key: place for place, key in enumerate(SKILL_KEYS)}, value=skill_scores.c.skill)
    keys = version_scores.judge_keys(connection)
    statement = (
        sa.select(
            skill_scores.c.user_id,
            skill_scores.c.interview_id,
            place_of_skill,
            skill_scores.c.score,
            sa.case((skill_scores.c.state == State.FAILED, 1), else_=0),
            *version_scores.judged_places(keys),
        )
        .select_from(version_scores.with_judges(skill_scores) if len(keys) > 1 else skill_scores)
        .where(bulk.among(connection, skill_scores.c.user_id, user_ids), ~is_private(skill_scores.c.interview_id))
        .order_by(skill_scores.c.user_id, skill_scores.c.completed_at, skill_scores.c.interview_id)
    )
    numbers = bulk.numbers(connection, statement)
    person = np.searchsorted(user_ids, numbers[:, 0])
    begins = (np.diff(numbers[:, 1], prepend=-1) != 0) | (np.diff(person, prepend=-1) != 0)
    interview = np.cumsum(begins) - 1
    counts = np.bincount(person[begins], minlength=len(user_ids))
    column = interview - (np.cumsum(counts) - counts)[person]
    skill, score = numbers[:, 2].astype(np.intp), numbers[:, 3]
    last_failed = np.zeros(len(user_ids), dtype=np.bool_)
    last_failed[person[(column == counts[person] - 1) & (numbers[:, 4] == 1)]] = True
    judge = _judges(interview, score, numbers[:, 5:])
    newest = np.zeros((len(SKILL_KEYS), len(user_ids)), dtype=np.intp)
    scored = np.isfinite(score)
    # Rows come by date, and of those with one place the last one stays.
    newest[skill[scored], person[scored]] = judge[scored]
    many = np.flatnonzero(counts > _MANY)
    for places in (np.flatnonzero(counts <= _MANY), *many[:, None]):
        row = np.full(len(user_ids), -1)
        row[places] = np.arange(len(places))
        mine = row[person] >= 0
        given = np.full((len(SKILL_KEYS), len(places), int(counts[places].max(initial=0))), np.nan)
        cells = skill[mine], row[person[mine]], column[mine]
        given[cells] = score[mine]
        by = np.zeros(given.shape, dtype=np.intp)
        by[cells] = judge[mine]
        judges = newest[:, places]
        table = np.where(by == judges[:, :, None], given, np.nan) if len(keys) > 1 else given
        yield _Scores(places, table, given, by, last_failed[places], judges, keys)


def _judges(interview: NDArray[np.intp], score: NDArray[np.float64], judged: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return who gave each score, as `version_scores.overwritten` tells it, from what the shown version says."""
    judge, of_version = np.nan_to_num(judged[:, 0]).astype(np.intp), judged[:, 1]
    differs = np.isfinite(of_version) & ~(np.abs(score - of_version) < version_scores.SAME)
    overwritten = np.zeros(int(interview[-1]) + 1 if len(interview) else 0, dtype=np.bool_)
    overwritten[interview[differs]] = True
    return np.where(overwritten[interview], 0, judge)


def scatter(connection: Connection, user_ids: Sequence[int], scores: Iterable[_Scores] | None = None) -> None:
    """Store the scatter of these candidates' scores, in ascending order of id; `scores` if already read."""
    if not user_ids:
        return
    connection.execute(
        sa.delete(candidate_scatter).where(bulk.among(connection, candidate_scatter.c.user_id, user_ids))
    )
    rows = [
        row
        for some in scores or _read_scores(connection, user_ids)
        for key, table, judges in zip(SKILL_KEYS, some.table, some.judges, strict=True)
        for row in cohort.scatter_rows(
            [user_ids[place] for place in some.places],
            key,
            analysis.noise_statistics(table),
            [some.keys[judge] for judge in judges.tolist()],
        )
    ]
    bulk.load(connection, candidate_scatter, cohort.SCATTER_COLUMNS, rows)


def _without_scores(connection: Connection, reports: Sequence[sa.Row[Any, Any]]) -> set[int]:
    """Name the reported candidates who may have completed interviews without scores.

    In PostgreSQL these are those who had some when they were last summarised, and those of whom a trigger reported one
    since; a change whose report is not among these is looked at when that one is taken.
    """
    changed = {report.user_id for report in reports}
    if connection.dialect.name != "postgresql":
        return changed
    columns = candidate_summaries.c
    none = sa.select(columns.user_id).where(
        bulk.among(connection, columns.user_id, sorted(changed)), columns.without_scores == 0
    )
    named = {report.user_id for report in reports if report.interview_id is not None}
    return changed.difference(connection.execute(none).scalars()) | named


def summarise(
    connection: Connection,
    user_ids: Sequence[int],
    scores: Iterable[_Scores] | None = None,
    without_scores: Collection[int] | None = None,
) -> None:
    """Write the summaries of these candidates; those who no longer exist lose theirs.

    `scores` are theirs, in the order of their ids, if they have been read; `without_scores` are the candidates who may
    have completed interviews without scores, all of them if it is not known.
    """
    if not user_ids:
        return
    user_ids = sorted(user_ids)
    people = {
        person.id: person
        for person in connection.execute(
            sa.select(users.c.id, users.c.full_name, users.c.email, users.c.is_active).where(
                bulk.among(connection, users.c.id, user_ids)
            )
        )
    }
    counts = count_interviews(connection, user_ids, user_ids if without_scores is None else without_scores)
    everybody, targets, moment = cohort.load(connection), ranking.targets(connection), now()
    asked = waiting_since(connection, user_ids)
    rows: list[tuple[Any, ...]] = []
    for some in scores or _read_scores(connection, user_ids):
        given = given_verdicts(connection, [user_ids[place] for place in some.places])
        for place, (figures, standing) in zip(some.places, _figures(some, user_ids, everybody, given), strict=True):
            person = people.get(user_ids[place])
            if person is None:
                continue
            # The platform's columns may be longer than ours, and empty where its own never are.
            email = (person.email or "")[:255]
            name = ((person.full_name or "").strip() or email or f"Candidate {person.id}")[:255]
            sort_name, count = name.casefold()[:255], counts.get(person.id, NO_INTERVIEWS)
            standing = standing._replace(last_interview_at=count.latest, asked=asked.get(person.id))
            judgement = judge(standing, targets, everybody, moment)
            rows.append(
                (
                    *(person.id, name, sort_name, email, bool(person.is_active)),
                    *count[:3],
                    *figures,
                    *(moment, count.without_scores, write_levels(standing.levels), write_reasons(judgement.reasons)),
                    *(attention_key(judgement.severity, sort_name, email), judgement.until),
                )
            )
    connection.execute(
        sa.delete(candidate_summaries).where(bulk.among(connection, candidate_summaries.c.user_id, user_ids)),
    )
    bulk.load(connection, candidate_summaries, _COLUMNS, rows)


_COLUMNS: Final = (
    *("user_id", "name", "sort_name", "email", "is_active", "interviews", "completed", "last_interview_at"),
    *("last_failed", "recent_overall", "overall", *SKILL_KEYS, "weakest", "lowest", "declining_p"),
    *(f"{key}_{figure}" for key in SKILL_KEYS for figure in ("label", "p", "current")),
    *("refreshed_at", "without_scores", "levels", "reasons", "attention_key", "attention_until"),
)
# Of equally low averages the first by name is the weakest.
_BY_NAME: Final = sorted(SKILL_KEYS)
_BY_NAME_PLACES: Final = [SKILL_KEYS.index(key) for key in _BY_NAME]


def _figures(
    some: _Scores,
    user_ids: Sequence[int],
    everybody: cohort.Cohort,
    given: Mapping[int, Sequence[GivenVerdict]],
) -> Iterator[tuple[tuple[Any, ...], CandidateState]]:
    """Return for each person the columns from `last_failed` to the last trend's, and the standing but for the date."""
    judged = [
        ScoreTable(key, some.given[place], some.by[place], some.judges[place], some.keys)
        for place, key in enumerate(SKILL_KEYS)
    ]
    told = [one_scale.put_on_one_scale(one, everybody) for one in judged]
    table = np.stack([one.scores for one in told])
    scored = np.isfinite(table)
    count = scored.sum(axis=2)
    with np.errstate(invalid="ignore"):
        averages = np.where(scored, table, 0.0).sum(axis=2) / count
    ranked = np.where(count > 0, averages, np.inf)[_BY_NAME_PLACES]
    place, lowest = ranked.argmin(axis=0), ranked.min(axis=0)
    weakest = [_BY_NAME[index] if np.isfinite(low) else None for index, low in zip(place, lowest, strict=True)]
    trends = [one_scale.figures(*each, everybody) for each in zip(told, judged, strict=True)]
    declining = [np.where(one.label == analysis.DECLINING, one.p, np.inf) for one in trends]
    columns = zip(
        some.last_failed.tolist(),
        recent_overall(table, [user_ids[place] for place in some.places], given),
        _without_nan(overall(averages)),
        *(_without_nan(average) for average in averages),
        weakest,
        _without_nan(lowest),
        _without_nan(np.min(declining, axis=0)),
        *(column for one in trends for column in (one.label.tolist(), _without_nan(one.p), _without_nan(one.current))),
        strict=True,
    )
    return zip(columns, _standings(trends, some), strict=True)


def _standings(trends: Sequence[Figures], some: _Scores) -> Iterator[CandidateState]:
    by_skill = []
    for one in trends:
        shown = (one.current, one.current_half_width, one.change)
        figures = (_without_nan(np.round(figure, _DECIMALS)) for figure in shown)
        by_skill.append(list(zip(map(Level, *figures), one.label.tolist(), _without_nan(one.p), strict=True)))
    for failed, judges, *skills in zip(some.last_failed.tolist(), some.judges.T.tolist(), *by_skill, strict=True):
        levels, labels, p = zip(*skills, strict=True)
        yield CandidateState(
            levels=dict(zip(SKILL_KEYS, levels, strict=True)),
            labels=dict(zip(SKILL_KEYS, labels, strict=True)),
            p=dict(zip(SKILL_KEYS, p, strict=True)),
            last_interview_at=None,
            last_failed=failed,
            judges={key: some.keys[judge] for key, judge in zip(SKILL_KEYS, judges, strict=True)},
        )


def _without_nan(values: NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
