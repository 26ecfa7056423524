"""The version of the program, in this one place."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.9.0"
