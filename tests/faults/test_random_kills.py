"""The process is killed at random moments of a regeneration: a job ends once, and no stored answer is paid twice."""

from __future__ import annotations

import contextlib
import random
import re
import sqlite3
import string
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.breakdown import ModelSettings
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.jobs.workflow import MOST_RESTARTS
from analytics.breakdown.versions.shown import history, shown_breakdown
from analytics.database.schema import audit
from analytics.database.sessions import reading
from analytics.skills import SKILLS
from tests.support import killed_worker, world
from tests.support.databases import Database
from tests.support.doubles import conversation, message
from tests.support.jobs import job, model
from tests.support.model_server import ModelServer, marked_answer, prompt_of
from tests.support.platform_rows import add, interview
from tests.support.waiting import wait_until

MOMENTS = {"postgresql": 50, "sqlite": 15}
SEED = 20_261_122
SLOWLY = 0.03
# The share of moments that come before a process is at work.
LAUNCHING = 0.2
# The number of the first process that is killed.
FIRST = 2
# Claims for each skill, one of them asked again, their support, levels in one order and by the claims alone.
CALLS = 4 + 1 + 1 + 1 + 1
# No word of a prompt begins like this.
_MARK = re.compile(r"\b(zmark[a-z]{2})\b")
_SKILL = re.compile(r'skill "([^"]+)"')
_KEYS = {skill.label: skill.key for skill in SKILLS}
UNFOUNDED = {
    "strengths": [{"ids": ["S99"], "text": "Says something that is nowhere in this interview."}],
    "weaknesses": [],
    "recommendations": [],
}

Step = tuple[str, str]


def answer(prompt: str) -> dict[str, Any]:
    """Answer after a moment; the first points for one skill cite what is not there, so that they are asked again."""
    time.sleep(SLOWLY)
    if step_of(prompt)[1] == "gather technical 0":
        return UNFOUNDED
    return marked_answer(prompt, step_of(prompt)[0])


def step_of(prompt: str) -> Step:
    """Tell which step of which interview a prompt is."""
    mark, skill = _MARK.search(prompt), _SKILL.search(prompt)
    assert mark
    if '{"verdicts": [' in prompt:
        return mark[1], "support"
    if '{"level": 3}' in prompt:
        return mark[1], "rate all 0" if "S1 | " in prompt else "rate by claims"
    assert skill
    key = _KEYS[skill[1]]
    return mark[1], f"repair {key}" if "You have answered this task before." in prompt else f"gather {key} 0"


