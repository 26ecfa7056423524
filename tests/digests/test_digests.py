"""Digests: what they say to whom, that each comes once, and how they end."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from pytest_httpserver import HTTPServer
from starlette.applications import Starlette
from starlette.testclient import TestClient
from werkzeug import Request, Response

from analytics.access import members
from analytics.access.personal_data import expire, export_person, forget
from analytics.access.viewer import TRUSTED, Role
from analytics.api.unsubscribe import Unsubscribe
from analytics.coaching.digests import Channel, Every, choose_digest, digest_of
from analytics.coaching.goals import set_goal
from analytics.coaching.steps import agree_step
from analytics.columns import now
from analytics.database.schema import audit
from analytics.database.schema import members as member_rows
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import digest_deliveries, digest_tokens, digests, looks, private_interviews
from analytics.digests.claims import period
from analytics.digests.sender import send_due
from analytics.interviewlab.tables import users
from analytics.server.base_path import BasePath
from analytics.server.startup import LazyMount
from tests.support.coaching import THEM, coach_them, words_in
from tests.support.digests import (
    AT_ONCE,
    SETTINGS,
    choose,
    everything_kept,
    look_at,
    mark_done,
    states,
    texts,
    tomorrow,
)  # fmt: skip
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.reviews import ask
from tests.support.verdicts import rate, switch
from tests.support.world import MAY_SEE, PEOPLE, World, words_of_others

COACH = PEOPLE["coach"].email


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


def send(world: World, mails: MailServer, at: datetime | None = None) -> list[EmailMessage]:
    """Send what is due; the messages that came."""
    mails.taken.clear()
    send_due(world.database.engine, SETTINGS, mails.settings(), at=at, times=AT_ONCE)
    return list(mails.taken)


def everything_happens(world: World, step: str) -> None:
    mark_done(world, step)
    with writing(world.database.engine) as db:
        set_goal(world.viewer("admin"), db, THEM.user_id, "communication", 0.01)
    rate(world, "admin", 102)
    ask(world)


def test_a_digest_says_what_is_new_once_and_nothing_when_nothing_is(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach")
    assert send(world, mails) == []
    mark_done(world, step)
    # Today's period has ended with nothing; what is new comes with tomorrow's.
    assert send(world, mails) == []
    (message,) = send(world, mails, tomorrow())
    assert (message["To"], message["Subject"]) == (COACH, "What is new about 1 candidate")
    plain, html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]
    for body in (plain, html):
        assert "Step done: Tell it in three sentences. “It worked”" in body
        assert "https://skills.example/x/candidate?candidate=11" in body
    assert re.fullmatch(r"<https://skills\.example/x/unsubscribe/[\w-]{43}>", message["List-Unsubscribe"])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # As it stands there: an encoded address is none.
    assert b"\r\nList-Unsubscribe: <https://skills.example/x/unsubscribe/" in mails.raw[-1]
    assert send(world, mails, tomorrow()) == send(world, mails, tomorrow(2)) == []


def test_names_and_words_reorder_nothing_and_bring_no_controls_or_headers(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach")
    odd = "Eve \u202eevE\u2066\x1b[31m\x07\r\nBcc: all@example.org"
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == THEM.user_id).values(full_name=odd))
    mark_done(world, step)
    (message,) = send(world, mails, tomorrow())
    plain, html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]
    for body in (plain, html):
        assert "Eve evE[31m" in body
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", body.replace("\r\n", "\n"))
    assert (message["Bcc"], message["To"]) == (None, COACH)


def test_what_a_page_told_no_digest_tells_and_the_page_still_tells_what_a_digest_did(
    world: World, mails: MailServer
) -> None:
    step = coach_them(world)["step"]
    viewer = choose(world, "coach")
    request = ask(world)
    look_at(world, viewer)
    assert request
    mark_done(world, step)
    (message,) = send(world, mails)
    assert "Request for review" not in texts(message)
    ask(world, "communication")
    (message,) = send(world, mails, tomorrow())
    assert "Request for review: communication, Round 1 marzipan" in texts(message)
    assert "Step done" not in texts(message)


def test_what_is_seen_on_a_page_while_a_digest_goes_out_is_told_no_more(
    world: World, mails: MailServer, httpserver: HTTPServer
) -> None:
    ids = coach_them(world)
    admin = choose(world, "admin", channel=Channel.WEBHOOK)
    with writing(world.database.engine) as db:
        other = agree_step(world.viewer("coach"), db, THEM.user_id, "Draw it first")
    mark_done(world, ids["step"])

    def take(_request: Request) -> Response:
        mark_done(world, other)
        look_at(world, admin)
        return Response()

    httpserver.expect_oneshot_request("/hook").respond_with_handler(take)
    httpserver.expect_request("/hook").respond_with_data("")
    settings = mails.settings(digest_webhook_url=httpserver.url_for("/hook"), digest_webhook_secret="whsec_" + "A" * 32)
    assert send_due(world.database.engine, SETTINGS, settings) == 1
    assert send_due(world.database.engine, SETTINGS, settings, at=tomorrow()) == 0
    (told,) = [request.get_data(as_text=True) for request, _ in httpserver.log]
    assert "Tell it in three sentences" in told
    assert "Draw it first" not in told


@pytest.mark.parametrize("scores", [False, True])
def test_scores_trends_and_targets_only_where_they_were_chosen(world: World, mails: MailServer, scores: bool) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach", scores=scores)
    everything_happens(world, step)
    (message,) = send(world, mails)
    told = texts(message)
    assert "Goal reached: communication" in told
    assert "New verdict: technical, Round 2 marzipan" in told
    assert ("above 0.01" in told) is scores
    # The date and the ids have digits; no score is in the lines.
    lines = [line for line in told.splitlines() if line.startswith("* ")]
    assert len(lines) >= 7
    assert any(re.search(r"\d\.\d", line) for line in lines) is scores


def test_nobody_is_told_of_whom_or_what_they_may_not_see(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    everybody = ("interviewee", "other interviewee", "coach", "other coach", "admin")
    for who in everybody:
        viewer = choose(world, who)
        for person in PEOPLE.values():
            look_at(world, viewer, person.user_id)
    everything_happens(world, step)
    came = {str(message["To"]): texts(message) for message in send(world, mails)}
    assert set(came) == {PEOPLE[who].email for who in ("interviewee", "coach", "admin")}
    for who in ("interviewee", "coach", "admin"):
        told = came[PEOPLE[who].email].lower()
        assert [word for word in words_of_others(*MAY_SEE[who]) if word in told] == []
        # Notes are nobody's news, whoever may read them.
        assert words_in(told) == set()
    assert "What is new about your interviews" in came[THEM.email]
    assert "new verdict" in came[PEOPLE["coach"].email].lower()
    assert "new verdict" not in came[PEOPLE["admin"].email].lower()


def taken_away(world: World) -> None:
    with writing(world.database.engine) as db:
        members.unassign(TRUSTED, db, world.member_ids["coach"], [THEM.user_id])


def no_coach(world: World) -> None:
    with writing(world.database.engine) as db:
        members.set_role(TRUSTED, db, COACH, Role.INTERVIEWEE, SETTINGS)


def deactivated(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == PEOPLE["coach"].user_id).values(is_active=False))


def another_address(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        moved = sa.update(users).where(users.c.id == PEOPLE["coach"].user_id).values(email="moved@example.org")
        connection.execute(moved)


def forgotten(world: World) -> None:
    forget(world.database.engine, THEM.user_id)


def reader_forgotten(world: World) -> None:
    forget(world.database.engine, PEOPLE["coach"].user_id)


def somebody_else(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        newer = now() + timedelta(seconds=1)
        connection.execute(sa.update(users).where(users.c.id == THEM.user_id).values(created_at=newer))


def ended(world: World) -> None:
    with writing(world.database.engine) as db:
        choose_digest(world.viewer("coach"), db, None)


ENDS = [taken_away, no_coach, deactivated, another_address, forgotten, reader_forgotten, somebody_else, ended]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_rights_count_as_they_are_when_it_is_sent(
    world: World, mails: MailServer, end: Callable[[World], None]
) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach")
    choose(world, "admin")
    mark_done(world, step)
    end(world)
    to = {str(message["To"]) for message in send(world, mails)}
    assert COACH not in to
    assert (PEOPLE["admin"].email in to) is (end not in (forgotten, somebody_else))


def test_whoever_rates_before_they_see_is_told_no_verdict_and_no_trend(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    switch(world, "coach")
    choose(world, "coach", scores=True, role_of=replace(world.viewer("coach"), rates_blind=True, sees_cohort=False))
    everything_happens(world, step)
    (message,) = send(world, mails)
    told = texts(message)
    assert "Step done" in told
    assert [word for word in ("verdict", "trend", "Goal reached") if word in told] == []


def test_an_interview_somebody_keeps_to_themselves_is_in_nobody_elses_digest(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    for who in ("interviewee", "coach"):
        choose(world, who)
    everything_happens(world, step)
    with writing(world.database.engine) as db:
        db.execute(sa.insert(private_interviews).values(interview_id=102, user_id=THEM.user_id, since=now()))
    came = {str(message["To"]): texts(message) for message in send(world, mails)}
    assert "Round 2 marzipan" in came[THEM.email]
    assert "Round 2 marzipan" not in came[COACH]
    assert "Round 1 marzipan" in came[COACH]


def asked(world: World) -> TestClient:
    made = LazyMount("/unsubscribe", lambda: Unsubscribe(lambda: world.database.engine))
    # Below a path of a proxy's, as PUBLIC_URL has it.
    return TestClient(BasePath(Starlette(routes=[made]), base=lambda: "/x"))


def test_one_click_ends_them_without_sign_in_and_a_look_does_not(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    viewer = choose(world, "coach")
    mark_done(world, step)
    (message,) = send(world, mails)
    token = message["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert token not in everything_kept(world)
    client, path = asked(world), f"/x/unsubscribe/{token}"
    page = client.get(path)
    assert '<form method="post">' in page.text
    assert page.headers["cache-control"] == "no-store"
    with reading(world.database.engine) as db:
        assert digest_of(viewer, db) is not None
    for _ in range(2):
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with reading(world.database.engine) as db:
        assert digest_of(viewer, db) is None
        acts = db.execute(sa.select(audit.c.action).where(audit.c.actor == COACH, audit.c.action == "end_digest"))
        assert len(acts.all()) == 1
    missing = client.get("/x/unsubscribe")
    for answer in (client.get(path[:-1] + "!"), client.post("/x/unsubscribe/guess"), client.put(path)):
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert [client.get("/x/unsubscribe/guess").status_code for _ in range(30)][-1] == 429
    assert client.get(path).status_code == 200


def posted(world: World, message: EmailMessage) -> int:
    """Press a mail program's button; how it was answered."""
    token = message["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    return asked(world).post(f"/x/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}).status_code


