"""The library in an asynchronous server: the router of docs/library.md on asyncpg and psycopg, and the same answers."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from analytics import aio, service
from analytics.access.viewer import NotAllowedError
from analytics.breakdown import ModelSettings, Outcome
from analytics.database.sessions import reading
from analytics.interviewlab.feedback import SkillBreakdown
from analytics.verdicts.verdicts import InterviewVerdicts
from analytics.views.reviews import ReviewsView
from tests.support.doubles import conversation
from tests.support.jobs import model
from tests.support.model_server import ModelServer
from tests.support.waiting import wait_until
from tests.support.world import PEOPLE, World

ROOT = Path(__file__).parents[1]
THEM, OTHER = PEOPLE["interviewee"], PEOPLE["other interviewee"]
DRIVERS = ("asyncpg", "psycopg")
T = TypeVar("T")
postgresql = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


def snippet() -> dict[str, Any]:
    """Run the router as the document shows it."""
    (code, *_) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(code, "docs/library.md", "exec"), names)
    return names


async def with_sessions(
    world: World, driver: str, work: Callable[[async_sessionmaker[AsyncSession]], Awaitable[T]]
) -> T:
    """Work on an engine of the platform's own role."""
    url = sa.make_url(world.database.platform_url).set(drivername=f"postgresql+{driver}")
    engine = create_async_engine(url)
    try:
        return await work(async_sessionmaker(engine))
    finally:
        await engine.dispose()


@postgresql
@pytest.mark.parametrize("driver", DRIVERS)
def test_the_router_of_the_document_answers(world: World, driver: str) -> None:
    router = snippet()
    app = FastAPI()
    router["add_to"](app)

    async def asked(sessions: async_sessionmaker[AsyncSession]) -> list[httpx.Response]:
        app.state.sessions = sessions
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            paths = (
                "/analytics/skills/progression",
                f"/analytics/skills/compare?interview_ids={THEM.interviews[0]}&interview_ids={THEM.interviews[1]}",
                f"/{THEM.interviews[0]}/skills",
                f"/{OTHER.interviews[0]}/skills",
                f"/analytics/skills/compare?interview_ids={THEM.interviews[0]}&interview_ids={OTHER.interviews[0]}",
            )
            refused = await client.get(f"/interviews{paths[0]}")
            app.dependency_overrides[router["current_user_id"]] = lambda: THEM.user_id
            return [refused, *[await client.get(f"/interviews{path}") for path in paths]]

    refused, progression, comparison, skills, *others = asyncio.run(with_sessions(world, driver, asked))
    assert refused.status_code == 401
    assert [answer.status_code for answer in (progression, comparison, skills)] == [200] * 3
    first = progression.json()["technical"][0]
    assert first == {
        "interview_id": THEM.interviews[0],
        "interview_title": f"Round 1 {THEM.word}",
        "date": first["date"],
        "score": 0.5,
        "judge": "platform",
        "judged_at": None,
        "verdict": None,
    }
    assert comparison.json()["communication"] == {str(THEM.interviews[0]): 0.5, str(THEM.interviews[1]): 0.6}
    assert skills.json()["technical"]["strengths"] == [f"strengths about {THEM.word}"]
    assert [answer.status_code for answer in others] == [404, 404]
    assert OTHER.word not in "".join(answer.text for answer in others)


def synchronous(value: Any) -> Any:
    """The service's own answer, turned into JSON by hand."""
    if isinstance(value, service.SkillDataPoint):
        return value._asdict()
    if isinstance(value, SkillBreakdown | service.InterviewInsights | InterviewVerdicts | ReviewsView):
        return asdict(value)
    if isinstance(value, service.UserAnalytics):
        held = value.as_dict()
        return held | {"improvement_trend": [point._asdict() for point in value.improvement_trend]}
    if isinstance(value, dict):
        return {key: synchronous(part) for key, part in value.items()}
    return [synchronous(part) for part in value] if isinstance(value, list) else value


@postgresql
@pytest.mark.parametrize("driver", DRIVERS)
def test_every_method_answers_as_the_service_does_and_in_json(world: World, driver: str) -> None:
    asked: dict[str, Any] = {
        "get_skill_progression": THEM.user_id,
        "get_skill_averages": THEM.user_id,
        "get_skill_comparison": list(THEM.interviews),
        "get_score_differences": list(THEM.interviews),
        "get_skill_breakdown": THEM.interviews[0],
        "get_interview_insights": THEM.interviews[0],
        "get_user_analytics": THEM.user_id,
        "get_verdicts": THEM.interviews[0],
        "get_reviews": THEM.interviews[0],
    }
    analytics = aio.InterviewAnalytics()
    # How far the judge may be trusted is about nobody in particular, and asked for below.
    assert {*asked, "get_judge_agreement"} == {name for name in dir(analytics) if name.startswith("get_")}

    async def work(sessions: async_sessionmaker[AsyncSession]) -> dict[str, Any]:
        async with sessions() as db:
            agreement = await analytics.get_judge_agreement(db)
            with pytest.raises(NotAllowedError):
                await aio.InterviewAnalytics(world.viewer("interviewee")).get_judge_agreement(db)
        assert (agreement["levels"], json.loads(json.dumps(agreement))) == (0, agreement)
        answers = {}
        for name, what in asked.items():
            async with sessions() as db:
                answers[name] = await getattr(analytics, name)(what, db)
                with pytest.raises(aio.NotFoundError):
                    await getattr(analytics, name)([999] if isinstance(what, list) else 999, db)
        return answers

    answers = asyncio.run(with_sessions(world, driver, work))
    with reading(world.database.engine) as db:
        for name, what in asked.items():
            expected = synchronous(getattr(service.InterviewAnalytics(), name)(what, db))
            # Nothing of it needs help to become JSON; moments are written with their zone.
            written = json.dumps(answers[name])
            assert json.loads(written) == json.loads(json.dumps(expected, default=lambda moment: moment.isoformat()))


def test_a_breakdown_is_made_and_written_for_the_platform() -> None:
    submissions = [
        {"code": "def f(x):\n    return x + 1\n", "language": "python", "code_quality": {"quality_score": 1}}
    ]

    async def work() -> aio.InterviewFeedback:
        generator = aio.FeedbackGenerator(ModelSettings())
        return await generator.generate_feedback(
            conversation(code=False), {"profile": "An engineer."}, "A job", submissions, ["caches"]
        )

    made = asyncio.run(work())
    stored = made.to_platform({"summary": "kept", "topics_covered": ["old"]})
    assert stored["topics_covered"] == ["caches"]
    assert stored["summary"] == "kept"
    assert stored["code_submissions_count"] == made.submissions == 1
    assert made.skill_breakdown["code_quality"].reason is not Outcome.NO_CODE
    assert "topics_covered" not in json.loads(made.to_json())


@pytest.mark.heavy
def test_the_event_loop_goes_on_and_a_cancelled_one_asks_no_more() -> None:
    with ModelServer() as server:
        server.tell([{"hang": 1}] * 200)

        async def work() -> int:
            generator = aio.FeedbackGenerator(model(server.url))
            made = asyncio.create_task(generator.generate_feedback(conversation()))
            ticks = 0
            while len(server.requests) < 2:
                await asyncio.sleep(0.01)
                ticks += 1
            made.cancel()
            with pytest.raises(asyncio.CancelledError):
                await made
            return ticks

        assert asyncio.run(work()) > 1
        wait_until(
            lambda: not any(thread.name.startswith("breakdown") for thread in threading.enumerate()), "the threads"
        )
        assert len(server.requests) <= 4
