"""The secrets that tests use: each carries a mark, by which it is found wherever the program must not have put it."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Final

from analytics.observability import logs
from tests.support import secrets

MARK: Final = "hushhush"
API_KEY: Final = f"key-{MARK}-of-a-model"
COOKIE_SECRET: Final = f"a cookie secret, {MARK}, that only tests ever use"
CLIENT_SECRET: Final = f"a client secret, {MARK}, that only tests ever use"
JWT_SECRET: Final = f"a shared secret, {MARK}, that only tests ever use"
METRICS_TOKEN: Final = f"a-metrics-token-{MARK}-that-only-tests-ever-use"

# Access tokens cannot carry the mark: anything of their form counts, and so does a cookie of who is signed in. Not what
# Streamlit puts into its link to the sign-in, which names the provider and opens nothing.
_SECRET: Final = re.compile(
    MARK.encode() + rb"|(?<!provider=)\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|\|15:_streamlit_user\|"
)


def found(written: str | bytes) -> list[str]:
    """Give the places where something holds a secret."""
    held = written.encode(errors="replace") if isinstance(written, str) else written
    # Most of what is searched holds none, and this is quicker told.
    if not any(part in held for part in (MARK.encode(), b"eyJ", b"_streamlit_user")):
        return []
    return [
        held[max(match.start() - 60, 0) : match.end() + 40].decode(errors="replace") for match in _SECRET.finditer(held)
    ]


def found_in(folder: Path) -> list[str]:
    """Give the places in the files below a folder, but for the settings themselves."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".streamlit" not in path.parts)
    return [f"{path.name}: {place}" for path in files for place in found(path.read_bytes())]


class Listening(logging.Handler):
    """Reads every line as the program would write it, and keeps those that hold a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.leaks: list[str] = []
        self.setFormatter(logs.formatter(None))

    def emit(self, record: logging.LogRecord) -> None:
        self.leaks += secrets.found(self.format(record))
