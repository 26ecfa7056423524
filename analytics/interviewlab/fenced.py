"""Code that a candidate put between fences in a message, where there was no editor to hand it in."""

from __future__ import annotations

import re
from typing import Final

_FENCED: Final = re.compile(r"```[ \t]*(?P<language>[\w+#.-]*)[^\n]*\n(?P<code>.*?)(?:```|\Z)", re.DOTALL)
# What else is put between fences.
_NO_CODE: Final = frozenset("text txt plain plaintext log console output json md markdown csv".split())


def fenced_code(said: str) -> dict[str, object]:
    """Return the code in a message as a submission is stored, all blocks as one; empty for less than two lines."""
    blocks = [found for found in _FENCED.finditer(said) if found["language"].lower() not in _NO_CODE]
    code = "\n\n".join(found["code"].rstrip() for found in blocks)
    return {"code": code, "language": blocks[0]["language"]} if "\n" in code.strip() else {}
