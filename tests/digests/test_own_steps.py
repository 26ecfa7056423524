"""A person's own digest tells of each of their steps that it was done: once, whatever their own page has shown them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access.personal_data import expire
from analytics.coaching.steps import StepState, agree_step, mark_step
from analytics.columns import now
from analytics.database.sessions import writing
from analytics.database.sharing_tables import digests, looks
from analytics.digests.sender import send_due
from tests.support.coaching import THEM
from tests.support.digests import AT_ONCE, SETTINGS, choose, look_at, mark_done, texts, tomorrow
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.verdicts import rate
from tests.support.world import PEOPLE, World

COACH = PEOPLE["coach"].email
SEED = 20_261_201
EVENTS = 80


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


def send(world: World, mails: MailServer, days: int) -> dict[str, list[str]]:
    """Send what is due so many days from now; the steps that each person's digest told as done, if one came."""
    mails.taken.clear()
    send_due(world.database.engine, SETTINGS, mails.settings(), at=tomorrow(days), times=AT_ONCE)
    plain = {str(mail["To"]): texts(mail).partition("<!doctype")[0] for mail in mails.taken}
    return {to: re.findall(r"^\* Step done: (\w+)\.", text, re.MULTILINE) for to, text in plain.items()}


def agree(world: World, text: str) -> str:
    with writing(world.database.engine) as db:
        return agree_step(world.viewer("coach"), db, THEM.user_id, text)


def test_the_step_they_marked_and_saw_is_in_their_next_digest_and_no_later_one(world: World, mails: MailServer) -> None:
    steps = [agree(world, text) for text in ("Summarise", "Draw")]
    for who in ("interviewee", "coach"):
        choose(world, who)
    mark_done(world, steps[0])
    for who in ("interviewee", "coach"):
        look_at(world, world.viewer(who))
    # A page still tells a coach enough.
    assert send(world, mails, 0) == {THEM.email: ["Summarise"]}
    assert send(world, mails, 1) == {}
    look_at(world, world.viewer("interviewee"))
    rate(world, "coach", 102)
    assert send(world, mails, 2) == {THEM.email: []}
    mark_done(world, steps[1])
    look_at(world, world.viewer("interviewee"))
    assert send(world, mails, 3) == {THEM.email: ["Draw"], COACH: ["Draw"]}
    assert send(world, mails, 4) == {}


def test_what_was_done_before_they_chose_digests_is_no_news(world: World, mails: MailServer) -> None:
    former, later = agree(world, "Summarise"), agree(world, "Draw")
    mark_done(world, former)
    viewer = choose(world, "interviewee")
    with writing(world.database.engine) as db:
        db.execute(sa.update(digests).values(chosen_at=now()))
    assert send(world, mails, 1) == {}
    mark_done(world, later)
    look_at(world, viewer)
    assert send(world, mails, 2) == {THEM.email: ["Draw"]}


def test_what_a_digest_told_is_not_told_again_once_the_looks_have_expired(world: World, mails: MailServer) -> None:
    step, later = agree(world, "Summarise"), agree(world, "Draw")
    viewer = choose(world, "interviewee")
    mark_done(world, step)
    assert send(world, mails, 0) == {THEM.email: ["Summarise"]}
    with writing(world.database.engine) as db:
        db.execute(sa.update(looks).values(shown_at=now() - timedelta(days=60)))
    expire(world.database.engine, 30)
    look_at(world, viewer)
    assert send(world, mails, 1) == {}
    mark_done(world, later)
    look_at(world, viewer)
    assert send(world, mails, 2) == {THEM.email: ["Draw"]}


def test_through_a_random_history_each_done_step_is_told_once_in_the_next_digest(
    world: World, mails: MailServer
) -> None:
    chance = random.Random(SEED)
    steps = {f"Step{number}": agree(world, f"Step{number}") for number in range(12)}
    readers = {who: choose(world, who) for who in ("interviewee", "coach")}
    done: set[str] = set()
    untold: dict[str, set[str]] = {THEM.email: set(), COACH: set()}
    for day in range(EVENTS):
        who, what = chance.choice(list(readers)), chance.choice(("mark", "look", "send"))
        if what == "mark":
            name, state = chance.choice(list(steps)), chance.choice((StepState.TRIED, StepState.DONE, StepState.DONE))
            # Once more, with another word, is no news.
            state = StepState.DONE if name in done else state
            with writing(world.database.engine) as db:
                mark_step(readers[who], db, steps[name], state, f"Word {day}")
            if state is StepState.DONE and name not in done:
                done.add(name)
                untold = {email: {*names, name} for email, names in untold.items()}
        elif what == "look":
            look_at(world, readers[who])
            untold |= {COACH: set()} if who == "coach" else {}
        else:
            mails.refusal = chance.choice(("", "", "451 Later"))
            came = send(world, mails, day)
            if not mails.refusal:
                expected = {email: sorted(names) for email, names in untold.items() if names}
                assert {email: sorted(names) for email, names in came.items()} == expected
                untold = {email: set() for email in untold}
    # Else nothing was shown.
    assert len(done) > len(steps) / 2
