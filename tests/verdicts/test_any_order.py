"""Whatever is done to an interview, in any order: charts show the last verdict that stands, else the judge's score."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions import review
from analytics.breakdown.versions.version import VersionError
from analytics.charts import comparison, progression
from analytics.database.sessions import reading, writing
from analytics.database.verdict_tables import verdicts
from analytics.formatting import rounded
from analytics.queries.candidates import skill_history
from analytics.queries.interviews import compared_records
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.verdicts.verdicts import give_verdict, withdraw_verdict
from tests.support.breakdowns import offline, scored_by
from tests.support.platform_rows import feedback
from tests.support.versions import INTERVIEW, platform_writes, save, shown, versions_of
from tests.support.world import PEOPLE, World

MOVES = ("regenerate", "restore", "approve", "verdict", "verdict", "withdraw", "platform")


class Interview:
    """An interview to which anything may be done, and what each person said last of each skill of it."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng, self.write_back = world, random.Random(seed), seed % 2 == 0
        # By skill what stands, in the order it was said: who, and the level.
        self.said: dict[str, dict[str, int | None]] = {key: {} for key in SKILL_KEYS}
        self.rows: list[Any] = []

    def regenerate(self) -> None:
        scores = {key: self.rng.choice([None, 0.25, 0.5, 0.8125]) for key in SKILL_KEYS}
        made = offline() if self.rng.random() < 0.3 else scored_by(self.rng.choice(["one", "another"]), **scores)
        save(self.world.database, made, write_back=self.write_back)

    def restore(self) -> None:
        if numbers := [version.number for version in versions_of(self.world.database)]:
            chosen, engine = self.rng.choice(numbers), self.world.database.engine
            review.restore(TRUSTED, engine, INTERVIEW, chosen, write_back=self.write_back)

    def approve(self) -> None:
        number = max((version.number for version in versions_of(self.world.database)), default=1)
        try:
            review.approve(TRUSTED, self.world.database.engine, INTERVIEW, number)
        except VersionError:
            return

    def verdict(self) -> None:
        who, skill = self.rng.choice(["coach", "admin"]), self.rng.choice(SKILL_KEYS)
        level = self.rng.choice([None, 1, 2, 3, 4, 5])
        with writing(self.world.database.engine) as db:
            give_verdict(self.world.viewer(who), db, INTERVIEW, skill, level, reason="As the anchors say")
        self.said[skill].pop(who, None)
        self.said[skill][who] = level

    def withdraw(self) -> None:
        given = [(who, skill) for skill, people in self.said.items() for who in people]
        if given:
            who, skill = self.rng.choice(given)
            with writing(self.world.database.engine) as db:
                withdraw_verdict(self.world.viewer(who), db, INTERVIEW, skill)
            del self.said[skill][who]

    def platform(self) -> None:
        told = feedback(*(self.rng.choice([None, 0.31, 0.77]) for _ in SKILL_KEYS))
        platform_writes(self.world.database, told)

    def expected(self) -> dict[str, float | None]:
        """What charts have to draw, by skill."""
        judged = {key: skill.score for key, skill in shown(self.world.database).feedback.skills.items()}
        for key, people in self.said.items():
            if people:
                level = list(people.values())[-1]
                judged[key] = None if level is None else (level - 1) / 4
        return {key: rounded(score) for key, score in judged.items()}

    def drawn(self) -> tuple[dict[str, float | None], dict[str, float | None]]:
        """What the progression and the bars draw, by skill."""
        with reading(self.world.database.engine) as db:
            history = skill_history(TRUSTED, db, PEOPLE["interviewee"].user_id) or []
            compared = compared_records(TRUSTED, db, [INTERVIEW])
        lines = progression.progression([one for one in history if one.interview_id == INTERVIEW]).figure
        bars = comparison.comparison(compared, {}).figure
        line = {trace.name: trace.y[0] for trace in lines.data}
        bar = dict(zip(bars.data[0].x, bars.data[0].y, strict=True))
        labels = {key: BY_KEY[key].label for key in SKILL_KEYS}
        return {key: line[label] for key, label in labels.items()}, {key: bar[label] for key, label in labels.items()}

    def kept(self) -> list[Any]:
        """Every row there is of verdicts."""
        with self.world.database.engine.connect() as connection:
            return list(connection.execute(sa.select(verdicts).order_by(verdicts.c.id)))


@pytest.mark.parametrize("seed", range(4))
def test_charts_show_the_last_verdict_that_stands_else_the_judges_score(world: World, seed: int) -> None:
    interview, moves = Interview(world, seed), []
    for _ in range(16):
        move = interview.rng.choice(MOVES)
        before = interview.kept()
        getattr(interview, move)()
        moves.append(move)
        line, bar = interview.drawn()
        assert line == bar == interview.expected(), moves
        # Rows are added by those who judge, and changed by nobody.
        after = interview.kept()
        assert after[: len(before)] == before, moves
        assert move in {"verdict", "withdraw"} or after == before, moves
