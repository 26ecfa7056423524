"""E-mail through the configured mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from typing import Any, Final

from analytics.delivery.errors import DeliveryError, UncertainDeliveryError
from analytics.delivery.settings import MailServer

_SECONDS: Final = 20.0


def send_mail(server: MailServer, message: EmailMessage, *, before: Callable[[], None]) -> None:
    """Send a message through the mail server.

    `before` is called when all is said but the message itself: from then on it may have been taken whatever happens
    here. Raises `DeliveryError` for a message that was not taken, and `UncertainDeliveryError` where the connection
    broke when it may have been.
    """
    begun = False

    def begin() -> None:
        nonlocal begun
        before()
        begun = True

    try:
        connection = _connect(server, begin)
        try:
            connection.send_message(message)
        finally:
            # The message is taken or not by now, however the server says goodbye.
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
        if begun:
            raise UncertainDeliveryError("The mail server went away while it took the message.") from error
        raise DeliveryError("The mail server of SMTP_URL cannot be reached, or has no valid certificate.") from None


def _connect(server: MailServer, begin: Callable[[], None]) -> _Connection:
    context = ssl.create_default_context()
    options: dict[str, Any] = {"timeout": _SECONDS}
    if server.from_the_start:
        connection: _Connection = _TlsConnection(server.host, server.port, context=context, **options)
    else:
        connection = _Connection(server.host, server.port, **options)
    try:
        if server.starttls:
            connection.starttls(context=context)
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
