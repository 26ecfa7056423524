"""What can be set from outside, read once from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from analytics.skills import SKILL_KEYS

DEFAULT_TARGET: Final = 0.8
DEFAULT_HOURS: Final = 8.0
# RFC 7518, section 3.2: a key for HS256 is at least as long as the hash it makes.
SHORTEST_SECRET: Final = 32
_EMAIL: Final = re.compile(r"[^@\s,]+@[^@\s,]+")
_ORIGIN: Final = re.compile(r"https?://[^/\s*]+")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+")
_LONGEST_RETENTION: Final = 36_500


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what to put there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the program; the defaults run the demo.

    `database_url` is None for the embedded demo database in `data_dir`; `database_read_url` is a replica of it that
    answers reads. `targets` are the scores, between 0 and 1, that
    each skill is to reach. `admin_emails` are admins for as long as they are named here; a sign-in ends after
    `session_hours`. The API takes the platform's own tokens, signed with `platform_jwt_secret`, and the provider's,
    whose issuer, audience and keys the three `oidc_` settings name; without either it lets nobody in. `cors_origins`
    are the pages of other hosts whose scripts may read the API. With `write_back` a new breakdown also goes into the
    platform's feedback; without it the platform's rows stay as they are. `allowed_hosts` are the names under which
    people reach the program, besides this machine's own; `metrics_token` opens `/metrics` to other machines.
    `retention_days` is how long a breakdown is kept that is neither shown nor approved; None is for ever.
    """

    database_url: str | None = field(default=None, repr=False)
    database_read_url: str | None = field(default=None, repr=False)
    data_dir: Path = Path("data")
    targets: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET))
    admin_emails: frozenset[str] = frozenset()
    session_hours: float = DEFAULT_HOURS
    interviewees_see_cohort: bool = False
    platform_jwt_secret: str | None = field(default=None, repr=False)
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_jwks_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    write_back: bool = True
    allowed_hosts: frozenset[str] = frozenset()
    metrics_token: str | None = field(default=None, repr=False)
    retention_days: int | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; raises `SettingsError` for a value that cannot be used."""
        return cls(
            database_url=environment.get("DATABASE_URL", "").strip() or None,
            database_read_url=_read_url(environment),
            data_dir=Path(environment.get("DATA_DIR", "").strip() or "data"),
            targets={key: _share(environment, f"TARGET_{key.upper()}", DEFAULT_TARGET) for key in SKILL_KEYS},
            admin_emails=frozenset(email.lower() for email in _listed(environment, "ADMIN_EMAILS", _EMAIL, "e-mails")),
            session_hours=_hours(environment, "SESSION_HOURS", DEFAULT_HOURS),
            interviewees_see_cohort=not _either(environment, "INTERVIEWEES_SEE_COHORT", "no", "yes"),
            platform_jwt_secret=_secret(environment, "PLATFORM_JWT_SECRET", "the platform's signing secret"),
            **_provider(environment),
            cors_origins=_listed(environment, "CORS_ORIGINS", _ORIGIN, "origins such as https://interviewlab.example"),
            write_back=_either(environment, "WRITE_BACK", "on", "off"),
            allowed_hosts=frozenset(
                host.lower() for host in _listed(environment, "ALLOWED_HOSTS", _HOST, "names of hosts, without port")
            ),
            metrics_token=_secret(environment, "METRICS_TOKEN", "a random text"),
            retention_days=_days(environment, "RETENTION_DAYS"),
        )

    @property
    def is_demo(self) -> bool:
        """Tell whether the program runs on its own demo people."""
        return self.database_url is None

    @property
    def url(self) -> str:
        """Give the database's SQLAlchemy URL: the one that was set, or the demo file's."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'demo.db').resolve()}"


def _share(environment: Mapping[str, str], name: str, default: float) -> float:
    """Read a number between 0 and 1."""
    stored = environment.get(name, "").strip()
    if not stored:
        return default
    try:
        value = float(stored)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise SettingsError(f"{name} must be a number between 0 and 1, such as {default}; it is {stored!r}.")
    return value


def _read_url(environment: Mapping[str, str]) -> str | None:
    """Read where a replica is; there is none of the demo."""
    url = _text(environment, "DATABASE_READ_URL")
    if url is not None and _text(environment, "DATABASE_URL") is None:
        raise SettingsError("DATABASE_READ_URL is a replica of DATABASE_URL's database; set DATABASE_URL too.")
    return url


def _text(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(name, "").strip() or None


def _listed(environment: Mapping[str, str], name: str, form: re.Pattern[str], what: str) -> tuple[str, ...]:
    """Read entries separated by commas."""
    entries = tuple(entry.strip() for entry in environment.get(name, "").split(",") if entry.strip())
    wrong = next((entry for entry in entries if not form.fullmatch(entry)), None)
    if wrong is not None:
        raise SettingsError(f"{name} must be {what}, separated by commas; {wrong!r} is none.")
    return entries


def _hours(environment: Mapping[str, str], name: str, default: float) -> float:
    """Read a number of hours, up to the month that Streamlit's own cookie lasts."""
    stored = _text(environment, name)
    try:
        value = default if stored is None else float(stored)
    except ValueError:
        value = 0.0
    if not 0 < value <= 720:
        raise SettingsError(f"{name} must be a number of hours up to 720, such as {default:g}; it is {stored!r}.")
    return value


def _days(environment: Mapping[str, str], name: str) -> int | None:
    """Read a whole number of days, at least one; None where it is not set."""
    stored = _text(environment, name)
    if stored is None:
        return None
    if not (stored.isascii() and stored.isdigit() and len(stored) < 6 and 1 <= int(stored) <= _LONGEST_RETENTION):
        raise SettingsError(
            f"{name} must be a whole number of days from 1 to {_LONGEST_RETENTION:,}; it is {stored!r}."
        )
    return int(stored)


def _either(environment: Mapping[str, str], name: str, default: str, other: str) -> bool:
    """Read a setting of two words; True for the default."""
    stored = (_text(environment, name) or default).lower()
    if stored not in {default, other}:
        raise SettingsError(f"{name} must be {default} or {other}; it is {stored!r}.")
    return stored == default


def _secret(environment: Mapping[str, str], name: str, what: str) -> str | None:
    """Read a shared secret; it is never repeated in an error."""
    stored = _text(environment, name)
    if stored is not None and len(stored.encode()) < SHORTEST_SECRET:
        raise SettingsError(f"{name} must be {what}, at least {SHORTEST_SECRET} characters long.")
    return stored


def _provider(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Read where the provider's tokens come from: all three settings, or none."""
    names = ("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL")
    read = {name.lower(): _text(environment, name) for name in names}
    missing = [name for name in names if read[name.lower()] is None]
    if missing and len(missing) < len(names):
        raise SettingsError(f"{', '.join(names)} belong together; {' and '.join(missing)} must be set too.")
    if keys := read["oidc_jwks_url"]:
        address = urlsplit(keys)
        at_home = address.scheme == "http" and address.hostname in {"localhost", "127.0.0.1", "::1"}
        if not address.hostname or not (address.scheme == "https" or at_home):
            raise SettingsError(f"OIDC_JWKS_URL must be an https address; it is {keys!r}.")
    return read
