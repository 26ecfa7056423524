"""A digest goes to exactly the address that chose it, whatever characters that has."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from analytics.digests.sender import send_due
from analytics.interviewlab.tables import users
from tests.support.coaching import THEM
from tests.support.digests import AT_ONCE, SETTINGS, choose, texts
from tests.support.mail_server import running_mail_server
from tests.support.verdicts import rate
from tests.support.world import World


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("o'brien@example.org", "o'brien@example.org"),
        ("müller@example.org", "müller@example.org"),
        ("a@bücher.example", "a@bücher.example"),
        ("a..b@example.org", "a..b@example.org"),
        (".a@example.org", ".a@example.org"),
        # In brackets, a program that reads addresses would find a comment, and write to `a`.
        ("a(b)@example.org", '"a(b)"@example.org'),
        ("a,b@example.org", '"a,b"@example.org'),
        ('"jo hn"@example.org', '"jo hn"@example.org'),
    ],
)
def test_a_digest_goes_to_the_address_that_chose_it(world: World, email: str, mailbox: str) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == THEM.user_id).values(email=email))
    choose(world, "", role_of=replace(world.viewer("interviewee"), email=email))
    rate(world, "coach", 102)
    with running_mail_server(enable_SMTPUTF8=True) as mails:
        assert send_due(world.database.engine, SETTINGS, mails.settings(), times=AT_ONCE) == 1
    assert mails.recipients == [mailbox]
    assert "New verdict" in texts(mails.taken[0])
