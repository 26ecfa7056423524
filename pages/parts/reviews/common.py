"""What self-ratings, requests and struck claims share on a page."""

from __future__ import annotations

from typing import Final

# Where their changes are confirmed.
PLACE: Final = "review"
LEVELS: Final = {0: "Not assessed", **{level: f"Level {level} of 5" for level in range(1, 6)}}
