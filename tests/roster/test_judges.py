"""Summaries and the cohort's noise, each within the scores of one judge."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics import cohort
from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import save
from analytics.columns import now
from analytics.database.schema import candidate_scatter, candidate_summaries, progress
from analytics.database.sessions import reading
from analytics.roster import refresh
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.roster.page import RosterPage, page
from analytics.setup.install import set_up
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis
from tests.support.breakdowns import scored_by
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.versions import platform_writes_to

THEIRS = range(1, 11)


def refreshed(database: Database) -> dict[int, sa.Row[tuple[object, ...]]]:
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
        return {row.user_id: row for row in connection.execute(sa.select(candidate_summaries))}


def scatter(database: Database, user_id: int) -> dict[str, tuple[int, str]]:
    with database.engine.connect() as connection:
        rows = connection.execute(sa.select(candidate_scatter).where(candidate_scatter.c.user_id == user_id))
        return {row.skill: (row.scores, row.judge) for row in rows}


@pytest.fixture
def two_people(database: Database) -> Database:
    """Two people with ten equal interviews each; the later five of the first were scored again by a kinder model."""
    begin = now() - timedelta(days=400)
    rows = [
        interview(
            10 * (user_id - 1) + number,
            user_id,
            feedback=feedback(*[0.5 + 0.01 * (number % 2)] * 4),
            completed_at=begin + timedelta(days=20 * number),
            created_at=begin,
        )
        for user_id in (1, 2)
        for number in THEIRS
    ]
    add(database.platform_engine, people=[person(1, created_at=begin), person(2, created_at=begin)], rows=rows)
    for number in list(THEIRS)[5:]:
        level = 0.75 + 0.01 * (number % 2)
        made = scored_by("kinder", **dict.fromkeys(SKILL_KEYS, level))
        assert save.save(database.engine, number, made, version_id=str(uuid.uuid4()), by="-", write_back=number % 2 > 0)
    return database


def test_a_summary_is_of_the_scores_of_the_newest_judge_and_a_kinder_judge_is_no_progress(two_people: Database) -> None:
    rows = refreshed(two_people)
    # Of the five scores of the model, three end in the even number.
    assert rows[1].technical == pytest.approx(0.75 + 0.01 * 2 / 5, abs=0.001)
    assert rows[1].technical_current == pytest.approx(0.75, abs=0.02)
    assert {rows[1].technical_label, rows[2].technical_label}.isdisjoint({analysis.IMPROVING, analysis.DECLINING})
    assert rows[2].technical == pytest.approx(0.505, abs=0.001)
    assert {count for count, _ in scatter(two_people, 1).values()} == {5}
    assert set(scatter(two_people, 2).values()) == {(10, "platform")}


def test_the_roster_says_where_judges_are_mixed_and_shows_those_of_one(two_people: Database) -> None:
    partly = scored_by("kinder", communication=0.9)
    assert save.save(two_people.engine, 20, partly, version_id=str(uuid.uuid4()), by="-", write_back=False)
    refreshed(two_people)
    kinder, platform = scatter(two_people, 1)["technical"][1], scatter(two_people, 2)["technical"][1]
    refresh.learn_again(two_people.engine)

    def listed(sort: Sort = Sort.NAME, **narrowed: object) -> RosterPage:
        with reading(two_people.engine) as db:
            return page(TRUSTED, db, filters=Filters(**narrowed), sort=sort)  # type: ignore[arg-type]

    def ids(**narrowed: object) -> list[int]:
        return [row.user_id for row in listed(**narrowed).rows]

    assert (ids(judge=kinder), ids(judge=platform), ids(judge="model:unknown")) == ([1], [], [])
    assert ids(judge=platform, skill="technical") == [2]
    assert ids(judge=kinder, skill="communication") == [1, 2]
    assert listed(Sort.TECHNICAL).mixes_judges
    assert listed(Sort.ATTENTION).mixes_judges
    assert listed(below=0.9).mixes_judges
    # Names, and trends, which are told within a judge, are in nobody's favour; nor are those of one judge.
    assert not listed().mixes_judges
    assert not listed(Sort.TECHNICAL_TREND).mixes_judges
    assert not listed(Sort.TECHNICAL, judge=kinder).mixes_judges


def test_when_the_platform_writes_over_the_latest_the_others_no_longer_count(two_people: Database) -> None:
    refreshed(two_people)
    judge = scatter(two_people, 1)["technical"][1]
    platform_writes_to(two_people, 10, feedback(0.4, 0.4, 0.4, 0.4))
    rows = refreshed(two_people)
    assert scatter(two_people, 1)["technical"] == (6, "platform") != (6, judge)
    assert rows[1].technical == pytest.approx((5 * 0.506 + 0.4) / 6, abs=0.002)


def test_a_full_run_prepares_what_following_every_change_does(two_people: Database) -> None:
    def prepared() -> list[object]:
        rows = refreshed(two_people)
        kept = ("overall", "recent_overall", "lowest", *SKILL_KEYS)
        return [
            (user_id, scatter(two_people, user_id), [rows[user_id]._mapping[name] for name in kept]) for user_id in rows
        ]

    followed = prepared()
    with two_people.engine.begin() as connection:
        connection.execute(sa.delete(progress).where(progress.c.task.in_(("candidate_scatter", "candidate_summaries"))))
        connection.execute(sa.delete(candidate_scatter))
    set_up(two_people.engine)
    assert prepared() == followed


def test_noise_is_learned_by_judge_where_enough_people_have_scores_of_one(database: Database) -> None:
    rows = [
        {"user_id": number, "skill": key, "scores": 10, "lag_sum": 0.0, "residual_sum": 8 * sd**2, "judge": judge}
        for judge, people, sd in (
            ("platform", range(1, 61), 0.05),
            ("model:a", range(61, 121), 0.20),
            ("model:b", range(121, 124), 0.9),
        )
        for number in people
        for key in SKILL_KEYS
    ]
    with database.engine.begin() as connection:
        connection.execute(sa.insert(candidate_scatter), rows)
        noise = cohort.learn_noise(connection)
        learned = cohort.learn(connection, noise)
        assert cohort.load(connection) == learned
    quiet, loud = (learned.noise_of("technical", judge).variance ** 0.5 for judge in ("platform", "model:a"))
    pooled = learned.noise["technical"].variance ** 0.5
    assert 0.04 < quiet < 0.07 < pooled < 0.17 < loud
    assert learned.noise_of("technical", "model:b") == learned.noise_of("technical", "?") == learned.noise["technical"]


def test_candidates_are_placed_among_those_whom_the_same_judge_scores(database: Database) -> None:
    people = {"platform": range(1, 31), "model:a": range(31, 61), "model:b": range(61, 66)}
    add(database.platform_engine, people=[person(number) for number in range(1, 66)])
    levels = {"platform": 0.3, "model:a": 0.7, "model:b": 0.9}
    scattered = [
        {"user_id": number, "skill": "technical", "scores": 4, "lag_sum": 0.0, "residual_sum": 0.01, "judge": judge}
        for judge, numbers in people.items()
        for number in numbers
    ]
    with database.engine.begin() as connection:
        refresh.refresh(connection)
        connection.execute(sa.update(candidate_summaries).values(completed=4))
        for judge, numbers in people.items():
            among = candidate_summaries.c.user_id.in_(numbers)
            average = levels[judge] + candidate_summaries.c.user_id / 10_000.0
            connection.execute(sa.update(candidate_summaries).where(among).values(technical=average))
        connection.execute(sa.insert(candidate_scatter), scattered)
        learned = cohort.learn(connection, cohort.learn_noise(connection))
        assert cohort.load(connection) == learned
    medians = {judge: learned.median("technical", judge) for judge in people}
    assert medians["platform"] == pytest.approx(0.3, abs=0.01)
    assert medians["model:a"] == pytest.approx(0.7, abs=0.01)
    # Five are too few to be placed among, and all others are no measure for them.
    assert medians["model:b"] is None
    assert learned.position("technical", "model:b", 0.9, 0.05) is None
    place = learned.position("technical", "model:a", 0.5, 0.01)
    assert place is not None
    assert place.percentile < 5
