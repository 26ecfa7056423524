"""Where digests go: each setting is checked with a sentence, and what belongs together is asked for together."""

from __future__ import annotations

import base64

import pytest

from analytics.delivery.settings import DeliverySettings, MailServer, SettingsError

KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
MAIL = {"PUBLIC_URL": "https://skills.example/", "MAIL_FROM": "skills@example.org"}
HOOK = {"PUBLIC_URL": "https://skills.example", "DIGEST_WEBHOOK_SECRET": KEY}


def test_nothing_is_sent_by_default() -> None:
    settings = DeliverySettings.from_environment({})
    assert (settings.is_configured, settings.digest_hour) == (False, 6)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "", "", False, True)),
        ("smtps://a%40b:p%3Aw@mail.example", MailServer("mail.example", 465, "a@b", "p:w", True, False)),
        ("smtp://relay.example:25?starttls=off", MailServer("relay.example", 25, "", "", False, False)),
        ("smtp://127.0.0.1:2525", MailServer("127.0.0.1", 2525, "", "", False, False)),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    settings = DeliverySettings.from_environment(MAIL | {"SMTP_URL": url})
    assert settings.server == server
    assert settings.base == "https://skills.example"
    assert "p:w" not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SMTP_URL": "smtp://mail.example"}, "SMTP_URL needs PUBLIC_URL and MAIL_FROM too."),
        (MAIL | {"SMTP_URL": "mail.example"}, "SMTP_URL must be the address of a mail server, such as "),
        (MAIL | {"SMTP_URL": "smtp://mail.example?tls=no"}, "SMTP_URL may end with ?starttls=off and nothing else."),
        (MAIL | {"SMTP_URL": "smtp://user:changeme@mail.example"}, "SMTP_URL still holds an example's text; put "),
        ({"PUBLIC_URL": "http://skills.example"}, "PUBLIC_URL must begin with https://, unless it is on this machine."),
        (HOOK | {"DIGEST_WEBHOOK_URL": "http://10.0.0.1/x"}, "DIGEST_WEBHOOK_URL must begin with https://, unless "),
        (MAIL | {"DIGEST_WEBHOOK_URL": "https://b.example"}, "DIGEST_WEBHOOK_URL needs DIGEST_WEBHOOK_SECRET too."),
        (HOOK | {"DIGEST_WEBHOOK_SECRET": "whsec_c2hvcnQ="}, "DIGEST_WEBHOOK_SECRET must be whsec_ and then 24 to 64 "),
        ({"DIGEST_WEBHOOK_FORMAT": "irc"}, "DIGEST_WEBHOOK_FORMAT must be one of json, slack, teams; it is 'irc'."),
        ({"DIGEST_HOUR": "24"}, "DIGEST_HOUR must be an hour from 0 to 23, such as 6; it is '24'."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_and_no_secret_repeated(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        DeliverySettings.from_environment(environment)
    assert str(error.value).startswith(sentence)
    assert "changeme" not in str(error.value)


def test_a_chat_needs_no_secret() -> None:
    chat = {
        "PUBLIC_URL": "https://a.example",
        "DIGEST_WEBHOOK_URL": "https://b.example",
        "DIGEST_WEBHOOK_FORMAT": "slack",
    }
    settings = DeliverySettings.from_environment(chat)
    assert (settings.posts, settings.is_chat, settings.key) == (True, True, None)