def mark_of(place: int) -> str:
    return "zmark" + string.ascii_lowercase[place // 26] + string.ascii_lowercase[place % 26]


def settings_of(server: ModelServer, attempt: int) -> ModelSettings:
    """Let each process be known to the server by its key."""
    return ModelSettings(
        **model(server.url).model_dump() | {"samples": 1, "concurrency": 4, "api_key": f"attempt-{attempt}"}
    )


def press(database: Database, place: int) -> str:
    """Press for a new interview; gives the job's id."""
    said = [*conversation(), message("user", f"The project was called {mark_of(place)}.")]
    add(database.platform_engine, rows=[interview(1000 + place, 11, conversation_history=said, feedback={})])
    return store.request(TRUSTED, database.engine, 1000 + place).id


def stored_steps(database: Database) -> set[tuple[str, str]]:
    """Give what the dead process has stored, as pairs of a job and a step's name."""
    statement = "SELECT workflow_uuid, function_name FROM {}operation_outputs"
    if database.dialect == "postgresql":
        with database.engine.connect() as connection:
            found = connection.execute(sa.text(statement.format("skill_analytics_jobs.")))
            return {(row[0], row[1]) for row in found}
    with contextlib.closing(sqlite3.connect(f"{database.engine.url.database}-jobs")) as connection:
        return set(connection.execute(statement.format("")))


def requests_of(server: ModelServer) -> list[tuple[int, Step]]:
    """Give which process asked for which step, in their order."""
    attempts = [int(headers["authorization"].rsplit("-", 1)[1]) for headers in server.headers]
    return [(attempt, step_of(prompt_of(body))) for attempt, body in zip(attempts, server.requests, strict=True)]


def undisturbed(database: Database, server: ModelServer, number: int) -> tuple[float, float]:
    """Work off one job; gives the seconds from the start of the process to that of the job, and to its end."""
    job_id = press(database, number)
    process = killed_worker.start(database.url, settings_of(server, number))
    began = time.monotonic()
    working = moment_of(lambda: job(database, job_id).started_at is not None) - began
    ended = moment_of(lambda: not job(database, job_id).is_open) - began
    assert killed_worker.ended(process) == 0
    return working, ended


def moment_of(condition: Callable[[], bool]) -> float:
    """Wait for something to happen; returns the moment."""
    wait_until(condition, "a process that works")
    return time.monotonic()


@dataclass
class Strikes:
    """What became of jobs whose processes were killed, one at each of so many moments.

    `pressed` are the jobs by the number of the process that was killed after they were pressed, `stored` what the
    database held when it was dead, `asked` who asked for which step, `middle` how often its job was not finished then,
    `struck` how often each job was open when a process died, and `given_up` the numbers of those that ended for it.
    """

    told: str = ""
    pressed: dict[int, str] = field(default_factory=dict)
    stored: dict[int, set[tuple[str, str]]] = field(default_factory=dict)
    asked: list[tuple[int, Step]] = field(default_factory=list)
    middle: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    given_up: set[int] = field(default_factory=set)


def strike(database: Database, count: int) -> Strikes:
    """Press so often, and kill each time at another moment; whatever was left is worked off by the next process."""
    world.populate(database)
    chance = random.Random(SEED)
    # One moment in each of so many equal pieces of a run, in a random order.
    parts = [(piece + chance.random()) / count for piece in range(count)]
    chance.shuffle(parts)
    strikes = Strikes()
    with ModelServer(answer=answer) as server:
        # The first one waits for the process that all others are copies of.
        undisturbed(database, server, 0)
        launch, length = undisturbed(database, server, 1)
        assert len(server.requests) == 2 * CALLS
        server.forget()
        for number, part in enumerate(parts, FIRST):
            job_id = strikes.pressed[number] = press(database, number)
            process = killed_worker.start(database.url, settings_of(server, number))
            moment = part / LAUNCHING * launch
            if part >= LAUNCHING:
                # Behind the start of the work, however long that takes this time.
                wait_until(lambda: job(database, job_id).started_at is not None, "a process that works")  # noqa: B023
                moment = (part - LAUNCHING) / (1 - LAUNCHING) * (length - launch)
            process.join(moment)
            process.kill()
            assert killed_worker.ended(process) in (0, killed_worker.STRUCK["kill"])
            strikes.stored[number] = stored_steps(database)
            strikes.middle += job(database, job_id).is_open
            strikes.struck.update(left.id for left in store.open_jobs(database.engine))
        assert killed_worker.ended(killed_worker.start(database.url, settings_of(server, FIRST + count))) == 0
        strikes.asked = requests_of(server)
    strikes.told = f"seed {SEED}, parts {[round(part, 3) for part in parts]} of {launch:.3f} and {length:.3f} s"
    return strikes


def test_killed_at_random_moments(database: Database) -> None:
    count = MOMENTS[database.dialect]
    strikes = strike(database, count)
    # They came in the middle of the work.
    assert strikes.middle >= count // 5, strikes.told
    assert store.open_jobs(database.engine) == []
    states = {number: job(database, job_id).state for number, job_id in strikes.pressed.items()}
    strikes.given_up = {number for number, state in states.items() if state is JobState.FAILED}
    # Where the machine became slower than it was measured to be, a job is caught by one process after another.
    assert len(strikes.given_up) <= count // 10, strikes.told
    for number, job_id in strikes.pressed.items():
        if number in strikes.given_up:
            check_given_up(database, number, job_id, strikes)
        else:
            check(database, number, job_id, strikes.told)
    check_bills(strikes)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_what_is_stored_there_would_be_a_second_bill(database: Database) -> None:
    world.populate(database)
    strikes = Strikes()
    with ModelServer(answer=answer) as server:
        for number, forgets in ((2, False), (4, True)):
            strikes.pressed[number] = press(database, number)
            process = killed_worker.start(database.url, settings_of(server, number), 5, "kill")
            assert killed_worker.ended(process) == killed_worker.STRUCK["kill"]
            strikes.stored[number] = stored_steps(database)
            if forgets:
                with database.engine.begin() as connection:
                    connection.execute(sa.text("DELETE FROM skill_analytics_jobs.operation_outputs"))
            assert killed_worker.ended(killed_worker.start(database.url, settings_of(server, number + 1))) == 0
            check(database, number, strikes.pressed[number], strikes.told)
            strikes.asked = requests_of(server)
            if not forgets:
                check_bills(strikes)
    with pytest.raises(AssertionError, match="stored by"):
        check_bills(strikes)


def check(database: Database, place: int, job_id: str, told: str) -> None:
    """Show that a job ended once, and that what it left is one version."""
    done = job(database, job_id)
    assert done.state is JobState.FINISHED, f"{done.sentence} {told}"
    with reading(database.engine) as db:
        found = history(TRUSTED, db, 1000 + place)
        shown = shown_breakdown(TRUSTED, db, 1000 + place)
        trail = sa.select(audit.c.action).where(audit.c.interview_id == 1000 + place).order_by(audit.c.id)
        actions = db.execute(trail).scalars().all()
    assert [version.number for version in found] == [2, 1], told
    assert found[0].id == done.version_id
    assert found[0].origin.usage.calls == CALLS, told
    assert shown is not None
    assert shown.version == found[0]
    assert actions == ["start breakdown", "generate breakdown"], told


def check_given_up(database: Database, place: int, job_id: str, strikes: Strikes) -> None:
    """Show that a job ended because it was interrupted too often, and left nothing."""
    assert strikes.struck[job_id] > MOST_RESTARTS, strikes.told
    assert job(database, job_id).sentence.startswith("This breakdown was interrupted too often"), strikes.told
    with reading(database.engine) as db:
        assert history(TRUSTED, db, 1000 + place) == [], strikes.told


def check_bills(strikes: Strikes) -> None:
    """Show that every step was asked for, by no process twice, and never once its answer was stored."""
    by_step: dict[Step, list[int]] = {}
    for number, step in strikes.asked:
        by_step.setdefault(step, []).append(number)
    unfinished = {mark_of(number) for number in strikes.given_up}
    finished_steps = [step for step in by_step if step[0] not in unfinished]
    assert len(finished_steps) == (len(strikes.pressed) - len(strikes.given_up)) * CALLS, strikes.told
    job_ids = {mark_of(number): job_id for number, job_id in strikes.pressed.items()}
    for (mark, name), numbers in by_step.items():
        assert len(set(numbers)) == len(numbers), f"{name} of {mark} asked by {numbers}; {strikes.told}"
        for number, steps in strikes.stored.items():
            if (job_ids[mark], name) in steps:
                assert max(numbers) <= number, (
                    f"{name} of {mark} stored by {number}, asked by {numbers}; {strikes.told}"
                )
