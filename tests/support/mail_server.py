"""A real mail server on this machine, which keeps what it takes and can be told to misbehave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from analytics.delivery.settings import DeliverySettings
from tests.support.ports import free_port
from tests.support.secrets import MARK

PASSWORD = f"mail-{MARK}"


@dataclass
class MailServer:
    """What it took, in order, and how it answers: `refusal` in place of taking.

    It `hangs_up` without a word once it has a message; where it `leaves`, before it is given one.
    """

    url: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusal: str = ""
    hangs_up: bool = False
    leaves: bool = False
    takes: float = 0.0
    password: str = PASSWORD

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        if self.leaves:
            server.transport.close()
        return "250 Known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.refusal:
            return self.refusal
        read = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(read, EmailMessage)
        time.sleep(self.takes)
        self.raw.append(bytes(envelope.content or b""))
        self.taken.append(read)
        if self.hangs_up:
            server.transport.close()
        return "250 Taken"

    def settings(self, **values: Any) -> DeliverySettings:
        """Give settings that lead here."""
        kept = {"public_url": "https://skills.example/x", "mail_from": "skills@example.org", "smtp_url": self.url}
        return DeliverySettings(**kept | values)


@contextmanager
def running_mail_server(*, sign_in: bool = False, **options: Any) -> Iterator[MailServer]:
    """Run one; with `sign_in` it lets people with the password in. The options are aiosmtpd's."""
    server, port = MailServer(), free_port()

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and given.password == server.password.encode()
        return AuthResult(success=known, handled=False)

    options |= {"authenticator": check, "auth_require_tls": False} if sign_in else {}
    controller = Controller(server, hostname="127.0.0.1", port=port, **options)
    controller.start()  # type: ignore[no-untyped-call]
    server.url = f"smtp://skills:{PASSWORD}@127.0.0.1:{port}" if sign_in else f"smtp://127.0.0.1:{port}"
    try:
        yield server
    finally:
        controller.stop()  # type: ignore[no-untyped-call]
