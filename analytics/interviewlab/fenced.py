"""Code between fences in a candidate's message, for interviews without an editor."""

from __future__ import annotations

import re
from typing import Final

# Possessive: a line that is no fence is read once, however long it is.
_FENCED: Final = re.compile(r"```[ \t]*+(?P<language>[\w+#.-]*+)[^\n`]*+\n(?P<code>.*?)(?:```|\Z)", re.DOTALL)
# What else is put between fences.
_NO_CODE: Final = frozenset("text txt plain plaintext log console output json md markdown csv".split())
# What a line of code has in nearly any language, and a line of prose seldom.
_CODE_LINE: Final = re.compile(r"[={};]|\w\(|:$|^[ \t]+\S")


def fenced_code(said: str) -> dict[str, object]:
    """Return the code in a message as one submission; empty for fewer than two lines.

    A block that names no language is code where half of its lines look like it: people also quote prose between fences.
    """
    blocks = [found for found in _FENCED.finditer(said) if _is_code(found["language"].lower(), found["code"])]
    code = "\n\n".join(found["code"].rstrip() for found in blocks)
    return {"code": code, "language": blocks[0]["language"]} if "\n" in code.strip() else {}


def _is_code(language: str, block: str) -> bool:
    if language:
        return language not in _NO_CODE
    lines = [line for line in block.splitlines() if line.strip()]
    return 2 * sum(_CODE_LINE.search(line.rstrip()) is not None for line in lines) >= len(lines) > 0
