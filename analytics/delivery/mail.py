"""E-mail through the configured mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from typing import Any, Final

from analytics.delivery.errors import DeliveryError
from analytics.delivery.settings import MailServer

_SECONDS: Final = 20.0
_UNREACHED: Final = "The mail server of SMTP_URL cannot be reached, breaks off, or has no valid certificate."


def send_mail(
    server: MailServer, message: EmailMessage, *, before: Callable[[], None], after: Callable[[], None]
) -> None:
    """Send a message through the mail server.

    `before` is called when all is said but the message itself, `after` as soon as the server says that it has it.
    Raises `DeliveryError` where it did not say so; if the connection broke after the last byte it may have it.
    """
    try:
        connection = _connect(server, before)
        try:
            connection.send_message(message)
            after()
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()
    except smtplib.SMTPRecipientsRefused:
        raise DeliveryError("The mail server does not take messages for this address.") from None
    except smtplib.SMTPAuthenticationError:
        raise DeliveryError("The mail server refused the name and password of SMTP_URL.") from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"The mail server refused the message ({error.smtp_code}).") from None
    except smtplib.SMTPNotSupportedError:
        raise DeliveryError("The mail server lacks what is needed: STARTTLS, a sign-in, or such an address.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(_UNREACHED) from error


def _connect(server: MailServer, begin: Callable[[], None]) -> _Connection:
    options: dict[str, Any] = {"timeout": _SECONDS}
    if server.from_the_start:
        options["context"] = ssl.create_default_context()
        connection: _Connection = _TlsConnection(server.host, server.port, **options)
    else:
        connection = _Connection(server.host, server.port, **options)
    try:
        if server.starttls:
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    connection.begin = begin
    return connection


class _Connection(smtplib.SMTP):
    begin: Callable[[], None]

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.begin()
        return super().data(msg)


class _TlsConnection(_Connection, smtplib.SMTP_SSL):
    pass
