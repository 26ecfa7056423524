"""What can be set from outside, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from analytics.skills import SKILL_KEYS

DEFAULT_TARGET: Final = 0.8


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what to put there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the program; the defaults run the demo.

    `database_url` is None for the embedded demo database in `data_dir`. `targets` are the scores, between 0 and 1, that
    each skill is to reach.
    """

    database_url: str | None = field(default=None, repr=False)
    data_dir: Path = Path("data")
    targets: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; raises `SettingsError` for a value that cannot be used."""
        return cls(
            database_url=environment.get("DATABASE_URL", "").strip() or None,
            data_dir=Path(environment.get("DATA_DIR", "").strip() or "data"),
            targets={key: _share(environment, f"TARGET_{key.upper()}", DEFAULT_TARGET) for key in SKILL_KEYS},
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
