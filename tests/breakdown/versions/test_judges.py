"""Whose score it is: charts name who gave what is shown, whatever was done to the interview before."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import review
from analytics.breakdown.versions.version import VersionError
from analytics.database.judge_tables import judges, version_scores
from analytics.database.schema import breakdown_versions, progress
from analytics.database.sessions import reading
from analytics.interviewlab.feedback import State
from analytics.judges import PLATFORM_JUDGE, JudgeKind
from analytics.queries.candidates import SkillRecord, scores_by_date, skill_history, skill_progression
from analytics.queries.interviews import compared_records
from analytics.setup.install import set_up
from analytics.skills import SKILL_KEYS
from tests.support import world
from tests.support.breakdowns import offline, scored_by
from tests.support.databases import Database
from tests.support.platform_rows import feedback
from tests.support.versions import INTERVIEW, platform_row, platform_writes, save, shown, versions_of

OWNER = 11
PLATFORM = PLATFORM_JUDGE.key


def records(database: Database) -> dict[str, SkillRecord]:
    """What the charts are drawn from, of the interview."""
    with reading(database.engine) as db:
        history = skill_history(TRUSTED, db, OWNER) or []
        drawn = {record.skill: record for record in history if record.interview_id == INTERVIEW}
        compared = compared_records(TRUSTED, db, [INTERVIEW])
        points = [row for row in skill_progression(TRUSTED, db, OWNER) or () if row[1] == INTERVIEW]
        by_date = scores_by_date(TRUSTED, db, OWNER) or ()
    told = {key: (record.score, record.judge, record.judged_at) for key, record in drawn.items()}
    assert told == {row.skill: (row.score, row.judge, row.judged_at) for row in compared}
    assert {row[0]: row[4:7] for row in points} == {key: one for key, one in told.items() if one[0] is not None}
    assert sorted(row[:3] for row in by_date) == sorted(
        (row.skill, row.score, row.judge) for row in history if row.score is not None
    )
    return drawn


def model_of(database: Database, key: str) -> str:
    with database.engine.connect() as connection:
        kind, model = connection.execute(sa.select(judges.c.kind, judges.c.model).where(judges.c.key == key)).one()
    return model if kind == JudgeKind.MODEL else kind


class Interview:
    """An interview to which anything may be done, and whose scores each of its versions has."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.rng, self.write_back = database, random.Random(seed), seed % 2 == 0
        self.given: dict[int, dict[str, str]] = {}

    def judged(self) -> dict[str, str]:
        """Who gave what is shown now, by skill."""
        version = shown(self.database).version
        return dict.fromkeys(SKILL_KEYS, PLATFORM) if version is None else self.given[version.number]

    def generate(self) -> None:
        if self.rng.random() < 0.3:
            model, made = "nobody", offline()
        else:
            model = self.rng.choice(["one", "another"])
            scores = {key: self.rng.choice([None, *(place / 16 for place in range(17))]) for key in SKILL_KEYS}
            made = scored_by(model, **scores)
        before = self.judged()
        own = {key: skill.reason is None for key, skill in made.skill_breakdown.items()}
        saved = save(self.database, made, write_back=self.write_back)
        assert saved is not None
        # What was replaced for the first time has become a version too.
        for version in versions_of(self.database):
            self.given.setdefault(version.number, dict.fromkeys(SKILL_KEYS, PLATFORM))
        self.given[saved.number] = {key: model if own[key] else before[key] for key in SKILL_KEYS}

    def restore(self) -> None:
        if self.given:
            number = self.rng.choice(sorted(self.given))
            saved = review.restore(TRUSTED, self.database.engine, INTERVIEW, number, write_back=self.write_back)
            for version in versions_of(self.database):
                self.given.setdefault(version.number, dict.fromkeys(SKILL_KEYS, PLATFORM))
            if saved.number not in self.given or saved.number > number:
                self.given[saved.number] = self.given[number]

    def decide(self) -> None:
        number = max(self.given, default=1)
        act: Callable[..., Any] = self.rng.choice([review.approve, review.accept])
        options = {} if act is review.approve else {"write_back": self.write_back}
        try:
            act(TRUSTED, self.database.engine, INTERVIEW, number, **options)
        except VersionError:
            return
        for version in versions_of(self.database):
            self.given.setdefault(version.number, dict.fromkeys(SKILL_KEYS, PLATFORM))

    def platform(self) -> None:
        if self.rng.random() < 0.5:
            platform_writes(self.database, feedback(*(self.rng.choice([None, 0.31, 0.77]) for _ in SKILL_KEYS)))
        elif self.write_back:
            platform_writes(self.database, platform_row(self.database) | {"topics_covered": ["said again"]})


