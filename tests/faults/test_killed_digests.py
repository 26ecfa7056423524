"""Processes that send digests are killed at random moments, two at work at a time: everybody has theirs exactly once.

Once means one message by its id (`Message-ID`, `webhook-id`). As messages are counted, one is twice there only if a
process was killed between the receiver's taking it and our writing that down, which no sender can rule out.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from pytest_httpserver import HTTPServer

from analytics.access.viewer import Role, Viewer
from analytics.coaching.digests import Channel
from analytics.columns import now
from analytics.database.schema import members
from analytics.database.sessions import writing
from analytics.database.sharing_tables import digests, looks
from analytics.delivery.settings import DeliverySettings
from analytics.digests.sender import send_due
from tests.support import killed_sender
from tests.support.coaching import coach_them
from tests.support.digests import SETTINGS, look_at, mark_done, states, tomorrow
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.waiting import wait_until
from tests.support.world import World

# On each of the two databases.
KILLS = 50
SEED = 20_261_129
READERS = 120
# Every eighth has a webhook, the others e-mail.
CHANNELS = [Channel.MAIL] * 7 + [Channel.WEBHOOK]


def email_of(number: int) -> str:
    return f"reader-{number}@example.org"


BY = {email_of(number): CHANNELS[number % len(CHANNELS)] for number in range(READERS)}


def prepare(world: World) -> None:
    """Let many admins wait for the same news."""
    step = coach_them(world)["step"]
    look_at(world, Viewer(Role.ADMIN, email=email_of(0)))
    with writing(world.database.engine) as db:
        (look,) = db.execute(sa.select(looks)).mappings()
        db.execute(sa.insert(looks), [dict(look) | {"viewer": email} for email in BY if email != email_of(0)])
        admins = [{"email": email, "role": "admin", "created_at": now()} for email in BY]
        db.execute(sa.insert(members), admins)
        chosen = {"every": "day", "with_scores": False, "chosen_as": "admin", "chosen_at": now() - timedelta(days=8)}
        db.execute(sa.insert(digests), [chosen | {"email": email, "channel": channel} for email, channel in BY.items()])
    mark_done(world, step)


def kill_some(world: World, settings: DeliverySettings, mails: MailServer) -> tuple[int, Counter[str]]:
    """Kill processes at work; returns how many, and how often whose digest was on its way then."""
    chance = random.Random(SEED)
    killed, on_their_way = 0, Counter[str]()
    for _ in range(KILLS):
        if killed >= KILLS:
            break
        sent = len(mails.taken)
        both = [killed_sender.start(world.database.url, settings) for _ in range(2)]
        # They are at work, or nothing is left that nobody has.
        wait_until(lambda: len(mails.taken) > sent or not both[0].is_alive(), "a process at work")  # noqa: B023
        for one in both:
            one.join(chance.uniform(0, 0.03))
            killed += one.is_alive()
            one.kill()
            one.join()
        on_their_way.update(email for email, state in states(world).items() if state == "sending")
    return killed, on_their_way


def test_everybody_gets_each_digest_once(world: World, httpserver: HTTPServer) -> None:
    prepare(world)
    httpserver.expect_request("/hook").respond_with_data("")
    engine = world.database.engine
    with running_mail_server() as mails:
        hook = {"digest_webhook_url": httpserver.url_for("/hook"), "digest_webhook_secret": "whsec_" + "A" * 32}
        settings = mails.settings(**hook)
        mails.takes = 0.01
        killed, on_their_way = kill_some(world, settings, mails)

        def all_sent() -> bool:
            send_due(engine, SETTINGS, settings, times=killed_sender.TIMES)
            return states(world) == dict.fromkeys(BY, "sent")

        wait_until(all_sent, "the rest", 120)
        messages = [(str(message["To"]), str(message["Message-ID"])) for message in mails.taken]
        messages += [(request.get_json()["data"]["to"], request.headers["webhook-id"]) for request, _ in httpserver.log]
        # Nothing is left to tell the next day to those whose digests were on their way when a process was killed.
        with writing(engine) as db:
            db.execute(sa.delete(digests).where(digests.c.email.not_in(on_their_way)))
        assert send_due(engine, SETTINGS, settings, at=tomorrow(), times=killed_sender.TIMES) == 0
    assert killed >= KILLS
    # By their ids: one for each, and no id for two people.
    assert sorted(email for email, _ in set(messages)) == sorted(BY)
    assert len({name for _, name in messages}) == READERS
    # As they were counted.
    came = Counter(email for email, _ in messages)
    assert {email: count for email, count in came.items() if count > 1 + on_their_way[email]} == {}
