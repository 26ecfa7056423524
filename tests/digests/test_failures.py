"""Digests that cannot be sent: tried three times, told on the Setup tab, and sent again under the same id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics.breakdown.model_settings import ModelSettings
from analytics.delivery.settings import DeliverySettings
from analytics.digests.sender import send_due
from analytics.views.installation import Part, installation
from tests.support.coaching import coach_them
from tests.support.digests import AT_ONCE, SETTINGS, choose, mark_done, states, texts, tomorrow
from tests.support.mail_server import PASSWORD, MailServer, running_mail_server
from tests.support.verdicts import rate
from tests.support.world import PEOPLE, World

COACH = PEOPLE["coach"].email


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def ready(world: World) -> World:
    """Something to tell, to a coach who wants to be told."""
    step = coach_them(world)["step"]
    choose(world, "coach")
    mark_done(world, step)
    return world


def part(world: World, delivery: DeliverySettings) -> Part:
    parts = installation(
        world.viewer("admin"), world.database.engine, settings=SETTINGS, model=ModelSettings(), delivery=delivery,
        jobs=None, sign_in=True,
    )  # fmt: skip
    return next(one for one in parts if one.name == "Digests")


def test_after_three_failures_the_setup_tab_says_so_and_the_next_digest_says_all(
    ready: World, mails: MailServer
) -> None:
    mails.refusal = "550 No such mailbox"
    settings = mails.settings()
    for _ in range(3):
        assert part(ready, settings).in_order
        send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE)
    told = part(ready, settings)
    assert (told.in_order, told.at is not None) == (False, True)
    assert (
        told.sentence
        == "1 digest could not be sent in three tries. The last: The mail server refused the message (550)."
    )
    assert COACH not in told.sentence
    mails.refusal = ""
    assert send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE) == 0
    assert send_due(ready.database.engine, SETTINGS, settings, at=tomorrow(), times=AT_ONCE) == 1
    assert "Step done" in texts(mails.taken[0])
    assert part(ready, settings) == Part("Digests", True, "On, by e-mail.")
    assert part(ready, DeliverySettings()).sentence.startswith("Off: ")


def test_a_failure_waits_before_it_is_tried_again(ready: World, mails: MailServer) -> None:
    mails.refusal = "451 Later"
    settings = mails.settings()
    for _ in range(3):
        send_due(ready.database.engine, SETTINGS, settings)
    mails.refusal = ""
    assert send_due(ready.database.engine, SETTINGS, settings) == 0
    assert states(ready) == {COACH: "waiting"}


def test_when_the_mail_servers_password_changes_first_the_digest_goes_out_once_ours_has(world: World) -> None:
    step = coach_them(world)["step"]
    choose(world, "coach")
    mark_done(world, step)
    with running_mail_server(sign_in=True) as mails:
        before = mails.settings()
        mails.password = f"new-{PASSWORD}"
        assert send_due(world.database.engine, SETTINGS, before, times=AT_ONCE) == 0
        assert states(world) == {COACH: "waiting"}
        after = mails.settings(smtp_url=mails.url.replace(PASSWORD, mails.password))
        assert send_due(world.database.engine, SETTINGS, after, times=AT_ONCE) == 1
        assert send_due(world.database.engine, SETTINGS, after, times=AT_ONCE) == 0
    assert "Step done" in texts(mails.taken[0])
    assert len(mails.taken) == 1
    assert part(world, after).in_order


def test_what_may_have_arrived_is_sent_again_under_the_same_id(ready: World, mails: MailServer) -> None:
    settings = mails.settings()
    mails.leaves = True
    assert send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE) == 0
    # A server that goes before the last byte has nothing.
    assert mails.taken == []
    mails.leaves, mails.hangs_up = False, True
    assert send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE) == 0
    assert states(ready) == {COACH: "waiting"}
    mails.hangs_up = False
    assert send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE) == 1
    assert send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE) == 0
    first, second = mails.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert states(ready) == {COACH: "sent"}
    # Both told it: nothing is left for the next one.
    assert send_due(ready.database.engine, SETTINGS, settings, at=tomorrow(), times=AT_ONCE) == 0


def test_more_news_than_may_have_arrived_have_an_id_of_their_own(ready: World, mails: MailServer) -> None:
    mails.hangs_up = True
    settings = mails.settings()
    send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE)
    rate(ready, "admin", 102)
    mails.hangs_up = False
    assert send_due(ready.database.engine, SETTINGS, settings, times=AT_ONCE) == 1
    first, second = mails.taken
    # A mail system that drops what it has would drop the verdict with it.
    assert first["Message-ID"] != second["Message-ID"]
    assert "New verdict" not in texts(first)
    assert "New verdict" in texts(second)
