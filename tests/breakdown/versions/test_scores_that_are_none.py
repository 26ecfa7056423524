"""Versions of earlier program versions, with scores below 0, above 1 or that are no number: told as failed."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from analytics import bridges
from analytics.access.viewer import TRUSTED
from analytics.api import PREFIX
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.versions import review
from analytics.breakdown.versions.version import read_version
from analytics.database.judge_tables import version_scores
from analytics.database.schema import breakdown_versions, candidate_summaries, cohort_figures, stale_candidates
from analytics.database.sessions import writing
from analytics.interviewlab.feedback import State
from tests.support.api_client import bearer, client, platform_token
from tests.support.breakdowns import generated, scored_by
from tests.support.databases import Database
from tests.support.versions import INTERVIEW, platform_row, save, shown, versions_of
from tests.support.world import PEOPLE, World

COACH = bearer(platform_token(PEOPLE["coach"].user_id))
scores_of_the_scale = import_module("analytics.database.migrations.versions.0026_scores_of_the_scale")


def answered(world: World, path: str) -> Any:
    answer = client(world).get(f"{PREFIX}{path}", headers=COACH)
    assert answer.status_code == 200, answer.text
    return answer.json()


def spoil(database: Database, number: int, **values: Any) -> None:
    """Change the stored technical skill of a version, as no version of today would be stored."""
    chosen = breakdown_versions.c.number == number
    with database.engine.begin() as connection:
        stored = json.loads(connection.execute(sa.select(breakdown_versions.c.breakdown).where(chosen)).scalar_one())
        stored["skill_breakdown"]["technical"] |= values
        connection.execute(sa.update(breakdown_versions).where(chosen).values(breakdown=json.dumps(stored)))


def test_a_version_written_back_with_a_score_below_0_is_shown_with_that_skill_failed(people: World) -> None:
    database = people.database
    odd = {"communication": 0.75, "technical": -0.25, "problem_solving": 0.5, "code_quality": 0.5}
    save(database, scored_by("other", **odd))
    assert platform_row(database)["technical_score"] == -0.25
    found = shown(database)
    assert found.version is not None
    assert found.breakdown is not None
    technical = found.breakdown.skill_breakdown["technical"]
    assert (technical.state, technical.score, technical.low, technical.high, technical.levels) == (
        State.FAILED, None, None, None, (),
    )  # fmt: skip
    assert technical.reason is Outcome.BAD_ANSWER
    assert technical.weaknesses
    assert found.feedback.skills["technical"].state is State.FAILED
    # The other scores are still the model's, and not taken for the platform's.
    assert {key: given.judge.model for key, given in found.judged.items()} == dict.fromkeys(
        ("communication", "problem_solving", "code_quality"), "other"
    )
    progression = answered(people, "/interviews/analytics/skills/progression?user_id=11")
    assert progression["communication"][0]["judge"].startswith("model:")
    assert INTERVIEW not in [point["interview_id"] for point in progression["technical"]]
    version = answered(people, f"/interviews/{INTERVIEW}/skills/versions/2")
    assert version["shown"]
    told = version["skill_breakdown"]["technical"]
    assert (told["state"], told["score"], told["judge"], told["reason"]) == ("failed", None, None, "bad_answer")
    assert told["weaknesses"][0]["quotes"]
    assert version["skill_breakdown"]["communication"]["score"] == 0.75


@pytest.mark.parametrize("score", [-0.25, 1.5, float("nan")])
def test_a_stored_version_is_told_whatever_number_stands_in_it(people: World, score: float) -> None:
    database = people.database
    save(database, generated())
    spoil(database, 2, score=score, low=score, high=score)
    told = answered(people, f"/interviews/{INTERVIEW}/skills/versions/2")["skill_breakdown"]["technical"]
    assert (told["state"], told["score"], told["low"], told["high"]) == ("failed", None, None, None)
    # Restored, it stays shown, and nothing odd is written.
    save(database, generated(level=5))
    review.restore(TRUSTED, database.engine, INTERVIEW, 2, write_back=True)
    found = shown(database)
    assert found.version is not None
    assert found.version.origin.restored == 2
    assert found.breakdown is not None
    assert found.breakdown.skill_breakdown["technical"].score is None
    assert platform_row(database)["technical_score"] == 1.0


def test_a_score_with_a_range_beyond_the_scale_stays_one(people: World) -> None:
    save(people.database, generated())
    spoil(people.database, 2, score=0.0, low=-0.25, high=0.25)
    told = answered(people, f"/interviews/{INTERVIEW}/skills/versions/2")["skill_breakdown"]["technical"]
    assert (told["state"], told["score"], told["low"], told["high"]) == ("scored", 0.0, None, None)
    assert read_version(versions_of(people.database)[0]).skill_breakdown["communication"].low is not None


def test_set_up_removes_what_was_kept_as_scores_and_summarises_those_people_anew(people: World) -> None:
    database = people.database
    save(database, generated())
    technical = version_scores.c.skill == "technical"
    levels = {key: [0.5, 0.1, 0.2] for key in ("technical", "communication")}
    with writing(database.engine) as db:
        bridges.learn(db)
        db.execute(sa.delete(stale_candidates))
        db.execute(sa.update(version_scores).where(technical, version_scores.c.score < 1).values(score=-0.25))
        impossible = json.dumps(levels | {"technical": [0.1, 0.4, -1.3333]})
        for user_id, stored in ((12, impossible), (13, json.dumps(levels))):
            theirs = candidate_summaries.c.user_id == user_id
            db.execute(sa.update(candidate_summaries).where(theirs).values(levels=stored))
    with writing(database.engine) as db, Operations.context(MigrationContext.configure(db)):
        scores_of_the_scale.upgrade()
    with database.engine.connect() as connection:
        left = connection.execute(sa.select(version_scores.c.skill, version_scores.c.score)).all()
        stale = set(connection.execute(sa.select(stale_candidates.c.user_id)).scalars())
        due = connection.execute(
            sa.select(cohort_figures.c.changed).where(cohort_figures.c.name == bridges.NAME)
        ).scalar()
    assert "technical" not in {row.skill for row in left}
    assert len(left) == 6
    assert all(0 <= row.score <= 1 for row in left)
    assert stale == {11, 12}
    assert due == 1
