"""Text by people and models: cleaned, stored, compared, counted, and prepared for display."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

# Scripts, marks and emoji as Unicode has them, which the standard library's `re` does not know.
import regex

# Kept of the invisible: line breaks and tabs, and the joiners that emoji and several scripts are written with.
_KEPT: Final = frozenset("\n\t\u200c\u200d")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs"})
# One for one, whatever stands around them: a line end that is not written in two characters, and a space.
_LONE_RETURN: Final = regex.compile(r"\r(?!\n)")
_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"),
        **dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "),
    }
)
# What belongs to the character before it: marks, conjoining jamo, and what will be removed, because a mark behind that
# may yet compose with the character before.
_FOLLOWING: Final = (
    r"[\p{M}\p{Cf}\p{Cs}\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # Cc without tabs and line ends
    r"\u1160-\u11ff\ud7b0-\ud7ff\U00016d63\U00016d67]"
)
_CHANGING: Final = regex.compile(
    rf"\r\n|(?P<following>{_FOLLOWING}++)|\p{{NFC_QC=No}}{_FOLLOWING}*+",
    regex.V1,
)
# More marks on one letter than any language writes; sorting them into their order takes the square of their number.
_MOST_MARKS: Final = 30
# Joiners say how to write what they stand behind only in these scripts and between emoji; selectors only behind emoji.
_JOINED: Final = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1900-\u1cff"
    r"\ua800-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
_SHORT: Final = 8
_PICTURE: Final = regex.compile(r"\p{Extended_Pictographic}|[0-9#*](?=\ufe0f\u20e3)")
_JOINERS: Final = frozenset("\u200c\u200d")
_STYLES: Final = frozenset("\ufe0e\ufe0f")
# Dashes, quotation marks of all scripts, apostrophes, ligatures and the ellipsis as typists and typesetters vary them,
# and no joiners; nothing that counts, so not NFKC, which makes "10²" and "102" the same.
TYPOGRAPHY: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′´`‹›＇❛❜❮❯׳", "'"),
        **dict.fromkeys("“”„‟″«»＂「」『』﹁﹂﹃﹄｢｣《》〈〉〝〞〟⹂❝❞״", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys([*_JOINERS, *_STYLES], ""),
        "…": "...",
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
)
# Letters of scripts that put no space between words; in these two letters make about one word.
_UNSPACED: Final = (
    r"[[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Tham}ー]&&\p{L}]"
)
_SPACED: Final = rf"[[\p{{L}}\p{{M}}\u200c\u200d]--{_UNSPACED}]"
_SPACED_OR_DIGIT: Final = rf"[[\p{{L}}\p{{M}}\p{{N}}\u200c\u200d]--{_UNSPACED}]"
_COUNTED: Final = regex.compile(rf"(?P<letter>{_UNSPACED})\p{{M}}*+|{_SPACED}++(?:['’\-]{_SPACED}++)*+", regex.V1)
_WORDS: Final = regex.compile(rf"{_UNSPACED}\p{{M}}*+|{_SPACED_OR_DIGIT}++(?:['’]{_SPACED}++)?+", regex.V1)


class _Piece(NamedTuple):
    # A changed piece: where it stands in the cleaned text, how long it is there, and its offsets in the original.
    at: int
    length: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CleanText:
    """A cleaned text and, where it differs from the original, the changed pieces."""

    text: str
    pieces: tuple[_Piece, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original of a non-empty piece."""
        return self._character(start)[0], self._character(end - 1)[1]

    def _character(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.pieces, (position, math.inf)) - 1
        if index < 0:
            return position, position + 1
        piece = self.pieces[index]
        if position < piece.at + piece.length:
            return piece.start, piece.end
        original = piece.end + position - piece.at - piece.length
        return original, original + 1