@pytest.mark.parametrize("seed", range(4))
def test_charts_name_who_gave_what_is_shown(database: Database, people: world.World, seed: int) -> None:
    interview, moves = Interview(database, seed), []
    for _ in range(14):
        move = interview.rng.choice([interview.generate, interview.generate, interview.restore, interview.decide])
        move = interview.platform if interview.rng.random() < 0.2 else move
        move()
        moves.append(move.__name__)
        told, drawn = shown(database), records(database)
        assert {key: drawn[key].score for key in SKILL_KEYS} == {
            key: skill.score for key, skill in told.feedback.skills.items()
        }, moves
        expected = {key: judge for key, judge in interview.judged().items() if drawn[key].score is not None}
        assert {key: model_of(database, drawn[key].judge) for key in expected} == expected, moves
        # Nobody knows when the platform gave a score, and of every other it is known.
        assert all((drawn[key].judged_at is None) == (expected[key] == PLATFORM) for key in expected), moves


def test_a_kept_score_stays_with_whoever_gave_it_also_when_that_version_is_deleted(
    database: Database, people: world.World
) -> None:
    save(database, scored_by("one", **dict.fromkeys(SKILL_KEYS, 0.5)))
    first = records(database)["technical"]
    save(database, scored_by("another", communication=1.0))
    with database.engine.begin() as connection:
        gone = sa.delete(breakdown_versions).where(breakdown_versions.c.number == 2)
        connection.execute(gone)
        assert connection.execute(sa.select(version_scores.c.skill)).all()
    save(database, scored_by("third", communication=0.25))
    drawn = records(database)
    assert (drawn["technical"].judge, drawn["technical"].judged_at) == (first.judge, first.judged_at)
    assert model_of(database, drawn["communication"].judge) == "third"


def test_set_up_finds_the_judges_of_versions_that_were_there_before(database: Database, people: world.World) -> None:
    save(database, scored_by("one", **dict.fromkeys(SKILL_KEYS, 0.5)))
    save(database, scored_by("another", communication=1.0))
    review.restore(TRUSTED, database.engine, INTERVIEW, 2, write_back=True)
    save(database, scored_by("third", technical=0.75), write_back=False)
    with database.engine.begin() as connection:
        kept = sa.select(version_scores).order_by(version_scores.c.version_id, version_scores.c.skill)
        before = connection.execute(kept).all()
        for table in (version_scores, judges):
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(progress).where(progress.c.task == "version_scores"))
    assert {record.judge for record in records(database).values()} == {PLATFORM}
    set_up(database.engine)
    with database.engine.connect() as connection:
        assert connection.execute(kept).all() == before
    drawn = records(database)
    assert model_of(database, drawn["technical"].judge) == "third"
    assert model_of(database, drawn["communication"].judge) == "one"


def test_an_unscored_skill_has_no_row_and_a_foreign_form_none_at_all(database: Database, people: world.World) -> None:
    save(database, scored_by("one", technical=0.5))
    with database.engine.connect() as connection:
        rows = connection.execute(sa.select(version_scores.c.skill, version_scores.c.judge)).all()
    states = shown(database).feedback.skills
    assert {row.skill for row in rows} >= {"technical"}
    assert all(states[key].state is State.SCORED for key, judge in rows if judge != PLATFORM)
