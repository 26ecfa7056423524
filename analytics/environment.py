"""Reading settings from an environment, printing them, and refusing each invalid one with one sentence."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple, Self

from pydantic import BeforeValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

# What examples have where a secret goes: this project's own, the platform's, and what people write there.
_PLACEHOLDER: Final = re.compile(
    r"(?i)\b(change|replace)[ _-]?(me|this|it|in)\b|\byour[ _-]|\bplaceholder\b|^<.*>$|^the client |"
    r"//user:password@host\b"
)


class SettingsError(ValueError):
    """Invalid settings: one sentence each, which names the variable and says what to put there."""

    def __init__(self, *sentences: str) -> None:
        """Take a sentence for each."""
        super().__init__("\n".join(sentences))


class Setting(NamedTuple):
    """One variable: its text, masked if it is a secret, and where it comes from."""

    variable: str
    text: str
    source: str


class EnvironmentSettings(BaseSettings):
    """Settings that read the environment only when asked to, and otherwise take arguments.

    The variable of a field is its alias, else its name in capitals. Secrets may also stand in a file that
    `<variable>_FILE` names. What cannot be used raises `SettingsError`, all of it at once.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, env_ignore_empty=True
    )
    # Variables of one field, by its keys: `targets` is four.
    _spread: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    def __init__(self, **values: Any) -> None:
        """Check the values; raises `SettingsError`."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError(*self._sentences(error)) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use arguments only: no environment and no file is read implicitly."""
        return (init_settings,)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raises `SettingsError` with a sentence for each invalid one."""
        texts, sentences = cls._texts(environment)
        source = EnvSettingsSource(cls)
        source.env_vars = {variable.lower(): text for variable, text in texts.items()}
        values = source()
        for field, variables in cls._spread.items():
            values[field] = {key: texts[variable] for key, variable in variables.items() if variable in texts}
        try:
            settings = cls(**values)
        except SettingsError as error:
            raise SettingsError(*sentences, str(error)) from None
        if sentences:
            raise SettingsError(*sentences)
        return settings

    def with_changes(self, **values: Any) -> Self:
        """Return a copy with other values for some settings; raises `SettingsError`."""
        return type(self)(**self.model_dump() | values)

    @classmethod
    def describe(cls, environment: Mapping[str, str] = os.environ) -> list[Setting]:
        """List every variable, valid or not."""
        texts, _ = cls._texts(environment)
        listed = []
        for variable, field in cls.variables():
            text, source = texts.get(variable), "environment"
            if text is None:
                known = cls.model_fields[field]
                text, source = _show_default(known.get_default(call_default_factory=True), known.metadata), "default"
            else:
                text = _mask(text, secret=variable in cls._secrets())
                source = f"{variable}_FILE" if environment.get(f"{variable}_FILE") else "environment"
            listed.append(Setting(variable, text, source))
        return listed

    @classmethod
    def variables(cls) -> Iterator[tuple[str, str]]:
        """Return the field that each variable sets."""
        for name in cls.model_fields:
            for variable in cls._spread.get(name, {"": cls._variable(name)}).values():
                yield variable, name

    def secrets(self) -> dict[str, str]:
        """Return the secrets that are set, by variable."""
        values = {self._variable(name): getattr(self, name) for name in type(self).model_fields}
        return {name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)}

    @classmethod
    def _variable(cls, field: str) -> str:
        alias = cls.model_fields[field].validation_alias
        return alias if isinstance(alias, str) else field.upper()

    @classmethod
    def _secrets(cls) -> set[str]:
        return {cls._variable(name) for name, field in cls.model_fields.items() if "SecretStr" in str(field.annotation)}

    @classmethod
    def _texts(cls, environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """Return the text of every variable that is set, secrets also from their files, and what cannot be read."""
        texts = {name: environment.get(name, "").strip() for name, _ in cls.variables()}
        sentences = []
        for name in sorted(cls._secrets()):
            path = environment.get(f"{name}_FILE", "").strip()
            if path and texts[name]:
                sentences.append(f"{name} and {name}_FILE are both set; leave one of them out.")
            elif path:
                try:
                    texts[name] = Path(path).read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError, ValueError):
                    sentences.append(f"{name}_FILE must name a file with the secret; {path!r} cannot be read.")
                    continue
                # As if it were not set, it would open the demo in place of the database.
                if not texts[name]:
                    sentences.append(f"{name}_FILE must name a file with the secret; {path!r} is empty.")
        return {name: text for name, text in texts.items() if text}, sentences

    @classmethod
    def _sentences(cls, error: ValidationError) -> Iterator[str]:
        for one in error.errors(include_url=False, include_input=False):
            field, *keys = (str(part) for part in one["loc"])
            variable = cls._variable(field) if field in cls.model_fields else field
            if field in cls._spread and keys:
                variable = cls._spread[field].get(keys[0], variable)
            reason = one.get("ctx", {}).get("error", f"cannot be used: {one['msg']}")
            yield f"{variable} {reason}."


_PASSWORD: Final = re.compile(r"(?<=://)([^:/@]*):.*@")
_SECRET_VALUE: Final = re.compile(r"(?i)([?&][^=&\s]*(?:pass|key|token|secret|sig)[^=&\s]*=)[^&\s]*")
# The path of an address on the web may be all that keeps others out.
_WEB_ADDRESS: Final = re.compile(r"(?i)(https?://[^\s/?#]*)[^\s]*")


def _mask(text: str, *, secret: bool) -> str:
    """Hide passwords in an address, all but the host of a secret web address, and any other secret."""
    if secret and "://" not in text:
        return "***"
    shown = _SECRET_VALUE.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))
    return _WEB_ADDRESS.sub(r"\1/***", shown) if secret else shown


class Words(NamedTuple):
    """The words that a switch accepts."""

    yes: str
    no: str


def _show_default(default: object, metadata: Iterable[object]) -> str:
    if isinstance(default, Mapping):
        default = next(iter(default.values()), None)
    if isinstance(default, bool):
        words = next((one for one in metadata if isinstance(one, Words)), Words("yes", "no"))
        return words.yes if default else words.no
    if isinstance(default, float):
        return f"{default:g}"
    return str(default) if default or default == 0 else "none"


def refuse_placeholders(secrets: Mapping[str, Any], place: str = "") -> None:
    """Raise `SettingsError` for Streamlit secrets that still hold the example's values."""
    sentences = list(_placeholders(secrets, place))
    if sentences:
        raise SettingsError(*sentences)


