"""Reports of many people: each made once, also across kills, with the rights of the moment, for whoever asked alone."""

from __future__ import annotations

import io
import threading
import zipfile
from datetime import timedelta
from functools import partial
from typing import Literal

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from analytics.access import members
from analytics.access.personal_data import forget
from analytics.access.private import set_private
from analytics.access.viewer import TRUSTED, NotAllowedError
from analytics.api import PREFIX
from analytics.background import BackgroundTask
from analytics.batches import maker, store
from analytics.batches.maker import make_waiting
from analytics.coaching.access import CoachingError, MissingError
from analytics.columns import now
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import batch_reports, report_batches, visits
from analytics.report.archive import archive
from analytics.report.content import Report
from tests.support.api_client import SETTINGS, bearer, client, platform_token
from tests.support.killed_reports import AT_ONCE, killed_after
from tests.support.practice import PRACTICE, added_by_them
from tests.support.waiting import wait_until
from tests.support.world import PEOPLE, World

THEM, OTHER, THIRD = (PEOPLE[key].user_id for key in ("interviewee", "other interviewee", "unassigned"))


def asked(world: World, who: str, *user_ids: int) -> str:
    with writing(world.database.engine) as db:
        return store.ask(world.viewer(who), db, user_ids)


def found(world: World, who: str, batch_id: str) -> store.Batch:
    with reading(world.database.engine) as db:
        return store.find(world.viewer(who), db, batch_id)


def texts(world: World, who: str, batch_id: str) -> dict[str, str]:
    """What whoever asked takes: the text of each file, by its name."""
    with reading(world.database.engine) as db:
        zipped = archive((name, content) for _, name, content in store.files(world.viewer(who), db, batch_id))
    with zipfile.ZipFile(io.BytesIO(zipped)) as files:
        return {
            name: " ".join(page.extract_text() for page in PdfReader(io.BytesIO(files.read(name))).pages)
            for name in files.namelist()
        }


def test_each_is_made_in_the_order_asked_for_and_each_is_told_who_took_it(world: World) -> None:
    batch_id = asked(world, "admin", OTHER, THEM)
    waiting = found(world, "admin", batch_id)
    assert (waiting.total, waiting.done, waiting.is_open) == (2, 0, True)
    assert make_waiting(world.database.engine, SETTINGS.with_changes(database_url=world.database.url)) == 2
    made = found(world, "admin", batch_id)
    assert (made.made, made.left_out, made.failed, made.is_open) == (2, 0, 0, False)
    files = texts(world, "admin", batch_id)
    assert list(files) == ["interview-skills-other-tarragon.pdf", "interview-skills-interviewee-marzipan.pdf"]
    assert ["Tarragon" in text for text in files.values()] == [True, False]
    with reading(world.database.engine) as db:
        seen = db.execute(sa.select(visits.c.user_id, visits.c.what).order_by(visits.c.user_id)).all()
    assert [tuple(row) for row in seen] == [(THEM, "report"), (OTHER, "report")]


def test_only_people_one_sees_can_be_asked_for_and_only_by_coaches_and_admins(world: World) -> None:
    with pytest.raises(MissingError):
        asked(world, "coach", THEM, OTHER)
    with pytest.raises(MissingError):
        asked(world, "admin", 999)
    with pytest.raises(NotAllowedError):
        asked(world, "interviewee", THEM)
    with pytest.raises(CoachingError, match="nobody"):
        asked(world, "coach")
    for _ in range(3):
        batch_id = asked(world, "coach", THEM)
    with pytest.raises(CoachingError, match="still being made"):
        asked(world, "coach", THEM)
    with writing(world.database.engine) as db:
        store.drop(world.viewer("coach"), db, batch_id)
    assert asked(world, "coach", THEM)


