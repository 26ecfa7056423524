"""A person is given all that is held about them, or removed; old breakdowns go, and a backup brings all back."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.__main__ import main
from analytics.access import personal_data
from analytics.access.audit import record
from analytics.access.viewer import TRUSTED
from analytics.columns import now
from analytics.database.engine import create_engine_for
from analytics.database.schema import audit, breakdown_jobs, breakdown_versions, identities, ours, shown_versions
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from tests.support.databases import Database
from tests.support.doubles import conversation, message
from tests.support.jobs import ended, working
from tests.support.postgres import NO_CLIENT, client_programs, own_server
from tests.support.world import ISSUER, PEOPLE, World, populate, version

THEM = PEOPLE["interviewee"]
COACH = PEOPLE["coach"]


@pytest.fixture
def world(world: World, database: Database) -> World:
    """The small world, with a trace of the interviewee and of a coach in every table that can hold one."""
    with writing(database.engine) as db:
        first, other = THEM.interviews[0], PEOPLE["other interviewee"].interviews[0]
        db.execute(
            sa.insert(breakdown_versions),
            [
                *(version(first, number, age) for number, age in ((1, 400), (2, 300), (3, 200), (4, 1))),
                version(other, 1, 400, by=COACH.email),
            ],
        )
        db.execute(
            sa.insert(shown_versions).values(
                interview_id=first,
                version_id=f"version-{first}-2",
                approved_by=COACH.email,
                approved_at=now(),
                changed_at=now(),
                changed_by=COACH.email,
            ),
        )
        for person in (THEM, COACH):
            values = {"issuer": ISSUER, "subject": person.key, "email": person.email, "user_id": person.user_id}
            db.execute(sa.insert(identities).values(first_seen_at=now(), signed_in_at=now(), **values))
            record(db, person.email, "first_sign_in", user_id=person.user_id, issuer=ISSUER)
        record(db, "admin@example.org", "role", email=THEM.email, now="coach")
        record(db, "admin@example.org", "assign", coach=COACH.email, candidates=[THEM.user_id, 12])
    return world


def everything(world: World) -> str:
    """All that stands in our tables."""
    with reading(world.database.engine) as db:
        return "\n".join(str(tuple(row)) for table in ours.sorted_tables for row in db.execute(sa.select(table)))


def test_forgetting_leaves_no_trace_of_a_person_and_harms_nobody_else(world: World) -> None:
    before = everything(world)
    done = personal_data.forget(world.database.engine, THEM.user_id)
    after = everything(world)
    # A number as a whole: a clock's microseconds may hold the same digits.
    for trace in (THEM.email, THEM.word, *(rf"(?<!\d){number}(?!\d)" for number in THEM.interviews)):
        assert re.search(trace, before) or trace == THEM.word
        assert not re.search(trace, after)
    assert done.removed > 10
    assert done.platform == {"users": 1, "interviews": 3}
    assert COACH.email in after
    assert str(PEOPLE["other interviewee"].interviews[0]) in after
    with reading(world.database.engine) as db:
        rows = db.execute(sa.select(audit.c.user_id, audit.c.interview_id, audit.c.action, audit.c.detail)).all()
        held_by_platform = db.execute(sa.select(sa.func.count()).select_from(interviews)).scalar_one()
    assert rows[-1].action == "forget"
    assert (rows[-1].user_id, rows[-1].interview_id) == (None, None)
    assert set(json.loads(rows[-1].detail)) == {"rows"}
    assert any(json.loads(row.detail).get("candidates") == [12] for row in rows)
    assert held_by_platform == sum(len(person.interviews) for person in PEOPLE.values())


def test_who_did_something_is_forgotten_and_what_was_done_stays(world: World) -> None:
    personal_data.forget(world.database.engine, COACH.user_id)
    after = everything(world)
    assert COACH.email not in after
    assert "Former coach 1" in after
    assert f"version-{PEOPLE['other interviewee'].interviews[0]}-1" in after


def test_an_email_goes_out_of_every_text_of_the_trail_and_stays_in_no_longer_one(world: World) -> None:
    email, longer = THEM.email, f"x.{THEM.email}"
    details = {"title": f"Round 2 with {email.upper()}.", "other": f"{longer}, {email}.org", "list": [f"<{email}>"]}
    with writing(world.database.engine) as db:
        record(db, "admin@example.org", "tag_by_title", **details, **{email: 1})
    personal_data.forget(world.database.engine, THEM.user_id)
    with reading(world.database.engine) as db:
        last = sa.select(audit.c.detail).where(audit.c.action == "tag_by_title")
        detail = json.loads(db.execute(last).scalar_one())
    gone = "forgotten person"
    assert detail == {"title": f"Round 2 with {gone}.", "other": details["other"], "list": [f"<{gone}>"], gone: 1}


def test_ids_of_interviews_in_the_trail_are_not_taken_for_those_of_people(world: World) -> None:
    first, others = THEM.interviews[0], [THEM.user_id, *PEOPLE["other interviewee"].interviews]
    with writing(world.database.engine) as db:
        record(db, COACH.email, "draw_interviews", interviews=[first, *others])

    def drawn(user_id: int) -> list[int]:
        rows = personal_data.export_person(world.database.engine, user_id)["ours"]["audit"]
        (row,) = [row for row in rows if row["action"] == "draw_interviews"]
        return list(json.loads(row["detail"])["interviews"])

    assert drawn(THEM.user_id) == [first]
    assert drawn(COACH.user_id) == [first, *others]
    personal_data.forget(world.database.engine, THEM.user_id)
    assert drawn(COACH.user_id) == others


def test_forgetting_is_all_or_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(world)

    def fail(*_arguments: object, **_names: object) -> None:
        raise sa.exc.OperationalError("", {}, OSError("the line is cut"))

    monkeypatch.setattr(personal_data, "record", fail)
    with pytest.raises(Exception, match="cannot be reached"):
        personal_data.forget(world.database.engine, THEM.user_id)
    assert everything(world) == before


def job(number: str, interview_id: int, **values: object) -> dict[str, object]:
    return {
        "id": number,
        "interview_id": interview_id,
        "pressed_by": "somebody",
        "pressed_at": now(),
        "finished_at": None,
        "state": "queued",
        "cancel_requested": False,
        "progress": "{}",
        "sentence": "",
        "batch_id": None,
    } | values


@pytest.mark.parametrize(
    "jobs",
    [
        [job("job", THEM.interviews[0])],
        # Theirs is made, but the steps of the whole batch are needed to make the other's.
        [job("job", THEM.interviews[0], batch_id="batch", finished_at=now()), job("other", 201, batch_id="batch")],
    ],
    ids=["alone", "in a batch"],
)
def test_nobody_is_forgotten_while_a_breakdown_is_made(world: World, jobs: list[dict[str, object]]) -> None:
    with writing(world.database.engine) as db:
        db.execute(sa.insert(breakdown_jobs), jobs)
    with pytest.raises(personal_data.PrivacyError, match="being made"):
        personal_data.forget(world.database.engine, THEM.user_id)


def test_an_export_holds_all_about_one_person(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--user", str(THEM.user_id), "--database-url", world.database.url]) == 0
    written = capsys.readouterr().out
    export = json.loads(written)
    assert len(export["ours"]["breakdown_versions"]) == 4
    assert len(export["ours"]["skill_scores"]) == 12
    assert export["ours"]["identities"][0]["email"] == THEM.email
    assert len(export["ours"]["audit"]) == 3 + 1
    (assigned,) = [row for row in export["ours"]["audit"] if row["action"] == "assign" and row["user_id"] is None]
    assert json.loads(assigned["detail"]) == {"coach": "somebody else", "candidates": [THEM.user_id]}
    assert COACH.email not in json.dumps(export["ours"]["audit"])
    (of_the_coach,) = [
        row
        for row in personal_data.export_person(world.database.engine, COACH.user_id)["ours"]["audit"]
        if row["action"] == "assign" and "12" in row["detail"]
    ]
    assert json.loads(of_the_coach["detail"]) == {"coach": COACH.email, "candidates": [THEM.user_id, 12]}
    assert export["rows_of_the_platform"] == {"users": 1, "interviews": 3}
    assert PEOPLE["other interviewee"].email not in written
    assert PEOPLE["other interviewee"].word not in written


@pytest.mark.parametrize(("answer", "code"), [("no\n", 1), ("", 1), ("yes\n", 0)])
def test_the_command_names_whom_it_forgets_and_asks(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    before = personal_data.export_person(world.database.engine, THEM.user_id)["ours"]
    assert main(["forget", "--user", str(THEM.user_id), "--database-url", world.database.url]) == code
    told = capsys.readouterr()
    assert f"all that skill analytics holds about user {THEM.user_id}, " in told.out
    assert THEM.email in told.out
    if code:
        assert "Nothing was removed. Answer yes, or pass --yes." in told.err
        assert personal_data.export_person(world.database.engine, THEM.user_id)["ours"] == before
    else:
        assert "Removed from " in told.out


def test_the_command_says_what_stays(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget", "--yes", "--user", str(THEM.user_id), "--database-url", world.database.url]) == 0
    assert "InterviewLab still holds: 1 in users, 3 in interviews, and perhaps resumes" in capsys.readouterr().out
    assert main(["forget", "--yes", "--user", "999", "--database-url", world.database.url]) == 1
    assert "Nothing is held" in capsys.readouterr().err


def test_old_breakdowns_go_and_what_is_shown_or_approved_stays(world: World) -> None:
    assert personal_data.expire(world.database.engine, 500) == 0
    assert personal_data.expire(world.database.engine, 100) == 2
    with reading(world.database.engine) as db:
        left = set(db.execute(sa.select(breakdown_versions.c.id)).scalars())
        last = db.execute(sa.select(audit.c.action, audit.c.actor).order_by(audit.c.id.desc())).first()
    number = THEM.interviews[0]
    assert left == {*(f"version-{number}-{n}" for n in (2, 4)), "version-201-1"}
    assert last == ("retention", TRUSTED.actor)


def stored_by_jobs(database: Database) -> str:
    """All that the job engine has stored, with what is compressed laid open."""
    beside = sa.create_engine(f"sqlite:///{database.engine.url.database}-jobs")
    engine, schema = (beside, None) if database.dialect == "sqlite" else (database.engine, "skill_analytics_jobs")
    tables = sa.MetaData(schema=schema)
    tables.reflect(engine)
    assert "operation_outputs" in {table.name for table in tables.tables.values()}
    with engine.connect() as connection:
        text = "\n".join(
            str(tuple(row)) for table in tables.tables.values() for row in connection.execute(sa.select(table))
        )
    beside.dispose()
    packed = re.findall(r"eJ[A-Za-z0-9+/]+=*", text)
    return "\n".join((text, *(zlib.decompress(base64.b64decode(one)).decode() for one in packed)))


def test_what_the_jobs_have_stored_is_exported_and_forgotten(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    made = populate(database)
    words = {THEM.interviews[0]: "quicksilver", PEOPLE["other interviewee"].interviews[0]: "lodestone"}
    with database.platform_engine.begin() as connection:
        for number, word in words.items():
            held = [*conversation(), message("user", f"First I measured the {word}, and then I changed it.")]
            changed = sa.update(interviews).where(interviews.c.id == number)
            connection.execute(changed.values(conversation_history=held))
    with working(database) as at_work:
        jobs = [ended(database, at_work.press(made.viewer("admin"), number).id) for number in words]
    assert {one.state for one in jobs} == {"finished"}
    before = stored_by_jobs(database)
    assert all(word in before for word in (*words.values(), *(one.id for one in jobs)))

    assert main(["export", "--user", str(THEM.user_id), "--database-url", database.url]) == 0
    written = capsys.readouterr().out
    assert "quicksilver" in written
    assert "lodestone" not in written
    assert jobs[1].id not in written

    removed = personal_data.forget(database.engine, THEM.user_id).removed
    after, ours_now = stored_by_jobs(database), everything(made)
    for trace in ("quicksilver", jobs[0].id):
        assert trace not in after + ours_now
    assert removed > 10
    # Another person's stays, to the last row.
    rows = [line for line in before.splitlines() if jobs[1].id in line]
    assert len(rows) > 3
    assert [line for line in after.splitlines() if jobs[1].id in line] == rows
    assert "lodestone" in after


@pytest.mark.skipif(client_programs() is None, reason=NO_CLIENT)
def test_a_backup_brings_everything_back(tmp_path: Path) -> None:
    """The platform's own way of keeping its database keeps ours too, triggers included."""
    bin_folder = client_programs()
    assert bin_folder is not None
    dump = tmp_path / "backup"
    with own_server() as own:
        own.server.create_roles()
        for name in ("before", "after"):
            own.server.create_database(name)
        url = {name: own.server.url_of(name, "skill_analytics") for name in ("before", "after")}
        platform = {name: own.server.url_of(name, "interviewlab") for name in ("before", "after")}
        with engines(url["before"], platform["before"]) as database:
            world = set_up_world(database)
            before = everything(world)
        admin = own.server.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for program, name, arguments in (
            ("pg_dump", "before", ["--format=custom", f"--file={dump}"]),
            ("pg_restore", "after", ["--exit-on-error", str(dump)]),
        ):
            address = admin.rsplit("/", 1)[0] + f"/{name}"
            command = [str(bin_folder / program), f"--dbname={address}", *arguments]
            done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, timeout=60)
            assert done.returncode == 0, done.stderr
        with engines(url["after"], platform["after"]) as database:
            restored = World(database, world.member_ids)
            assert everything(restored) == before
            assert main(["setup", "--check", "--database-url", url["after"]]) == 0
            with database.platform_engine.begin() as connection:
                connection.execute(sa.delete(interviews).where(interviews.c.id == THEM.interviews[0]))
            assert f"({THEM.interviews[0]}, 'communication'" not in everything(restored)


def set_up_world(database: Database) -> World:
    from analytics.setup.install import set_up
    from tests.support.databases import _create_platform

    _create_platform(database.platform_engine)
    set_up(database.engine)
    return populate(database)


@contextmanager
def engines(url: str, platform_url: str) -> Iterator[Database]:
    database = Database(url, platform_url, create_engine_for(url), sa.create_engine(platform_url))
    try:
        yield database
    finally:
        database.engine.dispose()
        database.platform_engine.dispose()
