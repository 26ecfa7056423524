"""Text as it may be shown and sent: normalised, nothing invisible in it, every character traced to the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Spaces of every width become one kind, line and paragraph separators become line ends.
_REPLACED: Final = {
    "\t": "\t",
    "\n": "\n",
    "\r": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
}
# Control, format (zero width, direction, tags), lone surrogates.
_REMOVED: Final = frozenset({"Cc", "Cf", "Cs"})
# Conjoining jamo, and the two blocks of variation selectors, which can carry hidden bytes.
_JOINING: Final = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_CARRIAGE: Final = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text and, where it differs from the original, where each of its characters came from."""

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the original's offsets of a piece that is not empty."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def clean(original: str) -> Cleaned:
    """Normalise a text to NFC and take out control, zero-width and direction characters, keeping offsets."""
    if _is_clean(original):
        return Cleaned(original)
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(original):
        for character in _cleaned_cluster(original[start:end]):
            characters.append(character)
            starts.append(start)
            ends.append(end)
    return Cleaned("".join(characters), tuple(starts), tuple(ends))


def storable(text: str) -> str:
    """Take out what no database and no JSON text holds: NUL and lone surrogates."""
    return "".join(character for character in text if character != "\0" and not "\ud800" <= character <= "\udfff")


def one_line(text: str) -> str:
    """Put a text on one line, its line ends marked."""
    return " \u23ce ".join(" ".join(line.split()) for line in text.split("\n") if line.strip())


def _is_clean(text: str) -> bool:
    plain = text.replace("\n", "").replace("\t", "")
    return plain.isprintable() and unicodedata.is_normalized("NFC", text) and not _SELECTORS.search(text)


def _clusters(text: str) -> list[tuple[int, int]]:
    # A base character with what may compose with it; "\r\n" is one line end.
    bounds: list[int] = []
    for index, character in enumerate(text):
        if index == 0 or not _follows(character, text[index - 1]):
            bounds.append(index)
    return list(zip(bounds, [*bounds[1:], len(text)], strict=True))


def _follows(character: str, before: str) -> bool:
    if character in _REPLACED:
        return character == "\n" and before == "\r"
    category = unicodedata.category(character)
    # What will be removed belongs to what it follows: a mark behind it may yet compose with that.
    return category[0] == "M" or category in _REMOVED or _JOINING.match(character) is not None


def _cleaned_cluster(cluster: str) -> str:
    cluster = _SELECTORS.sub("", _CARRIAGE.sub("\n", cluster))
    kept: list[str] = []
    for character in cluster:
        if character in _REPLACED:
            kept.append(_REPLACED[character])
            continue
        category = unicodedata.category(character)
        if category not in _REMOVED:
            kept.append(" " if category == "Zs" else character)
    return unicodedata.normalize("NFC", "".join(kept))
