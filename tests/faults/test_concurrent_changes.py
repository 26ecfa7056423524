"""Others go on while a breakdown is made: they press too, the platform writes the same row, the interview changes."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access import audit
from analytics.access.viewer import TRUSTED
from analytics.breakdown import FeedbackGenerator, transcript_hash
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.versions import locking, save
from analytics.breakdown.versions.diff import Newer
from analytics.breakdown.versions.shown import ShownBreakdown, history, shown_breakdown
from analytics.breakdown.versions.version import Source
from analytics.database.errors import DatabaseError
from analytics.database.json_text import parse_json
from analytics.database.schema import skill_scores
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from tests.support import world
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, Double, conversation, honest, message
from tests.support.jobs import CALLS, ended, model, working
from tests.support.model_server import ModelServer, prompt_of, sensible_answer
from tests.support.visitor import Visitor, dashboard_of
from tests.support.waiting import wait_until

INTERVIEW = 101


@pytest.fixture
def visitor(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """An admin before the pages."""
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as somebody:
        yield somebody


class Gate:
    """A model that answers when it may."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def __call__(self, prompt: str) -> dict[str, Any]:
        assert self.open.wait(60)
        return sensible_answer(prompt)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def server(gate: Gate) -> Iterator[ModelServer]:
    with ModelServer(answer=gate) as started:
        yield started