def test_whoever_loses_sight_of_somebody_gets_nothing_of_them(world: World) -> None:
    before, after = asked(world, "coach", THEM), asked(world, "admin", THEM, OTHER)
    member = world.member_ids["coach"]
    with writing(world.database.engine) as db:
        members.unassign(TRUSTED, db, member, [THEM])
    make_waiting(world.database.engine, SETTINGS)
    assert found(world, "coach", before).left_out == 1
    assert texts(world, "coach", before) == {}
    assert len(texts(world, "admin", after)) == 2
    with pytest.raises(MissingError):
        found(world, "coach", after)
    with writing(world.database.engine) as db:
        members.assign(TRUSTED, db, member, [THEM, OTHER])
    again = asked(world, "coach", THEM, OTHER)
    make_waiting(world.database.engine, SETTINGS)
    with writing(world.database.engine) as db:
        members.unassign(TRUSTED, db, member, [THEM])
    assert list(texts(world, "coach", again)) == ["interview-skills-other-tarragon.pdf"]


def test_an_interview_that_is_taken_back_leaves_reports_that_were_made(world: World) -> None:
    added_by_them(world, PRACTICE)
    batch_id = asked(world, "coach", THEM)
    make_waiting(world.database.engine, SETTINGS)
    assert "3 interviews" in " ".join(texts(world, "coach", batch_id).values())
    with writing(world.database.engine) as db:
        set_private(world.viewer("interviewee"), db, PRACTICE, private=True)
    assert texts(world, "coach", batch_id) == {}
    make_waiting(world.database.engine, SETTINGS)
    assert "2 interviews" in " ".join(texts(world, "coach", batch_id).values())


def test_one_that_was_read_before_an_interview_was_taken_back_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    added_by_them(world, PRACTICE)
    batch_id = asked(world, "coach", THEM)
    engine, write = world.database.engine, maker.report_pdf
    taken_again, first_ended = threading.Event(), threading.Event()
    again = threading.Thread(target=make_waiting, args=(engine, SETTINGS))

    def written_again(report: Report, *, paper: Literal["a4", "us-letter"]) -> bytes:
        taken_again.set()
        first_ended.wait(120)
        return write(report, paper=paper)

    def taken_back_meanwhile(report: Report, *, paper: Literal["a4", "us-letter"]) -> bytes:
        with writing(engine) as db:
            set_private(world.viewer("interviewee"), db, PRACTICE, private=True)
        monkeypatch.setattr(maker, "report_pdf", written_again)
        again.start()
        assert taken_again.wait(120)
        return write(report, paper=paper)

    monkeypatch.setattr(maker, "report_pdf", taken_back_meanwhile)
    try:
        make_waiting(engine, SETTINGS)
        assert texts(world, "coach", batch_id) == {}
    finally:
        first_ended.set()
        again.join()
    assert "2 interviews" in " ".join(texts(world, "coach", batch_id).values())


def test_with_a_person_go_the_reports_of_them_and_those_they_asked_for(world: World) -> None:
    of_them, by_coach = asked(world, "admin", THEM, OTHER), asked(world, "coach", THEM)
    make_waiting(world.database.engine, SETTINGS)
    forget(world.database.engine, THEM)
    assert list(texts(world, "admin", of_them)) == ["interview-skills-other-tarragon.pdf"]
    forget(world.database.engine, PEOPLE["coach"].user_id)
    with reading(world.database.engine) as db:
        assert db.execute(sa.select(report_batches.c.id)).scalars().all() == [of_them]
    with pytest.raises(MissingError):
        found(world, "coach", by_coach)


def test_one_person_has_so_many_kept_and_goes_on_when_some_are_removed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_KEPT", 3)
    first = asked(world, "admin", THEM, OTHER)
    make_waiting(world.database.engine, SETTINGS)
    with pytest.raises(CoachingError, match="At most 3 of your reports are kept, each for a day"):
        asked(world, "admin", THEM, OTHER)
    # It is one person's bound and nobody else's, and it counts reports, not requests.
    assert found(world, "coach", asked(world, "coach", THEM)).total == 1
    with writing(world.database.engine) as db:
        store.drop(world.viewer("admin"), db, first)
    assert found(world, "admin", asked(world, "admin", THEM, OTHER)).total == 2


def test_nothing_is_kept_for_longer_than_a_day(world: World) -> None:
    batch_id = asked(world, "coach", THEM)
    make_waiting(world.database.engine, SETTINGS)
    store.delete_old(world.database.engine)
    assert found(world, "coach", batch_id).made == 1
    with writing(world.database.engine) as db:
        db.execute(sa.update(report_batches).values(asked_at=now() - store.KEPT - timedelta(seconds=1)))
    with pytest.raises(MissingError):
        found(world, "coach", batch_id)
    store.delete_old(world.database.engine)
    with reading(world.database.engine) as db:
        assert [db.execute(sa.select(table)).first() for table in (report_batches, batch_reports)] == [None, None]