def test_the_address_of_any_former_digest_ends_them(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    viewer = choose(world, "coach")
    mark_done(world, step)
    (first,) = send(world, mails)
    everything_happens(world, step)
    (second,) = send(world, mails, tomorrow(1))
    engine = world.database.engine
    # Neither the next digest nor what expires takes the address of the first from it.
    expire(engine, 1, at=now() + timedelta(days=400))
    assert states(world) == {}
    assert posted(world, first) == 200
    with reading(engine) as db:
        assert digest_of(viewer, db) is None
    # Nobody gets any now: what is left of the addresses expires.
    expire(engine, 1, at=now() + timedelta(days=400))
    assert [posted(world, message) for message in (first, second)] == [404, 404]


def test_several_copies_send_it_once(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    for who in ("coach", "admin"):
        choose(world, who)
    mark_done(world, step)
    together = threading.Barrier(4)
    mails.takes = 0.05

    def copy() -> None:
        together.wait()
        send_due(world.database.engine, SETTINGS, mails.settings(), times=AT_ONCE)

    copies = [threading.Thread(target=copy) for _ in range(4)]
    for one in copies:
        one.start()
    for one in copies:
        one.join()
    assert sorted(str(message["To"]) for message in mails.taken) == sorted([COACH, PEOPLE["admin"].email])
    assert set(states(world).values()) == {"sent"}


def test_a_week_begins_on_monday_and_a_day_at_its_hour() -> None:
    at = datetime(2026, 3, 5, 5, 59, tzinfo=UTC)  # a Thursday
    assert period(at, 6, weekly=False) == datetime(2026, 3, 4, 6, tzinfo=UTC)
    assert period(at + timedelta(minutes=1), 6, weekly=False) == datetime(2026, 3, 5, 6, tzinfo=UTC)
    assert period(at, 6, weekly=True) == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert period(datetime(2026, 3, 2, 5, tzinfo=UTC), 6, weekly=True) == datetime(2026, 2, 23, 6, tzinfo=UTC)


def test_what_is_chosen_now_begins_with_the_next_period(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach", Every.WEEK)
    with writing(world.database.engine) as db:
        db.execute(sa.update(digests).values(chosen_at=now()))
    mark_done(world, step)
    assert send(world, mails) == []
    assert len(send(world, mails, tomorrow(7))) == 1


def test_digests_go_on_for_whoever_reads_nothing_else(world: World, mails: MailServer) -> None:
    choose(world, "coach")
    with writing(world.database.engine) as db:
        db.execute(sa.update(looks).values(base_at=tomorrow(-200), shown_at=tomorrow(-200)))
    for days, interview_id in enumerate((102, 103)):
        # The first time nothing was new for as long, the second a digest has just told something.
        expire(world.database.engine, 183)
        rate(world, "admin", interview_id)
        (message,) = send(world, mails, tomorrow(days))
        assert texts(message).count("* New verdict") == 4


def test_digests_are_exported_expire_and_go_with_the_person(world: World, mails: MailServer) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach")
    mark_done(world, step)
    send(world, mails)
    engine = world.database.engine
    held = export_person(engine, PEOPLE["coach"].user_id)["ours"]
    assert ([row["every"] for row in held["digests"]], len(held["digest_deliveries"])) == (["day"], 1)
    assert export_person(engine, THEM.user_id)["ours"]["digests"] == []
    expire(engine, 1, at=now() + timedelta(days=3))
    assert states(world) == {COACH: "sent"}
    expire(engine, 1, at=now() + timedelta(days=10))
    assert states(world) == {}
    choose(world, "coach")
    forget(engine, PEOPLE["coach"].user_id)
    with reading(engine) as db:
        for table in (digests, digest_deliveries, digest_tokens):
            assert db.execute(sa.select(table)).all() == []
        assert db.execute(sa.select(member_rows.c.id).where(member_rows.c.email == COACH)).all() == []
