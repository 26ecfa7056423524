"""Handing a message to a mail server: with sign-in, with TLS and never without it, and what is said where it fails."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from analytics.delivery.errors import DeliveryError
from analytics.delivery.mail import send_mail
from analytics.delivery.settings import MailServer
from tests.support.certificates import make_certificate
from tests.support.mail_server import MailServer as Running
from tests.support.mail_server import running_mail_server
from tests.support.ports import free_port


def message(to: str = "somebody@example.org") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "skills@example.org", to, "News"
    made.set_content("Ünïcode.")
    return made


def handed(server: MailServer, to: str = "somebody@example.org") -> int:
    """Hand a message over; how often it was about to go out, and then had."""
    told: list[str] = []
    send_mail(server, message(to), before=lambda: told.append("before"), after=lambda: told.append("after"))
    assert told == ["before", "after"] * (len(told) // 2)
    return len(told) // 2


def test_with_name_and_password() -> None:
    with running_mail_server(sign_in=True) as running:
        server = running.settings().server
        assert handed(server) == 1
        with pytest.raises(DeliveryError, match="refused the name and password"):
            handed(server._replace(password="another"))
    assert [taken.get_content() for taken in running.taken] == ["Ünïcode.\r\n"]


@pytest.mark.parametrize("from_the_start", [True, False])
def test_with_tls_only_where_the_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_the_start: bool
) -> None:
    file, context = make_certificate(tmp_path)
    options = {"ssl_context": context} if from_the_start else {"tls_context": context}
    with running_mail_server(**options) as running:
        server = running.settings().server._replace(from_the_start=from_the_start, starttls=not from_the_start)
        with pytest.raises(DeliveryError, match="cannot be reached, breaks off, or has no valid certificate"):
            handed(server)
        assert running.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert handed(server) == 1
    assert len(running.taken) == 1


def test_what_goes_wrong_before_the_message_goes_out_is_told_and_nothing_went_out() -> None:
    with running_mail_server() as running:
        server = running.settings().server
        with pytest.raises(DeliveryError, match="lacks what is needed"):
            handed(server._replace(starttls=True))
        check_refusal(running, server)
    with pytest.raises(DeliveryError, match="cannot be reached"):
        handed(server._replace(port=free_port()))
    assert running.taken == []


def check_refusal(running: Running, server: MailServer) -> None:
    running.refusal = "554 No"
    with pytest.raises(DeliveryError, match=r"refused the message \(554\)"):
        handed(server)
