"""How the language model is reached and how much it may take."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

OPENAI_URL: Final = "https://api.openai.com/v1"
OPENAI_DEFAULT_MODEL: Final = "gpt-5.4-mini"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Where the language model is, and the limits of asking it.

    `base_url` is None for OpenAI itself (Responses API); any other server is spoken to by Chat Completions. `timeout`
    is the wall-clock limit in seconds of one call with its retries, `deadline` that of a whole run. `token_budget` is
    the most one call may read and write (a longer interview is read in parts), `token_ceiling` the most a run may.
    `minimum_words` are the candidate's words, over at least two answers, below which a spoken skill is not assessed.
    """

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    model: str = ""
    samples: int = 5
    timeout: float = 90.0
    deadline: float = 600.0
    retries: int = 2
    concurrency: int = 4
    token_budget: int = 24_000
    token_ceiling: int = 1_000_000
    minimum_words: int = 80

    def __post_init__(self) -> None:
        """Refuse limits that make no sense, and addresses that would carry a password into logs."""
        for limit in _LIMITS:
            value = getattr(self, limit.name)
            if not (math.isfinite(value) and limit.least <= value <= limit.most):
                raise ValueError(f"{limit.variable} must be between {limit.least} and {limit.most}, not {value}")
        if self.base_url is not None:
            # The address itself is not repeated: the password that is being refused stands in it.
            parts = urlsplit(self.base_url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("OPENAI_BASE_URL must start with http:// or https:// and name a server")
            if parts.username is not None or parts.password is not None:
                raise ValueError("OPENAI_BASE_URL must not hold a user or password; use OPENAI_API_KEY")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ModelSettings:
        """Read the settings; raises ValueError, naming the variable, for a value that cannot be used."""
        base_url = environment.get("OPENAI_BASE_URL", "").strip().rstrip("/") or None
        limits: dict[str, Any] = {}
        for limit in _LIMITS:
            text = environment.get(limit.variable, "").strip()
            if text:
                limits[limit.name] = _number(limit, text)
        return cls(
            api_key=environment.get("OPENAI_API_KEY", "").strip() or None,
            base_url=None if base_url == OPENAI_URL else base_url,
            model=environment.get("OPENAI_MODEL", "").strip(),
            **limits,
        )

    @property
    def is_configured(self) -> bool:
        """Tell whether there is a model to ask: OpenAI needs a key, another server its address and a model's name."""
        return bool(self.api_key) if self.base_url is None else bool(self.model)

    @property
    def model_name(self) -> str:
        """Name the model that is asked; empty when there is none."""
        return self.model or (OPENAI_DEFAULT_MODEL if self.base_url is None and self.api_key else "")

    @property
    def host(self) -> str:
        """Name the server, as it is kept beside what it wrote."""
        return urlsplit(self.base_url or OPENAI_URL).netloc


class _Limit(NamedTuple):
    name: str
    variable: str
    least: float
    most: float
    whole: bool = True


_LIMITS: Final = (
    _Limit("samples", "MODEL_SAMPLES", 1, 20),
    _Limit("timeout", "MODEL_TIMEOUT", 0.1, 3600, whole=False),
    _Limit("deadline", "MODEL_DEADLINE", 0.1, 86_400, whole=False),
    _Limit("retries", "MODEL_RETRIES", 0, 5),
    _Limit("concurrency", "MODEL_CONCURRENCY", 1, 16),
    _Limit("token_budget", "MODEL_TOKEN_BUDGET", 2_500, 1_000_000),
    _Limit("token_ceiling", "MODEL_TOKEN_CEILING", 1_000, 1_000_000_000),
    _Limit("minimum_words", "MINIMUM_WORDS", 1, 10_000),
)


def _number(limit: _Limit, text: str) -> float:
    try:
        return int(text) if limit.whole else float(text)
    except ValueError:
        kind = "whole number" if limit.whole else "number"
        raise ValueError(f"{limit.variable} must be a {kind}, not {text[:40]!r}") from None
