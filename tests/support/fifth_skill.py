"""Walk through a copy of the program that has a fifth skill: `python -m tests.support.fifth_skill URL PLATFORM_URL`.

What is found missing ends it with an error.
"""

from __future__ import annotations

import os
import sys

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown import FeedbackGenerator
from analytics.charts.comparison import comparison
from analytics.charts.progression import progression
from analytics.charts.radar import radar
from analytics.database.engine import create_engine_for
from analytics.database.schema import skill_scores
from analytics.database.sessions import reading
from analytics.interviewlab.feedback import read_feedback
from analytics.interviewlab.tables import interviews
from analytics.queries.candidates import skill_history
from analytics.queries.interviews import compared_records
from analytics.roster.order import Sort
from analytics.roster.page import page
from analytics.roster.refresh import refresh
from analytics.service import InterviewAnalytics
from analytics.setup.install import list_missing, set_up
from analytics.skills import SKILL_KEYS
from tests.support.api_client import bearer, client, platform_token
from tests.support.databases import Database, _create_platform
from tests.support.doubles import SETTINGS, Double, conversation, honest
from tests.support.visitor import dashboard_of
from tests.support.world import PEOPLE, World, feedback, populate

NEW = "leadership"
SCORES = (0.4, 0.6, 0.8)


def fill(database: Database) -> World:
    """The world, with scores of the fifth skill for one person."""
    _create_platform(database.platform_engine)
    set_up(database.engine)
    assert list_missing(database.engine) == []
    world = populate(database)
    person = PEOPLE["interviewee"]
    with database.platform_engine.begin() as connection:
        for number, score in zip(person.interviews, SCORES, strict=True):
            given = feedback(0.5, person.word) | {f"{NEW}_score": score}
            given["skill_breakdown"][NEW] = {"score": score, "strengths": ["Leads the way."]}
            change = sa.update(interviews).where(interviews.c.id == number)
            connection.execute(change.values(feedback=given, conversation_history=conversation()))
    set_up(database.engine)
    return world


def walk(world: World) -> None:
    """Read, store, list, compare, draw and answer the fifth skill."""
    engine, person = world.database.engine, PEOPLE["interviewee"]
    assert len(SKILL_KEYS) == 5
    read = read_feedback({f"{NEW}_score": 0.7}).skills[NEW]
    assert read.score == 0.7
    with engine.connect() as connection:
        stored = sa.select(skill_scores.c.score).where(skill_scores.c.skill == NEW, skill_scores.c.user_id == 11)
        scores = sorted(connection.execute(stored).scalars())
        assert scores == list(SCORES), scores
    analytics = InterviewAnalytics(TRUSTED)
    with reading(engine) as db:
        history = skill_history(TRUSTED, db, person.user_id) or []
        assert [point.score for point in analytics.get_skill_progression(person.user_id, db)[NEW]] == list(SCORES)
        averages = analytics.get_skill_averages(person.user_id, db)
        assert averages[NEW] == pytest.approx(0.6)
        assert NEW in analytics.get_skill_trends(person.user_id, db)
        assert analytics.get_skill_breakdown(person.interviews[0], db)[NEW].strengths == ("Leads the way.",)
        assert list(analytics.get_skill_comparison(person.interviews[:2], db)[NEW].values()) == [0.4, 0.6]
        records = compared_records(TRUSTED, db, person.interviews[:2])
    drawn = progression(history).figure.data
    assert "Leadership" in [trace.name for trace in drawn]
    (axes,) = {tuple(dict.fromkeys(trace.theta)) for trace in radar({"All": averages}).figure.data}
    assert len(axes) == 5
    assert any("Leadership" in list(trace.x) for trace in comparison(records, {}).figure.data)


def rosters(world: World) -> None:
    with reading(world.database.engine) as db:
        listed = page(TRUSTED, db, sort=Sort(NEW), descending=True).rows
        assert listed[0].averages[NEW] == pytest.approx(0.6)
        assert NEW in listed[0].trends
        assert page(TRUSTED, db, sort=Sort(f"{NEW}_trend")).rows


def breakdowns() -> None:
    settings = SETTINGS.model_copy(update={"samples": 1})
    made = FeedbackGenerator(settings, client=Double(honest, settings)).generate_feedback(conversation())
    assert made.skill_breakdown[NEW].score == 0.5
    assert made.skill_breakdown[NEW].claims
    offline = FeedbackGenerator().generate_feedback(conversation())
    assert offline.skill_breakdown[NEW].score is None


def answers(world: World) -> None:
    asked = client(world)
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    skills = asked.get("/api/v1/interviews/101/skills", headers=headers).json()["skill_breakdown"]
    assert skills[NEW]["score"] == 0.4
    row = asked.get(f"/api/v1/candidates?skill={NEW}&below=0.9", headers=headers).json()["candidates"][0]
    assert row["averages"][NEW] == pytest.approx(0.6)
    assert NEW in asked.get("/api/v1/openapi.json").json()["components"]["schemas"]["Progression"]["required"]


def pages(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch, dashboard_of(patch, DATABASE_URL=world.database.url) as visitor:
        assert "Leadership" in visitor.open("candidates").text
        for name, address in (("candidate", {"candidate": "11"}), ("compare", {"interviews": "101,102"})):
            assert "Leadership" in str(visitor.open(name, **address).figure())
        assert "Leadership" in visitor.open("interview", interview="101").text


def main(url: str, platform_url: str) -> None:
    for name in ("DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        os.environ.pop(name, None)
    database = Database(url, platform_url, create_engine_for(url), sa.create_engine(platform_url))
    world = fill(database)
    walk(world)
    with database.engine.begin() as connection:
        while refresh(connection):
            pass
    rosters(world)
    breakdowns()
    answers(world)
    pages(world)
    print("The fifth skill is everywhere.")


if __name__ == "__main__":
    main(*sys.argv[1:])