def _placeholders(secrets: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, value in secrets.items():
        if isinstance(value, Mapping):
            yield from _placeholders(value, f"{place}{name}.")
        elif isinstance(value, str) and _PLACEHOLDER.search(value):
            yield f"{place}{name} in secrets.toml still holds the example's text; put your own there."


def secret(what: str, shortest: int = 0) -> BeforeValidator:
    """Validate a secret; one that is too short or the example's is refused and never repeated."""

    def read(value: str | SecretStr | None) -> str | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text and _PLACEHOLDER.search(text):
            raise ValueError(f"still holds an example's text; put {what} there")
        if text is not None and len(text.encode()) < shortest:
            raise ValueError(f"must be {what}, at least {shortest} characters long")
        return text or None

    return BeforeValidator(read)


def number(least: float, most: float, must_be: str, *, whole: bool = False, above: bool = False) -> BeforeValidator:
    """Validate a number between two bounds; `above` excludes the lower one."""

    def read(value: object) -> float | int | None:
        if value is None:
            return None
        text = str(value)
        try:
            result = float(text if text.isascii() and "_" not in text and (text.isdigit() or not whole) else "nan")
        except ValueError:
            result = math.nan
        if not (math.isfinite(result) and least <= result <= most) or (above and result == least):
            raise ValueError(f"must be {must_be}; it is {str(value)[:40]!r}")
        return int(result) if whole else result

    return BeforeValidator(read)
