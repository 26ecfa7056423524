"""Ids that the platform gives out again: nothing of the former owner's reaches the new one, and it can be forgotten."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from analytics.access import members, orphans, personal_data, sign_in
from analytics.access.bearer_tokens import PlatformToken
from analytics.access.deletion import ask_deletion
from analytics.access.sign_in import RefusedError, SignedOutError, SignIn
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.access.visits import note_visit
from analytics.api import PREFIX
from analytics.breakdown.jobs import selection, store
from analytics.breakdown.jobs.source import stored_interview
from analytics.breakdown.versions import save
from analytics.breakdown.versions.shown import history, shown_breakdown, shown_origins
from analytics.coaching import goals, links, notes, steps
from analytics.columns import now
from analytics.database.schema import breakdown_jobs, breakdown_versions, coach_candidates, identities, shown_versions
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews, users
from analytics.queries.candidates import candidate
from analytics.settings import Settings
from tests.support.api_client import bearer, client, platform_token
from tests.support.breakdowns import offline
from tests.support.databases import Database
from tests.support.jobs import ended, working
from tests.support.platform_rows import add, interview, person
from tests.support.world import ISSUER, PEOPLE, World

INTERVIEW, PERSON = 2, 5
COACH = SignIn(ISSUER, "former", "former@example.org", True, now() - timedelta(minutes=30))


@dataclass
class Emptied:
    """A database whose interview and person had rows of ours, before both ids were given to others."""

    database: Database
    member_id: int
    pressed_at: datetime


def made_by_the_former(database: Database) -> int:
    """Let the former owner of both ids have a version, a job, a coach and a sign-in; gives the coach."""
    former = person(PERSON, email=COACH.email)
    add(database.platform_engine, people=[former], rows=[interview(INTERVIEW, PERSON)])
    for _ in range(2):
        store.request(TRUSTED, database.engine, INTERVIEW)
        store.cancel(TRUSTED, database.engine, INTERVIEW)
        # Served instead of what the platform stores: nothing.
        save.save(
            database.engine, INTERVIEW, offline(), version_id=str(uuid.uuid4()), by=COACH.email or "", write_back=False
        )
    with writing(database.engine) as db:
        members.set_role(TRUSTED, db, "coach@example.org", Role.COACH, Settings())
        member = members.list_members(TRUSTED, db)[0].id
        members.assign(TRUSTED, db, member, [PERSON])
    assert sign_in.viewer_of(database.engine, COACH, Settings()).user_id == PERSON
    with writing(database.engine) as db:
        notes.write_note(TRUSTED, db, PERSON, notes.Visibility.SHARED, "Told me of the former employer.")
        steps.mark_step(TRUSTED, db, steps.agree_step(TRUSTED, db, PERSON, "Speak slower."), steps.StepState.TRIED)
        goals.set_goal(TRUSTED, db, PERSON, "technical", 0.8)
        links.make_link(replace(TRUSTED, may_link=True), db, PERSON)
        ask_deletion(Viewer(Role.INTERVIEWEE, user_id=PERSON), db, 7)
    note_visit(TRUSTED, database.engine, "page", [PERSON])
    return member


@pytest.fixture
def emptied(database: Database) -> Emptied:
    member = made_by_the_former(database)
    pressed_at = now()
    tables = "TRUNCATE users, interviews, resumes RESTART IDENTITY"
    with database.platform_engine.begin() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(tables)
        else:
            for table in (interviews, users):
                connection.execute(sa.delete(table))
    fresh = {"created_at": now(), "updated_at": now()}
    newcomer = person(PERSON, email="newcomer@example.org", full_name="Newcomer", **fresh)
    rows = [interview(INTERVIEW, PERSON, completed_at=now(), **fresh)]
    add(database.platform_engine, people=[newcomer], rows=rows)
    return Emptied(database, member, pressed_at)


def kept(database: Database) -> list[int]:
    with reading(database.engine) as db:
        tables = (breakdown_versions, shown_versions, breakdown_jobs, coach_candidates)
        return [db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]


def test_the_new_owner_reads_nothing_of_the_former_ones(emptied: Emptied) -> None:
    assert kept(emptied.database) == [2, 1, 2, 1]
    owner = Viewer(Role.INTERVIEWEE, user_id=PERSON)
    for viewer in (owner, TRUSTED):
        with reading(emptied.database.engine) as db:
            assert history(viewer, db, INTERVIEW) == []
            assert store.latest(viewer, db, INTERVIEW) is None
            assert shown_origins(viewer, db, PERSON) == {}
            shown = shown_breakdown(viewer, db, INTERVIEW)
        assert shown is not None
        assert (shown.version, shown.overwritten, shown.draft, shown.approved_by) == (None, None, None, None)
        assert {skill.score for skill in shown.feedback.skills.values()} == {None}
    asked = client(World(emptied.database))
    headers = bearer(platform_token(PERSON))
    assert asked.get(f"{PREFIX}/interviews/{INTERVIEW}/skills/versions", headers=headers).json()["versions"] == []


def test_a_coach_of_the_former_does_not_see_the_new_one(emptied: Emptied) -> None:
    coach = Viewer(Role.COACH, member_id=emptied.member_id)
    with reading(emptied.database.engine) as db:
        assert candidate(coach, db, PERSON) is None
        assert candidate(TRUSTED, db, PERSON) is not None
        assert members.candidates_of(TRUSTED, db, emptied.member_id) == []
        assert members.coaches_of(TRUSTED, db, PERSON) == []
        assert [member.candidates for member in members.list_members(TRUSTED, db)] == [0]
    with writing(emptied.database.engine) as db:
        assert members.assign(TRUSTED, db, emptied.member_id, [PERSON]) == 1
    with reading(emptied.database.engine) as db:
        assert candidate(coach, db, PERSON) is not None


def test_a_sign_in_of_the_former_is_not_the_new_one(emptied: Emptied) -> None:
    engine = emptied.database.engine
    with pytest.raises(RefusedError, match="no account"):
        sign_in.viewer_of(engine, COACH, Settings())
    with reading(engine) as db:
        # A token from before is the former's; one from after is the new owner's.
        old = PlatformToken(PERSON, now() - timedelta(hours=1), says_when=True)
        with pytest.raises(RefusedError):
            sign_in.platform_user(db, PERSON, Settings(), old)
        fresh = PlatformToken(PERSON, now(), says_when=True)
        assert sign_in.platform_user(db, PERSON, Settings(), fresh).user_id == PERSON
    # Back under the same e-mail, the next sign-in ties the account that is there now.
    with emptied.database.platform_engine.begin() as connection:
        again = person(9, email=COACH.email, created_at=now(), updated_at=now())
        connection.execute(sa.insert(users).values(again))
    later = SignIn(COACH.issuer, COACH.subject, COACH.email, True, now())
    assert sign_in.viewer_of(engine, later, Settings()).user_id == 9


def test_new_versions_and_jobs_begin_anew(emptied: Emptied) -> None:
    engine = emptied.database.engine
    with engine.connect() as connection:
        assert selection.without_breakdown(connection) == [INTERVIEW]
        assert stored_interview(connection, INTERVIEW, emptied.pressed_at) is None
        assert stored_interview(connection, INTERVIEW, now()) is not None
    # What was pressed for the former is not saved for the new one.
    values = {"version_id": str(uuid.uuid4()), "by": "somebody", "write_back": False}
    assert save.save(engine, INTERVIEW, offline(), pressed_at=emptied.pressed_at, **values) is None
    saved = save.save(engine, INTERVIEW, offline(), pressed_at=now(), **values)
    assert saved is not None
    assert saved.number == 1
    assert store.request(TRUSTED, engine, INTERVIEW).is_open


def test_a_job_that_runs_for_the_former_does_not_hold_the_new_one_back(database: Database) -> None:
    add(database.platform_engine, people=[person(PERSON)], rows=[interview(INTERVIEW, PERSON)])
    first = store.request(TRUSTED, database.engine, INTERVIEW)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(created_at=now()))
    second = store.request(TRUSTED, database.engine, INTERVIEW)
    assert second.id != first.id
    with reading(database.engine) as db:
        assert store.by_id(db, [first.id])[0].cancel_requested
        assert store.latest(TRUSTED, db, INTERVIEW) == second


def test_forgetting_takes_what_belongs_to_nobody_any_more(database: Database) -> None:
    made_by_the_former(database)
    others = PERSON + 1, INTERVIEW + 1
    add(database.platform_engine, people=[person(others[0])], rows=[interview(others[1], others[0])])
    save.save(database.engine, others[1], offline(), version_id=str(uuid.uuid4()), by="-", write_back=False)
    with database.platform_engine.begin() as connection:
        for table in (interviews, users):
            connection.execute(sa.delete(table).where(table.c.id.in_((INTERVIEW, PERSON))))
    exported = personal_data.export_person(database.engine, PERSON)["ours"]
    assert [len(exported[name]) for name in ("breakdown_versions", "breakdown_jobs", "identities")] == [2, 2, 1]
    assert {row["interview_id"] for row in exported["breakdown_versions"]} == {INTERVIEW}
    personal_data.forget(database.engine, PERSON)
    # The other person's version stays.
    assert kept(database) == [1, 1, 0, 0]
    with reading(database.engine) as db:
        assert db.execute(sa.select(identities)).all() == []
    with pytest.raises(personal_data.PrivacyError, match="Nothing is held"):
        personal_data.forget(database.engine, PERSON)


def test_an_export_holds_nothing_of_who_had_the_id_before(emptied: Emptied) -> None:
    exported = personal_data.export_person(emptied.database.engine, PERSON)
    held = {name: len(rows) for name, rows in exported["ours"].items() if rows}
    assert held.pop("stale_candidates", 0) >= 0
    assert held.pop("candidate_summaries", 0) <= 1
    assert held == {}
    assert exported["rows_of_the_platform"] == {"users": 1, "interviews": 1}
    personal_data.forget(emptied.database.engine, PERSON)
    assert kept(emptied.database) == [0, 0, 0, 0]


def test_housekeeping_takes_them_too_and_leaves_what_is_somebodys(emptied: Emptied) -> None:
    save.save(emptied.database.engine, INTERVIEW, offline(), version_id="new", by="-", write_back=False)
    assert save.forget_deleted(emptied.database.engine) == 0
    with emptied.database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews))
    assert save.forget_deleted(emptied.database.engine) == 1
    with writing(emptied.database.engine) as db:
        assert orphans.remove(db) == 0


def test_an_interview_dated_anew_between_a_version_and_its_choice_is_cleaned_up(database: Database) -> None:
    add(database.platform_engine, people=[person(1), person(2)], rows=[interview(1), interview(3, 2)])
    for number in (1, 3):
        save.save(database.engine, number, offline(), version_id=f"of {number}", by="-", write_back=False)
    made, chosen = now() - timedelta(hours=10), now()
    with database.engine.begin() as connection:
        connection.execute(sa.update(breakdown_versions).values(created_at=made))
        connection.execute(sa.update(shown_versions).values(changed_at=chosen))
    with database.platform_engine.begin() as connection:
        moved = sa.update(interviews).where(interviews.c.id == 1)
        connection.execute(moved.values(created_at=made + timedelta(hours=5)))
    save.forget_deleted(database.engine)
    with reading(database.engine) as db:
        for table in (breakdown_versions, shown_versions):
            assert db.execute(sa.select(table.c.interview_id)).scalars().all() == [3]
    personal_data.forget(database.engine, 2)
    assert kept(database) == [0, 0, 0, 0]


def test_a_clock_that_is_behind_makes_nothing_too_old(database: Database) -> None:
    later = now() + timedelta(hours=1)
    add(
        database.platform_engine,
        people=[person(PERSON, created_at=later)],
        rows=[interview(INTERVIEW, PERSON, created_at=later)],
    )
    store.request(TRUSTED, database.engine, INTERVIEW)
    save.save(database.engine, INTERVIEW, offline(), version_id="one", by="-", write_back=False)
    with writing(database.engine) as db:
        members.set_role(TRUSTED, db, "coach@example.org", Role.COACH, Settings())
        member = members.list_members(TRUSTED, db)[0].id
        members.assign(TRUSTED, db, member, [PERSON])
    with reading(database.engine) as db:
        assert [version.id for version in history(TRUSTED, db, INTERVIEW)][:1] == ["one"]
        assert store.latest(TRUSTED, db, INTERVIEW) is not None
        assert candidate(Viewer(Role.COACH, member_id=member), db, PERSON) is not None


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("ends", ["themselves", "an admin", "an admin, released"])
def test_signing_out_ends_the_platforms_tokens_too(world: World, ends: str) -> None:
    them = PEOPLE["interviewee"]
    signed_in = SignIn(ISSUER, "a", them.email, True, now() - timedelta(minutes=5))
    sign_in.viewer_of(world.database.engine, signed_in, Settings())
    before = int(time.time()) - 60
    tokens = {
        "before": platform_token(them.user_id, iat=before),
        "without a time": platform_token(them.user_id),
        "after": platform_token(them.user_id, iat=int(time.time()) + 30),
        "another's": platform_token(PEOPLE["other interviewee"].user_id, iat=before),
    }

    def statuses() -> dict[str, int]:
        asked = client(world)
        path = f"{PREFIX}/interviews/analytics/skills/averages"
        return {name: asked.get(path, headers=bearer(token)).status_code for name, token in tokens.items()}

    assert set(statuses().values()) == {200}
    with writing(world.database.engine) as db:
        if ends == "themselves":
            sign_in.sign_out(db, signed_in)
        else:
            members.end_sessions(TRUSTED, db, them.email, release="released" in ends)
    assert statuses() == {"before": 401, "without a time": 401, "after": 200, "another's": 200}
    with reading(world.database.engine) as db, pytest.raises(SignedOutError):
        sign_in.platform_user(db, them.user_id, Settings(), PlatformToken(them.user_id, now() - timedelta(minutes=1)))


def test_a_job_ends_when_its_interview_is_another_one_by_now(database: Database) -> None:
    add(database.platform_engine, people=[person(PERSON)], rows=[interview(INTERVIEW, PERSON)])
    pressed = store.request(TRUSTED, database.engine, INTERVIEW)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(created_at=now()))
    with working(database):
        done = ended(database, pressed.id)
    assert done.sentence.startswith("The interview is gone")
    assert kept(database)[0] == 0
