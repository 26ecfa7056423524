"""Processes that send digests are killed at random moments, two at work at a time: nobody gets one twice.

An e-mail that was on its way when its process died may have arrived or not, and nobody can say: it is not sent again,
and said to be interrupted; the next digest tells what it would have told. A webhook is sent again under the same id, by
which its receiver knows it.
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
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import digest_deliveries, digests, looks
from analytics.digests.sender import send_due
from tests.support import killed_sender
from tests.support.coaching import coach_them
from tests.support.digests import SETTINGS, look_at, mark_done, tomorrow
from tests.support.mail_server import running_mail_server
from tests.support.waiting import wait_until
from tests.support.world import World

# On each of the two databases.
KILLS = 25
SEED = 20_261_129
# In turn by e-mail and by webhook.
READERS = 200
CHANNELS = (Channel.MAIL, Channel.WEBHOOK)
ENDED = ("sent", "interrupted")


def email_of(number: int) -> str:
    return f"reader-{number}@example.org"


def prepare(world: World) -> None:
    """Let many admins wait for the same news."""
    step = coach_them(world)["step"]
    look_at(world, Viewer(Role.ADMIN, email=email_of(0)))
    with writing(world.database.engine) as db:
        (look,) = db.execute(sa.select(looks)).mappings()
        emails = [email_of(number) for number in range(READERS)]
        db.execute(sa.insert(looks), [dict(look) | {"viewer": email} for email in emails[1:]])
        admins = [{"email": email, "role": "admin", "created_at": now()} for email in emails]
        db.execute(sa.insert(members), admins)
        chosen = {"every": "day", "with_scores": False, "chosen_as": "admin", "chosen_at": now() - timedelta(days=8)}
        rows = [chosen | {"email": email, "channel": CHANNELS[n % 2]} for n, email in enumerate(emails)]
        db.execute(sa.insert(digests), rows)
    mark_done(world, step)


def deliveries(world: World) -> dict[str, str]:
    with reading(world.database.engine) as db:
        rows = db.execute(sa.select(digest_deliveries)).mappings()
        return {row["email"]: row["state"] for row in rows}


def test_nobody_gets_a_digest_twice_and_none_is_lost_unsaid(world: World, httpserver: HTTPServer) -> None:
    prepare(world)
    chance = random.Random(SEED)
    httpserver.expect_request("/hook").respond_with_data("")
    with running_mail_server() as mails:
        hook = {"digest_webhook_url": httpserver.url_for("/hook"), "digest_webhook_secret": "whsec_" + "A" * 32}
        settings, url = mails.settings(**hook), world.database.url
        mails.takes = 0.01
        killed = 0
        for _ in range(2 * KILLS):
            if killed >= KILLS:
                break
            sent = len(mails.taken)
            process, other = killed_sender.start(url, settings), killed_sender.start(url, settings)
            # It is at work, or nothing is left that nobody has.
            wait_until(lambda: len(mails.taken) > sent or not process.is_alive(), "a process at work", 60)  # noqa: B023
            process.join(chance.uniform(0, 0.05))
            for one in (process, other):
                killed += one.is_alive()
                one.kill()
                one.join()
        wait_until(lambda: all_ended(world, url, settings), "the rest", 180)
        kept = deliveries(world)
        came = Counter(str(message["To"]) for message in mails.taken)
        interrupted = {email for email, state in kept.items() if state == "interrupted"}
        send_due(world.database.engine, SETTINGS, settings, at=tomorrow(), times=killed_sender.TIMES)
        # The news of these are perhaps not told yet; everybody else was told all of it.
        assert {str(message["To"]) for message in mails.taken[sum(came.values()) :]} == interrupted
    posted: dict[str, set[str]] = {}
    for request, _ in httpserver.log:
        posted.setdefault(request.get_json()["data"]["to"], set()).add(request.headers["webhook-id"])
    assert killed >= KILLS
    assert len(kept) == READERS
    for number in range(READERS):
        state = kept[email_of(number)]
        if CHANNELS[number % 2] is Channel.WEBHOOK:
            # Perhaps posted twice, and then under the id that its receiver knows.
            assert (state, len(posted[email_of(number)])) == ("sent", 1)
        elif state == "sent":
            assert came[email_of(number)] == 1
        else:
            assert state == "interrupted"
            assert came[email_of(number)] <= 1
    # What was interrupted was on its way in a process that was killed then.
    assert sum(state == "interrupted" for state in kept.values()) <= killed


def all_ended(world: World, url: str, settings: object) -> bool:
    process = killed_sender.start(url, settings)  # type: ignore[arg-type]
    process.join()
    kept = deliveries(world)
    return len(kept) == READERS and all(state in ENDED for state in kept.values())
