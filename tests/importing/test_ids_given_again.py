"""What is noted of an interview is about that one, whatever its date, and never about another that has its id."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from analytics.access.orphans import remove_all
from analytics.access.private import private_among
from analytics.breakdown.versions import save
from analytics.coaching.notes import Visibility, write_note
from analytics.columns import now
from analytics.database.engine import create_engine_for
from analytics.database.schema import (
    added_interviews,
    audit,
    candidate_summaries,
    interview_tags,
    ours,
    stale_candidates,
)
from analytics.database.sessions import reading, writing
from analytics.importing.add import Details, Person, add_interview, recognise
from analytics.importing.lines import Line
from analytics.importing.tags import set_tags, tag_by_title
from analytics.importing.write import import_lines, people_of
from analytics.interviewlab.tables import interviews
from analytics.queries import interviews as queries
from analytics.queries.tags import Label, Tags, find_adder, label, tags_of
from analytics.roster.refresh import refresh
from analytics.verdicts.verdicts import give_verdict
from tests.support.breakdowns import generated
from tests.support.platform_rows import interview
from tests.support.waiting import wait_until
from tests.support.world import PEOPLE, World

dated_ahead = import_module("analytics.database.migrations.versions.0025_dated_ahead")
SAID = "Ada: Why a queue?\nGrace: It absorbs peaks. I measured 40 requests a second.\n"
OTHER = SAID.replace("queue", "log")
HELD = datetime(2026, 3, 2, 11, tzinfo=UTC)
THEM = PEOPLE["interviewee"].user_id


@pytest.fixture
def owning(world: World) -> sa.Engine:
    """Our role, with the rights to add."""
    world.database.allow_adding()
    return world.database.engine


def added(
    world: World, engine: sa.Engine, who: str, held_at: datetime, *, practice: bool = False, said: str = SAID
) -> int:
    viewer = replace(world.viewer(who), adds_own=True)
    details = Details("Round of Ada", held_at, Tags("coding", 4), practice=practice)
    with writing(engine) as db:
        return add_interview(
            viewer, db, recognise(said), "Grace", person=Person(user_id=THEM), details=details
        ).interview_id


def give_again(world: World, number: int, user_id: int) -> None:
    """Delete an interview as the platform does, and give its id to one of the platform's own."""
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == number))
        made = {"created_at": now(), "title": "The platform's own"}
        connection.execute(sa.insert(interviews), [interview(number, user_id, **made)])


def test_practice_that_is_dated_ahead_stays_practice(world: World, owning: sa.Engine) -> None:
    number = added(world, owning, "interviewee", now() + timedelta(hours=3), practice=True)
    with writing(owning) as db:
        remove_all(db)
    with reading(owning) as db:
        assert number in private_among(db, THEM)
        assert queries.interview(world.viewer("coach"), db, number) is None
        assert tags_of(world.viewer("interviewee"), db, THEM)[number] == Tags("coding", 4)


def test_tags_and_who_added_it_are_not_those_of_the_interview_before(world: World, owning: sa.Engine) -> None:
    coach = world.viewer("coach")
    number = added(world, owning, "coach", HELD)
    with reading(owning) as db:
        assert label(coach, db, number).tags == Tags("coding", 4)
        assert find_adder(coach, db, number) is not None
    give_again(world, number, THEM)
    with reading(owning) as db:
        assert label(coach, db, number) == Label()
        assert find_adder(coach, db, number) is None
        assert number not in tags_of(coach, db, THEM)
    with writing(owning) as db:
        assert tag_by_title(coach, db, "The platform's*", Tags(difficulty=2)) == 1
        # It has them now.
        assert tag_by_title(coach, db, "The platform's*", Tags(difficulty=2)) == 0
    with reading(owning) as db:
        assert label(coach, db, number).tags == Tags(None, 2)
    # The file is a new one again.
    assert added(world, owning, "coach", HELD) != number


def noted(engine: sa.Engine, number: int) -> list[int]:
    """Count what is noted of an id: who added it, and its tags."""
    with reading(engine) as db:
        tables = (added_interviews, interview_tags)
        counts = (sa.select(sa.func.count()).where(table.c.interview_id == number) for table in tables)
        return [db.execute(count).scalar_one() for count in counts]


def test_what_was_noted_of_the_interview_before_is_deleted(world: World, owning: sa.Engine) -> None:
    number = added(world, owning, "coach", HELD)
    give_again(world, number, THEM)
    kept = added(world, owning, "interviewee", HELD, said=OTHER)
    assert noted(owning, number) == noted(owning, kept) == [1, 1]
    with writing(owning) as db:
        remove_all(db)
    assert (noted(owning, number), noted(owning, kept)) == ([0, 0], [1, 1])


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_line_takes_over_nothing_of_the_interview_that_had_its_id(world: World, owning: sa.Engine) -> None:
    number = added(world, owning, "interviewee", HELD, practice=True)
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == number))
    # Dated before what was noted of the practice, and with its id, which SQLite gives again.
    assert brought_in(world, PEOPLE["interviewee"].email, "A line") == 1
    with reading(owning) as db:
        seen = queries.interview(world.viewer("coach"), db, number)
        assert label(world.viewer("coach"), db, number) == Label()
    assert seen is not None
    assert seen.title == "A line"


