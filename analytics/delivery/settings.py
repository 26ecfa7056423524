"""Where and when digests are sent; by default nowhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationInfo, field_validator

from analytics.environment import EnvironmentSettings, SettingsError, number, secret
from analytics.settings import email_address

__all__ = ["DeliverySettings", "MailServer", "SettingsError"]

WEBHOOK_FORMATS: Final = ("json", "slack", "teams")
DEFAULT_HOUR: Final = 6
_SECRET_PREFIX: Final = "whsec_"
# What Standard Webhooks asks of a key.
_SECRET_BYTES: Final = range(24, 65)
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"smtp": 587, "smtps": 465}


class MailServer(NamedTuple):
    """A mail server, as `SMTP_URL` names it."""

    host: str
    port: int
    user: str
    password: str
    from_the_start: bool
    starttls: bool


def _check_text(read: Callable[[str], object]) -> BeforeValidator:
    """Accept a text, or a secret one, that `read` can read."""

    def check(value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not text:
            return None
        read(text)
        return value

    return BeforeValidator(check)


def _read_server(text: str) -> MailServer:
    must = ValueError("must be the address of a mail server, such as smtp://name:password@mail.example:587")
    try:
        address = urlsplit(text)
        port = address.port
    except ValueError:
        raise must from None
    if address.scheme not in _PORTS or not address.hostname or address.path not in {"", "/"}:
        raise must
    if address.query not in {"", "starttls=off"}:
        raise ValueError("may end with ?starttls=off and nothing else")
    here = address.hostname in _HERE
    return MailServer(
        host=address.hostname,
        port=port or _PORTS[address.scheme],
        user=unquote(address.username or ""),
        password=unquote(address.password or ""),
        from_the_start=address.scheme == "smtps",
        starttls=address.scheme == "smtp" and address.query == "" and not here,
    )


def _read_web_address(text: str) -> str:
    try:
        address = urlsplit(text)
        port_is_one = address.port is None or address.port > 0
    except ValueError:
        port_is_one = False
    if not port_is_one or not address.hostname or address.username is not None:
        raise ValueError("must be the address of a web page")
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _HERE):
        raise ValueError("must begin with https://, unless it is on this machine")
    return text.rstrip("/")


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        raise ValueError(f"must be {_SECRET_PREFIX} and then 24 to 64 random bytes in base64")
    return key


def _format() -> BeforeValidator:
    def read(value: object) -> str:
        text = str(value).strip().lower()
        if text not in WEBHOOK_FORMATS:
            raise ValueError(f"must be one of {', '.join(WEBHOOK_FORMATS)}; it is {text[:40]!r}")
        return text

    return BeforeValidator(read)


class DeliverySettings(EnvironmentSettings):
    """How digests are delivered; without `smtp_url` and `digest_webhook_url` nobody can subscribe.

    `public_url` is the address under which people reach the program, for the links in what is sent. `mail_from` is
    whom e-mails come from. What goes to the webhook is signed with `digest_webhook_secret`; chats (the formats `slack`
    and `teams`) do not ask for it. `digest_hour` is the hour of the day, UTC, from which on digests are sent.
    """

    public_url: Annotated[str | None, _check_text(_read_web_address)] = None
    mail_from: Annotated[str | None, email_address()] = None
    smtp_url: Annotated[SecretStr | None, _check_text(_read_server), secret("the address of your mail server")] = None
    digest_webhook_format: Annotated[str, _format()] = WEBHOOK_FORMATS[0]
    digest_webhook_secret: Annotated[SecretStr | None, _check_text(_read_key), secret("a random text")] = None
    digest_webhook_url: Annotated[
        SecretStr | None, _check_text(_read_web_address), secret("the address of your webhook")
    ] = None
    digest_hour: Annotated[int, number(0, 23, f"an hour from 0 to 23, such as {DEFAULT_HOUR}", whole=True)] = (
        DEFAULT_HOUR
    )

    @property
    def mails(self) -> bool:
        """Return whether e-mail is configured."""
        return self.smtp_url is not None

    @property
    def posts(self) -> bool:
        """Return whether a webhook is configured."""
        return self.digest_webhook_url is not None

    @property
    def is_configured(self) -> bool:
        """Return whether digests can be delivered at all."""
        return self.mails or self.posts

    @property
    def is_chat(self) -> bool:
        """Return whether the webhook posts to a chat, which others may read."""
        return self.digest_webhook_format != WEBHOOK_FORMATS[0]

    @property
    def base(self) -> str:
        """Return the base address of links, without a trailing slash."""
        return (self.public_url or "").rstrip("/")

    @property
    def server(self) -> MailServer:
        """Return the mail server, which must be configured."""
        return _read_server(self.smtp_url.get_secret_value() if self.smtp_url else "")

    @property
    def webhook_url(self) -> str:
        """Return the webhook's address; empty without one."""
        return self.digest_webhook_url.get_secret_value() if self.digest_webhook_url else ""

    @property
    def key(self) -> bytes | None:
        """Return the webhook's signing key; None without one."""
        return None if self.digest_webhook_secret is None else _read_key(self.digest_webhook_secret.get_secret_value())

    @field_validator("smtp_url", "digest_webhook_url", mode="after")
    @classmethod
    def _belongs_together(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        needed = ["public_url"]
        if info.field_name == "smtp_url":
            needed.append("mail_from")
        elif info.data.get("digest_webhook_format") == WEBHOOK_FORMATS[0]:
            needed.append("digest_webhook_secret")
        lacking = [name.upper() for name in needed if name in info.data and info.data[name] is None]
        if url is not None and lacking:
            raise ValueError(f"needs {' and '.join(lacking)} too")
        return url
