"""The settings of the program as one typed object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from analytics.environment import EnvironmentSettings, SettingsError, Words, number, secret
from analytics.skills import SKILL_KEYS
from analytics.text import is_canonical_address

__all__ = ["DEFAULT_TARGET", "Settings", "SettingsError"]

DEFAULT_TARGET: Final = 0.8
DEFAULT_HOURS: Final = 8.0
DEFAULT_REGENERATIONS: Final = 50
DEFAULT_ADDED: Final = 200
LOG_FORMATS: Final = ("readable", "json")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
# RFC 7518, section 3.2: a key for HS256 is at least as long as the hash it makes.
SHORTEST_SECRET: Final = 32
_EMAIL: Final = re.compile(r"(?<![^@\s,])[^@\s,]++@[^@\s,]+")
_ORIGIN: Final = re.compile(r"https?://[^/\s*]+")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+")
_LONGEST_RETENTION: Final = 36_500
# Six months.
LEAST_RETENTION: Final = 183


def _either(yes: str, no: str) -> BeforeValidator:
    def read(value: object) -> bool:
        if isinstance(value, bool):
            return value
        text = str(value).lower()
        if text not in {yes, no}:
            raise ValueError(f"must be {yes} or {no}; it is {text[:40]!r}")
        return text == yes

    return BeforeValidator(read)


def _list_validator(form: re.Pattern[str], what: str, collect: Callable[[Iterable[str]], Any]) -> BeforeValidator:
    def read(value: str | Iterable[str]) -> Any:
        entries = value.split(",") if isinstance(value, str) else value
        entries = [entry.strip() for entry in entries if entry.strip()]
        wrong = next((entry for entry in entries if not form.fullmatch(entry)), None)
        if wrong is not None:
            raise ValueError(f"must be {what}, separated by commas; {wrong[:40]!r} is none")
        return collect(entries)

    return BeforeValidator(read)


def email_address() -> BeforeValidator:
    def read(value: object) -> str | None:
        text = "" if value is None else str(value).strip().lower()
        if text and not (_EMAIL.fullmatch(text) and is_canonical_address(text)):
            raise ValueError(f"must be an e-mail address; {text[:40]!r} is none")
        return text or None

    return BeforeValidator(read)


def _text(longest: int) -> BeforeValidator:
    def read(value: object) -> str | None:
        text = " ".join(str(value or "").split())
        if len(text) > longest:
            raise ValueError(f"must be at most {longest} characters long")
        return text or None

    return BeforeValidator(read)


def _one_of(words: Sequence[str]) -> BeforeValidator:
    def read(value: object) -> str | None:
        text = str(value or "").strip().lower()
        if text and text not in words:
            raise ValueError(f"must be one of {', '.join(words)}; it is {text[:40]!r}")
        return text or None

    return BeforeValidator(read)


def _lower(entries: Iterable[str]) -> frozenset[str]:
    return frozenset(entry.lower() for entry in entries)


def _usual_targets() -> dict[str, float]:
    return dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)


OnOff = Annotated[bool, Words("on", "off"), _either("on", "off")]
Target = Annotated[float, number(0, 1, f"a number between 0 and 1, such as {DEFAULT_TARGET}")]
Address = Annotated[SecretStr | None, secret("the address of your database")]


class Settings(EnvironmentSettings):
    """All settings of the program except the model's; the defaults run the demo.

    `database_url` is None for the embedded demo database in `data_dir`; `database_direct_url` is the same one without
    the pooler that `database_url` then leads to; `database_read_url` is a replica of it that
    answers reads. `owner_email` opens one person's own workspace there instead of the demo. `targets` are the
    scores, between 0 and 1, that each skill is to reach. `admin_emails` are admins for as long as they are named
    here; a sign-in ends after `session_hours`. The API takes the platform's own tokens, signed with
    `platform_jwt_secret`, and the provider's, whose issuer, audience and keys the three `oidc_` settings name;
    without either it lets nobody in. `cors_origins` are the pages of other hosts whose scripts may read the API.
    With `self_rating` an interviewee is asked how they rate themselves before a new interview's scores are shown.
    With `write_back` a new breakdown also goes into the platform's feedback; without it the platform's rows stay as
    they are. With `rate_blind` whoever judges an interview is sent its scores and claims only when they did.
    `allowed_hosts` are the names under which people reach the program, besides this machine's own; `metrics_token`
    opens `/metrics` to other machines. `retention_days` is how long a breakdown is kept that is neither shown nor
    approved; None is for ever. `deletion_days` is how long one can take back that one's data be deleted, `contact` whom
    to ask about them. `regenerations_per_day` is how many breakdowns one person may have made in a day,
    `added_interviews_per_day` how many interviews one person may add.
    `log_format` is "json" for one JSON object a line, `log_level` what is logged at least.
    """

    _spread: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "targets": {key: f"TARGET_{key.upper()}" for key in SKILL_KEYS}
    }

    database_url: Address = None
    database_read_url: Address = None
    database_direct_url: Address = None
    owner_email: Annotated[str | None, email_address()] = None
    data_dir: Path = Path("data")
    targets: Annotated[dict[str, Target], NoDecode] = Field(
        default_factory=lambda: dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)
    )
    admin_emails: Annotated[frozenset[str], NoDecode, _list_validator(_EMAIL, "e-mails", _lower)] = frozenset()
    # A month is what Streamlit's own cookie lasts.
    session_hours: Annotated[
        float, number(0, 720, f"a number of hours up to 720, such as {DEFAULT_HOURS:g}", above=True)
    ] = DEFAULT_HOURS
    interviewees_see_cohort: Annotated[bool, _either("yes", "no")] = False
    interviewees_add: Annotated[bool, _either("yes", "no")] = False
    interviewees_link_reports: OnOff = True
    coaches_link_reports: OnOff = True
    self_rating: OnOff = False
    rate_blind: OnOff = False
    platform_jwt_secret: Annotated[SecretStr | None, secret("the platform's signing secret", SHORTEST_SECRET)] = None
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_jwks_url: str | None = Field(default=None, validate_default=True)
    cors_origins: Annotated[
        tuple[str, ...], NoDecode, _list_validator(_ORIGIN, "origins such as https://interviewlab.example", tuple)
    ] = ()
    write_back: OnOff = True
    allowed_hosts: Annotated[
        frozenset[str], NoDecode, _list_validator(_HOST, "names of hosts, without port", _lower)
    ] = frozenset()
    metrics_token: Annotated[SecretStr | None, secret("a random text", SHORTEST_SECRET)] = None
    retention_days: Annotated[
        int | None,
        number(1, _LONGEST_RETENTION, f"a whole number of days from 1 to {_LONGEST_RETENTION:,}", whole=True),
    ] = None
    deletion_days: Annotated[int, number(0, 90, "a whole number of days from 0 to 90, such as 7", whole=True)] = 7
    contact: Annotated[str | None, _text(200)] = None
    regenerations_per_day: Annotated[
        int, number(1, 10_000, f"a whole number from 1 to 10,000, such as {DEFAULT_REGENERATIONS}", whole=True)
    ] = DEFAULT_REGENERATIONS
    added_interviews_per_day: Annotated[
        int, number(1, 100_000, f"a whole number from 1 to 100,000, such as {DEFAULT_ADDED}", whole=True)
    ] = DEFAULT_ADDED
    log_format: Annotated[str | None, _one_of(LOG_FORMATS)] = None
    log_level: Annotated[str | None, _one_of(LOG_LEVELS)] = None

    @property
    def warnings(self) -> list[str]:
        """List settings that are valid but deserve a second look."""
        if self.retention_days is not None and self.retention_days < LEAST_RETENTION:
            return [
                f"RETENTION_DAYS is {self.retention_days}. In the EU, logs of systems that judge people are to be kept "
                f"for six months: {LEAST_RETENTION} days or more."
            ]
        return []

    @property
    def is_demo(self) -> bool:
        """Return whether the program runs on the demo people."""
        return self.database_url is None and self.owner_email is None

    @property
    def is_own(self) -> bool:
        """Return whether this is a personal workspace, on its owner's machine and for nobody else."""
        return self.owner_email is not None

    @property
    def url(self) -> str:
        """Return the database's SQLAlchemy URL: the configured one, or that of the demo's or workspace's file."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / ('own.db' if self.is_own else 'demo.db')).resolve()}"

    @property
    def direct_url(self) -> str:
        """Return the SQLAlchemy URL for what needs its own session: set-up, other commands and jobs."""
        return self.url if self.database_direct_url is None else self.database_direct_url.get_secret_value()

    @property
    def read_url(self) -> str | None:
        """Return the SQLAlchemy URL of the read replica; None without one."""
        return None if self.database_read_url is None else self.database_read_url.get_secret_value()

    @field_validator("targets", mode="after")
    @classmethod
    def _all_targets(cls, targets: dict[str, float]) -> dict[str, float]:
        return _usual_targets() | targets

    @field_validator("database_read_url", "database_direct_url", mode="after")
    @classmethod
    def _same_database(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None and info.data.get("database_url", url) is None:
            what = "is a replica of" if info.field_name == "database_read_url" else "leads directly to"
            raise ValueError(f"{what} DATABASE_URL's database; set DATABASE_URL too")
        return url

    @field_validator("owner_email", mode="after")
    @classmethod
    def _own_file(cls, email: str | None, info: ValidationInfo) -> str | None:
        if email is not None and info.data.get("database_url") is not None:
            raise ValueError("opens a workspace in a file of its own; leave DATABASE_URL out, or OWNER_EMAIL")
        return email

    @field_validator("oidc_jwks_url", mode="after")
    @classmethod
    def _provider(cls, keys: str | None, info: ValidationInfo) -> str | None:
        names = ("oidc_issuer", "oidc_audience", "oidc_jwks_url")
        values = {name.upper(): keys if name == "oidc_jwks_url" else info.data.get(name) for name in names}
        lacking = [name for name, value in values.items() if not value]
        if lacking and len(lacking) < len(names):
            belong = " and ".join(name for name in values if name != "OIDC_JWKS_URL")
            raise ValueError(f"belongs together with {belong}; {' and '.join(lacking)} must be set too")
        if keys:
            address = urlsplit(keys)
            at_home = address.scheme == "http" and address.hostname in {"localhost", "127.0.0.1", "::1"}
            if not address.hostname or not (address.scheme == "https" or at_home):
                raise ValueError(f"must be an https address; it is {keys!r}")
        return keys