def test_a_database_that_holds_an_interview_dated_ahead_keeps_what_was_noted_of_it(
    world: World, owning: sa.Engine
) -> None:
    number = added(world, owning, "coach", HELD)
    other = added(world, owning, "interviewee", HELD, said=OTHER)
    ahead = now() + timedelta(days=40)
    with world.database.platform_engine.begin() as connection:
        # As it was written for an interview that is dated ahead; the platform makes one before it begins.
        for interview_id, wait in ((number, timedelta()), (other, timedelta(minutes=1))):
            moments = {"created_at": ahead, "started_at": ahead + wait, "completed_at": ahead + timedelta(hours=1)}
            connection.execute(sa.update(interviews).where(interviews.c.id == interview_id).values(moments))
    with writing(owning) as db, Operations.context(MigrationContext.configure(db)):
        dated_ahead.upgrade()
    with writing(owning) as db:
        assert find_adder(world.viewer("coach"), db, number) is not None
        remove_all(db)
    # What is older than one of the platform's own is another interview's.
    assert (noted(owning, number), noted(owning, other)) == ([1, 1], [0, 0])


def test_what_a_line_or_a_rule_does_not_say_stays(world: World, owning: sa.Engine) -> None:
    coach = world.viewer("coach")
    with writing(owning) as db:
        set_tags(coach, db, 101, Tags("coding", 4, None))
        assert tag_by_title(coach, db, "Round*", Tags(difficulty=2)) > 0
    with reading(owning) as db:
        assert label(coach, db, 101).tags == Tags("coding", 2)
    with writing(owning) as db:
        set_tags(coach, db, 101, Tags(None, 3))
    with reading(owning) as db:
        # By hand nothing is taken over.
        assert label(coach, db, 101).tags == Tags(None, 3)


def brought_in(world: World, email: str, title: str) -> int:
    line: dict[str, Any] = {"id": "one", "person": {"email": email}, "title": title}
    line["completed_at"] = "2026-03-01T10:00:00Z"
    engine = create_engine_for(world.database.platform_url)
    done = import_lines(engine, BytesIO(json.dumps(line).encode()))
    engine.dispose()
    return done.new


def depending(engine: sa.Engine, number: int) -> set[str]:
    """Name the tables that hold something about an interview, beside the trail."""
    with reading(engine) as db:
        return {
            table.name
            for table in ours.sorted_tables
            if "interview_id" in table.c and table not in (audit, stale_candidates)
            if db.execute(sa.select(table).where(table.c.interview_id == number)).first()
        }


def test_an_added_interview_has_no_breakdown_or_verdict_of_the_one_that_had_its_id(
    world: World, owning: sa.Engine
) -> None:
    admin, number = world.viewer("admin"), 2000
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.insert(interviews), [interview(number, PEOPLE["unassigned"].user_id)])
    for saved in (number, 101):
        save.save(owning, saved, generated(), version_id=str(uuid4()), by="a coach", write_back=False)
        with writing(owning) as db:
            give_verdict(admin, db, saved, "technical", 1, reason="Could not say why.")
            user_id = db.execute(sa.select(interviews.c.user_id).where(interviews.c.id == saved)).scalar_one()
            write_note(admin, db, user_id, Visibility.COACHES, "Was late.", interview_id=saved)
    kept = depending(owning, 101)
    assert depending(owning, number) == kept >= {"breakdown_versions", "verdicts", "note_versions", "skill_scores"}
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == number))
        if world.database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT setval('interviews_id_seq', {number - 1})")
        else:
            connection.execute(sa.insert(interviews), [interview(number - 1, PEOPLE["coach"].user_id)])
    # Dated before all that, and without feedback as that one was, for which the version stood in.
    assert added(world, owning, "coach", HELD) == number
    assert depending(owning, number) == {"added_interviews", "interview_tags"}
    assert depending(owning, 101) == kept
    with writing(owning) as db:
        refresh(db)
        summary = sa.select(candidate_summaries.c.completed, candidate_summaries.c.without_scores)
        completed, without_scores = db.execute(summary.where(candidate_summaries.c.user_id == THEM)).one()
    assert without_scores == 1 < completed


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_corrected_line_never_overwrites_somebody_elses_interview(world: World, owning: sa.Engine) -> None:
    email = PEOPLE["interviewee"].email
    assert brought_in(world, email, "As it was") == 1
    with reading(owning) as db:
        number = db.execute(sa.select(interviews.c.id).where(interviews.c.title == "As it was")).scalar_one()
    other = PEOPLE["other interviewee"].user_id
    give_again(world, number, other)
    assert brought_in(world, email, "Corrected") == 1
    with reading(owning) as db:
        rows = db.execute(sa.select(interviews.c.id, interviews.c.user_id, interviews.c.title)).all()
    assert (number, other, "The platform's own") in rows
    assert [(row.user_id, row.title) for row in rows if row.title == "Corrected"] == [(THEM, "Corrected")]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_two_imports_at_once_bring_in_a_person_once(world: World, owning: sa.Engine) -> None:
    line = {"id": "x", "person": {"email": "new@example.org"}, "title": "T", "completed_at": "2026-03-01T10:00:00Z"}
    batch = [Line.model_validate_json(json.dumps(line))]
    with ThreadPoolExecutor(1) as pool:
        with writing(owning) as first:
            ids, new = people_of(first, batch)

            def beside() -> tuple[dict[str, int], int]:
                with writing(owning) as second:
                    return people_of(second, batch)

            other = pool.submit(beside)
            wait_until(lambda: waits(owning), "an import that waits")
        assert (ids.keys(), new) == ({"new@example.org"}, 1)
        assert other.result(60) == (ids, 0)


def waits(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())
