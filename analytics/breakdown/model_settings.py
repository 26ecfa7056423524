"""How the language model is reached, and its limits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from analytics.breakdown.rubric import RubricSet, read_rubric
from analytics.environment import EnvironmentSettings, number, secret

OPENAI_URL: Final = "https://api.openai.com/v1"
OPENAI_DEFAULT_MODEL: Final = "gpt-5.4-mini"
# What a call consists of; the rest of a request is a matter of the server.
_OURS: Final = frozenset({"model", "messages", "input", "instructions", "n"})


def _between(least: float, most: float, *, whole: bool = True) -> BeforeValidator:
    return number(least, most, f"a {'whole ' if whole else ''}number between {least} and {most}", whole=whole)


_Price = Annotated[float, _between(0, 1_000_000, whole=False)]


def _address(value: str | None) -> str | None:
    """Take a server's address, none for OpenAI's; it is not repeated in an error, for a password may stand in it."""
    address = (value or "").strip().rstrip("/")
    if address in {"", OPENAI_URL}:
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must start with http:// or https:// and name a server")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or password; use OPENAI_API_KEY")
    return address


def _rubric_file(value: str | None) -> str | None:
    path = (value or "").strip() or None
    read_rubric(path)
    return path


def _language(value: str) -> str:
    language = " ".join(value.split())
    if not re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+){0,3}", language) or len(language) > 40:
        raise ValueError("must be the name of a language, such as German, or interview for that of the interview")
    return language


def _fields(value: str | Mapping[str, Any]) -> dict[str, Any]:
    try:
        fields = json.loads(value) if isinstance(value, str) else dict(value)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise ValueError('must be a JSON object of request fields, such as {"enable_thinking": false}')
    if name := min(_OURS & fields.keys(), default=""):
        raise ValueError(f"must not hold {name!r}: the program writes that field itself")
    return fields


class ModelSettings(EnvironmentSettings):
    """The language model's address and the limits of its use.

    `base_url` is None for OpenAI itself (Responses API); any other server is spoken to by Chat Completions. `timeout`
    is the wall-clock limit in seconds of one call with its retries, `deadline` that of a whole run. `samples` are the
    levels a skill is given, half of them with the weaknesses read first; a server that takes no `n` gives two.
    `token_budget` is the most one call may read and write (a longer interview is read in parts), `token_ceiling` the
    most a run may. The prices are those of a million tokens, read anew, read from the server's cache, and written; 0 is
    not known. `transcribes` is the model that writes recordings down and tells speakers apart. `extra` are further
    fields of every request, in place of ours where they have the same name; one that is None is left out. `language` is
    what a breakdown is written in ("interview": as the interview was held), `rubric_file` a rubric in place of the
    program's own. `minimum_words` are the candidate's words, over at least two answers, below which a spoken skill is
    not assessed.
    """

    api_key: Annotated[SecretStr | None, secret("the key of the model's server")] = Field(
        default=None, validation_alias="OPENAI_API_KEY"
    )
    base_url: Annotated[str | None, BeforeValidator(_address)] = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model: str = Field(default="", validation_alias="OPENAI_MODEL")
    samples: Annotated[int, _between(1, 20)] = Field(default=5, validation_alias="MODEL_SAMPLES")
    timeout: Annotated[float, _between(0.1, 3600, whole=False)] = Field(default=90.0, validation_alias="MODEL_TIMEOUT")
    deadline: Annotated[float, _between(0.1, 86_400, whole=False)] = Field(
        default=600.0, validation_alias="MODEL_DEADLINE"
    )
    retries: Annotated[int, _between(0, 5)] = Field(default=2, validation_alias="MODEL_RETRIES")
    concurrency: Annotated[int, _between(1, 16)] = Field(default=4, validation_alias="MODEL_CONCURRENCY")
    token_budget: Annotated[int, _between(2_500, 1_000_000)] = Field(
        default=24_000, validation_alias="MODEL_TOKEN_BUDGET"
    )
    token_ceiling: Annotated[int, _between(1_000, 1_000_000_000)] = Field(
        default=1_000_000, validation_alias="MODEL_TOKEN_CEILING"
    )
    minimum_words: Annotated[int, _between(1, 10_000)] = Field(default=80, validation_alias="MINIMUM_WORDS")
    language: Annotated[str, BeforeValidator(_language)] = Field(
        default="English", validation_alias="BREAKDOWN_LANGUAGE"
    )
    rubric_file: Annotated[str | None, BeforeValidator(_rubric_file)] = Field(
        default=None, validation_alias="RUBRIC_FILE"
    )
    price_in: _Price = Field(default=0.0, validation_alias="MODEL_PRICE_IN")
    price_cached: _Price = Field(default=0.0, validation_alias="MODEL_PRICE_CACHED")
    price_out: _Price = Field(default=0.0, validation_alias="MODEL_PRICE_OUT")
    transcribes: str = Field(default="", validation_alias="MODEL_TRANSCRIBES")
    extra: Annotated[dict[str, Any], NoDecode, BeforeValidator(_fields)] = Field(
        default_factory=dict, validation_alias="MODEL_EXTRA"
    )

    def __hash__(self) -> int:
        """Hash by all but the fields of requests, whose values may not be hashed."""
        return hash(tuple(getattr(self, name) for name in type(self).model_fields if name != "extra"))

    @property
    def rubric(self) -> RubricSet:
        """Return the rubric in use."""
        return read_rubric(self.rubric_file)

    @property
    def key(self) -> str:
        """Return the key in plain text; empty without one."""
        return "" if self.api_key is None else self.api_key.get_secret_value()

    @property
    def is_configured(self) -> bool:
        """Return whether a model can be called: OpenAI needs a key, another server its address and a model's name."""
        return bool(self.key) if self.base_url is None else bool(self.model)

    @property
    def can_transcribe(self) -> bool:
        """Return whether recordings can be sent to the model's server."""
        return self.is_configured and bool(self.transcribes)

    @property
    def model_name(self) -> str:
        """Return the model's name; empty without one."""
        return self.model or (OPENAI_DEFAULT_MODEL if self.base_url is None and self.key else "")

    @property
    def host(self) -> str:
        """Return the server's name as stored with versions."""
        return urlsplit(self.base_url or OPENAI_URL).netloc

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> str:
        """Describe the price of tokens, in the currency of the configured prices; empty without any.

        `cached_tokens` are part of `input_tokens`.
        """
        if not self.price_in and not self.price_out:
            return ""
        fresh = max(input_tokens - cached_tokens, 0)
        cached = (input_tokens - fresh) * (self.price_cached or self.price_in)
        cost = (fresh * self.price_in + cached + output_tokens * self.price_out) / 1_000_000
        return f"{cost:,.2f} at the set prices" if cost >= 0.01 else "less than 0.01 at the set prices"