def test_killed_in_the_middle_another_goes_on_and_what_was_made_stays(world: World) -> None:
    batch_id = asked(world, "admin", THEM, OTHER, THIRD)
    killed_after(world.database.url, 1)
    assert (found(world, "admin", batch_id).made, found(world, "admin", batch_id).is_open) == (1, True)
    assert make_waiting(world.database.engine, SETTINGS) == 2
    with reading(world.database.engine) as db:
        rows = db.execute(sa.select(batch_reports.c.state, batch_reports.c.attempts).order_by(batch_reports.c.place))
        assert [tuple(row) for row in rows] == [("made", 1), ("made", 2), ("made", 1)]


def test_a_report_that_kills_every_time_is_given_up_and_the_others_are_made(world: World) -> None:
    batch_id = asked(world, "admin", THEM, OTHER)
    for _ in range(3):
        with writing(world.database.engine) as db:
            db.execute(sa.update(batch_reports).where(batch_reports.c.place == 1).values(attempts=3))
    make_waiting(world.database.engine, SETTINGS)
    ended = found(world, "admin", batch_id)
    assert (ended.made, ended.failed, ended.is_open) == (1, 1, False)


def test_several_at_work_make_each_once(world: World) -> None:
    batch_id = asked(world, "admin", THEM, OTHER, THIRD)
    make = partial(make_waiting, world.database.engine, SETTINGS)
    makers = [BackgroundTask("Reports", lambda ending: make(ending=ending), seconds=1) for _ in range(3)]
    for one in makers:
        one.start()
    wait_until(lambda: not found(world, "admin", batch_id).is_open, "the reports", 120)
    for one in makers:
        one.stop()
    with reading(world.database.engine) as db:
        assert db.execute(sa.select(batch_reports.c.attempts)).scalars().all() == [1, 1, 1]
    # Ended, it begins nothing more.
    asked(world, "admin", THEM)
    ending = threading.Event()
    ending.set()
    assert make_waiting(world.database.engine, SETTINGS, lease=AT_ONCE, ending=ending) == 0


def test_over_the_api_they_are_asked_for_followed_and_taken(world: World) -> None:
    api = client(world, SETTINGS)
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    asked_for = api.post(f"{PREFIX}/reports", headers=headers, json={"user_ids": [THEM], "paper": "us-letter"})
    assert (asked_for.status_code, asked_for.json()["finished"]) == (202, False)
    address = asked_for.headers["Location"]
    assert api.get(f"{address}/zip", headers=headers).status_code == 409
    make_waiting(world.database.engine, SETTINGS)
    assert api.get(address, headers=headers).json() == asked_for.json() | {"made": 1, "finished": True}
    taken = api.get(f"{address}/zip", headers=headers)
    assert taken.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.content)) as files:
        page = PdfReader(io.BytesIO(files.read("interview-skills-interviewee-marzipan.pdf"))).pages[0]
    assert page.mediabox.width == 612
    for who in ("admin", "other coach"):
        assert api.get(f"{address}/zip", headers=bearer(platform_token(PEOPLE[who].user_id))).status_code == 404
    assert api.post(f"{PREFIX}/reports", headers=headers, json={"user_ids": []}).status_code == 422
    assert api.delete(address, headers=headers).status_code == 204
    assert api.get(address, headers=headers).status_code == 404


def test_repeated_names_are_numbered_and_no_two_files_have_one(world: World) -> None:
    names = ["ann.pdf", "ann.pdf", "ann-2.pdf", "ann.pdf", "bo.pdf"]
    with zipfile.ZipFile(io.BytesIO(archive((name, str(place).encode()) for place, name in enumerate(names)))) as files:
        assert files.namelist() == ["ann.pdf", "ann-2.pdf", "ann-2-2.pdf", "ann-3.pdf", "bo.pdf"]
        assert [files.read(name) for name in files.namelist()] == [b"0", b"1", b"2", b"3", b"4"]