def clean(original: str) -> CleanText:
    """Normalise a text to NFC and remove invisible characters: control, zero-width and direction characters.

    Joiners stay where they belong to how a word or an emoji is written. Takes time in proportion to the text.
    """
    if _is_clean(original):
        return CleanText(original)
    original = _LONE_RETURN.sub("\n", original).translate(_PLAIN)
    parts: list[str] = []
    pieces: list[_Piece] = []
    position, length = 0, 0
    for match in _CHANGING.finditer(original):
        start, end = match.span()
        if match["following"] is not None and start > position:
            start -= 1
        cluster = original[start:end]
        written = (_clean_short if len(cluster) <= _SHORT else _clean)(cluster)
        if written == cluster:
            continue
        parts += (original[position:start], written)
        length += start - position
        pieces.append(_Piece(length, len(written), start, end))
        length += len(written)
        position = end
    parts.append(original[position:])
    return CleanText("".join(parts), tuple(pieces))


def one_line(text: str) -> str:
    """Write a text on one line with its line ends marked."""
    return " \u23ce ".join(" ".join(line.split()) for line in text.split("\n") if line.strip())


def fold(text: str) -> str:
    """Fold typographic variants: quotation marks, dashes, ligatures, spaces, invisible characters and case."""
    return " ".join(unicodedata.normalize("NFC", clean(text).text.translate(TYPOGRAPHY)).casefold().split())


def words(text: str) -> list[str]:
    """Return the words and numbers of a text; in scripts without spaces, each letter with its marks."""
    return [match.group() for match in _WORDS.finditer(text)]


def count_words(text: str) -> int:
    """Count words that contain letters; in scripts without spaces two letters count as one."""
    spaced, unspaced = 0, 0
    for match in _COUNTED.finditer(text):
        if match["letter"] is None:
            spaced += 1
        else:
            unspaced += 1
    return spaced + (unspaced + 1) // 2


def storable(text: str) -> str:
    """Remove what databases and JSON cannot hold: NUL and lone surrogates."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def is_canonical_address(email: str) -> bool:
    """Return whether an e-mail address cannot be mistaken for another.

    Spaces of any kind, controls, invisible characters and letters that fold to others (the Kelvin sign to k) may be
    dropped or changed by the next program that compares it. ASCII letters may be of either case.
    """
    if email.isascii():
        return email.isprintable() and " " not in email
    if any(unicodedata.category(character)[0] in "CZ" for character in email):
        return False
    lowered = "".join(letter.lower() if letter.isascii() else letter for letter in email)
    return unicodedata.normalize("NFKC", email).casefold() == lowered


def visible(text: str) -> str:
    """Remove what cannot be displayed: control and direction characters, lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character for character in text if character in _KEPT or unicodedata.category(character) not in _INVISIBLE
    )


def shorten(text: str, length: int = 60) -> str:
    """Shorten a text to one line of at most `length` characters, with an ellipsis where it was cut."""
    seen = " ".join(visible(text).split())
    return seen if len(seen) <= length else f"{seen[: length - 1].rstrip()}…"


def _is_clean(text: str) -> bool:
    plain = text.replace("\n", "").replace("\t", "")
    return plain.isprintable() and (text.isascii() or not _CHANGING.search("".join(set(plain))))


def _clean(cluster: str) -> str:
    # One character with what follows it.
    if cluster == "\r\n":
        return "\n"
    parts: list[str] = []
    for place, character in enumerate(cluster):
        before = parts[-1] if parts else ""
        if character in _JOINERS:
            keep = _JOINED.fullmatch(before) is not None
        elif "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
            # Most of these carry hidden bytes as well as any meaning.
            keep = character in _STYLES and place == len(parts) and _PICTURE.match(cluster, place - 1) is not None
        else:
            keep = character in _KEPT or unicodedata.category(character) not in _INVISIBLE
        if keep:
            parts.append(character)
            if len(parts) > _MOST_MARKS:
                break
    return unicodedata.normalize("NFC", "".join(parts))


# The same few of them again and again in any one text.
_clean_short = lru_cache(maxsize=1024)(_clean)


def safe_file_name(name: str, extension: str) -> str:
    """Make a file name valid on every system; other characters become a dash."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{regex.sub(r'[^a-z0-9]+', '-', ascii_only.lower()).strip('-')[:60] or 'data'}.{extension}"