class Counting:
    """The platform, which counts in the feedback of the same interview, over and over, as it finds it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._count)
        self.counted = 0

    def once(self) -> None:
        row = sa.select(interviews.c.feedback).where(interviews.c.id == INTERVIEW)
        with self._database.platform_engine.connect() as connection:
            if self._database.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            feedback = connection.execute(row.with_for_update()).scalar_one()
            counted = {**feedback, "summary": f"counted {self.counted + 1}", "counted": feedback.get("counted", 0) + 1}
            connection.execute(sa.update(interviews).where(interviews.c.id == INTERVIEW).values(feedback=counted))
            connection.commit()
        self.counted += 1

    def _count(self) -> None:
        while not self._ending.wait(0.005):
            self.once()

    def __enter__(self) -> Counting:
        self._thread.start()
        return self

    def __exit__(self, *_how: object) -> None:
        self._ending.set()
        self._thread.join()


def platform_row(database: Database) -> dict[str, Any]:
    text = sa.select(sa.cast(interviews.c.feedback, sa.Text)).where(interviews.c.id == INTERVIEW)
    with database.platform_engine.connect() as connection:
        found = parse_json(connection.execute(text).scalar_one())
    assert isinstance(found, dict)
    return found


def scores(database: Database) -> dict[str, float | None]:
    """The scores that the charts draw."""
    statement = sa.select(skill_scores.c.skill, skill_scores.c.score).where(skill_scores.c.interview_id == INTERVIEW)
    with database.engine.connect() as connection:
        return {row.skill: row.score for row in connection.execute(statement)}


def shown(database: Database) -> ShownBreakdown:
    with reading(database.engine) as db:
        found = shown_breakdown(TRUSTED, db, INTERVIEW)
    assert found is not None
    return found


def numbers(database: Database) -> list[int]:
    with reading(database.engine) as db:
        return [version.number for version in history(TRUSTED, db, INTERVIEW)]


def test_twenty_presses_of_two_people_are_one_job_and_the_platform_counts_on(
    database: Database, people: world.World, server: ModelServer, gate: Gate
) -> None:
    start = threading.Barrier(20)

    def press(who: str) -> str:
        start.wait(30)
        return at_work.press(people.viewer(who), INTERVIEW).id

    with working(database, model(server.url)) as at_work, Counting(database) as platform:
        wait_until(lambda: at_work.unavailable() is None, "the jobs")
        with ThreadPoolExecutor(20) as pool:
            pressed = set(pool.map(press, ["coach", "admin"] * 10))
        assert len(pressed) == 1
        gate.open.set()
        done = ended(database, pressed.pop())
        counted = platform.counted
        wait_until(lambda: platform.counted > counted, "the platform to go on")
    assert done.state is JobState.FINISHED
    assert len(server.requests) == CALLS
    assert numbers(database) == [2, 1]
    with reading(database.engine) as db:
        trail = [row.action for row in audit.trail(TRUSTED, db) if row.interview_id == INTERVIEW]
    assert trail == ["generate breakdown", "start breakdown"]
    # Nothing the platform wrote before, meanwhile or afterwards is lost, and nothing that we wrote.
    row, found = platform_row(database), shown(database)
    assert (row["counted"], row["summary"]) == (platform.counted, f"counted {platform.counted}")
    assert found.version is not None
    assert found.version.number == 2
    assert found.breakdown is not None
    made = {key: skill.score for key, skill in found.breakdown.skill_breakdown.items()}
    assert {key: row[f"{key}_score"] for key in SKILL_KEYS} == made == scores(database)


def save_while(
    database: Database, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None], *, write_back: bool = True
) -> bool:
    """Save while the platform writes between our reading and our writing; tells whether it had to wait for us."""
    feedback = FeedbackGenerator(SETTINGS, client=Double(honest)).generate_feedback(conversation())
    show = save.show
    waited = False

    def showing(*arguments: Any) -> None:
        nonlocal waited
        thread.start()
        thread.join(0.5)
        waited = thread.is_alive()
        show(*arguments)

    thread = threading.Thread(target=meanwhile)
    with monkeypatch.context() as patch:
        patch.setattr(save, "show", showing)
        save.save(
            database.engine, INTERVIEW, feedback, version_id=str(uuid.uuid4()), by="someone", write_back=write_back
        )
    thread.join(10)
    return waited


def test_what_the_platform_writes_while_we_write_comes_after_it(
    database: Database, people: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert save_while(database, monkeypatch, Counting(database).once)
    row = platform_row(database)
    assert (row["counted"], row["technical_score"]) == (1, 0.5)
    assert scores(database)["technical"] == 0.5


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_without_holding_the_row_it_would_be_lost(
    database: Database, people: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save, "lock", lambda connection, number, _write_back: locking.lock(connection, number, False))
    assert not save_while(database, monkeypatch, Counting(database).once)
    assert "counted" not in platform_row(database)


def test_where_nothing_is_written_back_page_and_charts_agree(
    database: Database, people: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer() -> None:
        with database.platform_engine.begin() as connection:
            statement = sa.update(interviews).where(interviews.c.id == INTERVIEW)
            connection.execute(statement.values(feedback=world.feedback(0.3, "anise")))

    if database.dialect == "sqlite":
        assert save_while(database, monkeypatch, newer, write_back=False)
    else:
        # Nobody holds the platform's row where we may have no right to it.
        with pytest.raises(DatabaseError, match="has just changed this interview"):
            save_while(database, monkeypatch, newer, write_back=False)
        assert numbers(database) == []
    found = shown(database)
    assert platform_row(database)["summary"] == found.feedback.summary == "summary anise"
    assert {key: skill.score for key, skill in found.feedback.skills.items()} == scores(database)
    assert scores(database)["technical"] == 0.3


def test_an_interview_that_changes_while_it_is_read_is_out_of_date_at_once(
    database: Database, people: world.World, server: ModelServer, gate: Gate, visitor: Visitor
) -> None:
    longer = [*conversation(), message("user", "One more thing came to my mind about zucchini.")]
    newer = world.feedback(0.3, "anise")
    with working(database, model(server.url)) as at_work:
        pressed = at_work.press(people.viewer("coach"), INTERVIEW)
        # The first call goes ahead of the others, and the gate holds it.
        wait_until(lambda: len(server.requests) == 1, "the first call")
        with database.platform_engine.begin() as connection:
            row = sa.update(interviews).where(interviews.c.id == INTERVIEW)
            connection.execute(row.values(conversation_history=longer, feedback=newer))
        gate.open.set()
        assert ended(database, pressed.id).state is JobState.FINISHED
        found = shown(database)
        assert found.version is not None
        # It says which text it read, and nothing of the new one is mixed in.
        read, now = (transcript_hash(text) for text in (conversation(), longer))
        assert (found.version.origin.transcript_hash, found.version.number) == (read, 2)
        assert read != now
        assert not any("zucchini" in prompt_of(body) for body in server.requests)
        # What the platform stored meanwhile is what it replaced, and kept.
        with reading(database.engine) as db:
            first = history(TRUSTED, db, INTERVIEW)[-1]
        assert (first.source, parse_json(first.stored)) == (Source.PLATFORM, newer)
        assert platform_row(database)["summary"] == "summary anise"
        assert any(Newer.TRANSCRIPT in said for said in visitor.open("interview", interview=str(INTERVIEW)).warnings)

        again = at_work.press(people.viewer("coach"), INTERVIEW)
        assert ended(database, again.id).state is JobState.FINISHED
    found = shown(database)
    assert found.version is not None
    assert (found.version.origin.transcript_hash, found.version.number) == (now, 3)
    assert any("zucchini" in prompt_of(body) for body in server.requests)
    page = visitor.open("interview", interview=str(INTERVIEW))
    assert not any(Newer.TRANSCRIPT in said for said in page.warnings)
