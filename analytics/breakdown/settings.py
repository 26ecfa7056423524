"""How the language model is reached and how much it may take."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
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
        for name, least, most in _LIMITS:
            value = getattr(self, name)
            if not (math.isfinite(value) and least <= value <= most):
                raise ValueError(f"{name} must be between {least} and {most}, not {value}")
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
        if base_url == OPENAI_URL:
            base_url = None
        return cls(
            api_key=environment.get("OPENAI_API_KEY", "").strip() or None,
            base_url=base_url,
            model=environment.get("OPENAI_MODEL", "").strip(),
            samples=int(_number(environment, "MODEL_SAMPLES", 5, whole=True)),
            timeout=_number(environment, "MODEL_TIMEOUT", 90.0),
            deadline=_number(environment, "MODEL_DEADLINE", 600.0),
            retries=int(_number(environment, "MODEL_RETRIES", 2, whole=True)),
            concurrency=int(_number(environment, "MODEL_CONCURRENCY", 4, whole=True)),
            token_budget=int(_number(environment, "MODEL_TOKEN_BUDGET", 24_000, whole=True)),
            token_ceiling=int(_number(environment, "MODEL_TOKEN_CEILING", 1_000_000, whole=True)),
            minimum_words=int(_number(environment, "MINIMUM_WORDS", 80, whole=True)),
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


# Name, least, most.
_LIMITS: Final = (
    ("samples", 1, 20),
    ("timeout", 0.1, 3600),
    ("deadline", 0.1, 86_400),
    ("retries", 0, 5),
    ("concurrency", 1, 16),
    ("token_budget", 1_500, 1_000_000),
    ("token_ceiling", 1_000, 1_000_000_000),
    ("minimum_words", 1, 10_000),
)


def _number(environment: Mapping[str, str], name: str, default: float, *, whole: bool = False) -> float:
    text = environment.get(name, "").strip()
    try:
        return (int(text) if whole else float(text)) if text else default
    except ValueError:
        raise ValueError(f"{name} must be a {'whole ' if whole else ''}number, not {text[:40]!r}") from None
