"""JSON from a text column, however deep or damaged."""

from __future__ import annotations

import json
import re
from typing import Final

from analytics.interviewlab.feedback import DEEPEST, Unreadable

# What no other program takes: NUL and lone surrogates, as JSON writes them. Escapes are gone through one by one, so
# that an escaped backslash before a "u0000" is told from an escape.
_UNWELCOME: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<unwelcome>u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
# Nothing of the platform's is nested as deeply.
_KEPT_DEPTH: Final = 100
_LONGEST_INTEGER: Final = 400


def parse_json(stored: str | None) -> object:
    """Parse a JSON text; one that cannot be parsed becomes `Unreadable`, never an error.

    NUL and lone surrogates, which can neither be shown nor stored again, become U+FFFD.
    """
    if stored is None:
        return None
    if _UNWELCOME.search(stored):
        stored = _ESCAPE.sub(lambda escape: "\\ufffd" if escape["unwelcome"] else escape[0], stored)
    try:
        try:
            document = _DECODER.decode(stored)
        except RecursionError:
            return _DECODER.decode(_without_depths(stored))
    except (ValueError, RecursionError) as error:
        return Unreadable(type(error).__name__)
    if stored.count("[") + stored.count("{") > DEEPEST and _depth(document) > DEEPEST:
        return Unreadable("nested too deeply")
    return document


def _depth(document: object) -> int:
    depth, level = 0, [document]
    while level := [node for node in level if isinstance(node, dict | list)]:
        depth += 1
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
    return depth


def _without_depths(document: str) -> str:
    """Put null where a document is nested too deeply for Python's parser; raises ValueError beyond `DEEPEST`."""
    depth = kept_upto = 0
    pieces: list[str] = []
    for token in _TOKEN.finditer(document):
        if token[0] in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ValueError("nested too deeply")
            if depth == _KEPT_DEPTH + 1:
                pieces.append(document[kept_upto : token.start()])
        elif token[0] in "]}":
            if depth == _KEPT_DEPTH + 1:
                pieces.append("null")
                kept_upto = token.end()
            depth -= 1
    return "".join((*pieces, document[kept_upto:])) if pieces else document


def _integer(digits: str) -> int | float:
    """Read an integer; Python refuses very long ones, which are as good as infinite here."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


_DECODER: Final = json.JSONDecoder(parse_int=_integer)
