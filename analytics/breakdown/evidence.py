"""What a model claims, held against the transcript by program: only what can be pointed to remains."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from analytics.breakdown.answers import Advice, Point, Points
from analytics.breakdown.cleaning import clean, one_line
from analytics.breakdown.privacy import Private
from analytics.breakdown.records import Record
from analytics.breakdown.transcript import Quote, Transcript
from analytics.feedback import PLATFORM_FAILURE

MOST: Final = 3
LONGEST: Final = 400
Kind: TypeAlias = Literal["strength", "weakness", "recommendation"]


class Claim(Record):
    """A point that was verified, with the pieces of the transcript it rests on.

    A recommendation rests on what its weakness rests on; `answers` is that weakness's text, `notice` how progress
    shows.
    """

    kind: Kind
    text: str
    quotes: tuple[Quote, ...]
    notice: str = ""
    answers: str = ""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Give the ids that are cited."""
        return tuple(quote.id for quote in self.quotes)

    @property
    def sentence(self) -> str:
        """Put it as one text, for a list of strings."""
        return f"{self.text} How to notice progress: {self.notice}" if self.notice else self.text


class Fault(StrEnum):
    """Why a claim was dropped; the value is stored and counted."""

    NO_ID = "no_id"
    TOO_MANY_IDS = "too_many_ids"
    UNKNOWN_ID = "unknown_id"
    WITHHELD = "withheld"
    NOT_CODE = "not_code"
    NOT_SPEECH = "not_speech"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    LINK = "link"
    MARKUP = "markup"
    PERSONAL = "personal"
    RESTATES = "restates"
    MISQUOTES = "misquotes"
    NUMBER = "number"
    DUPLICATE = "duplicate"
    NO_WEAKNESS = "no_weakness"
    TOO_MANY = "too_many"

    @property
    def advice(self) -> str:
        """Say what was wrong, to the model that gets one chance to repair it."""
        return _ADVICE[self]


_ADVICE: Final[Mapping[Fault, str]] = {
    Fault.NO_ID: "cites nothing; cite one or two ids",
    Fault.TOO_MANY_IDS: "cites more than two ids; keep the one or two that carry the point",
    Fault.UNKNOWN_ID: "cites an id that is not the candidate's or does not exist",
    Fault.WITHHELD: "cites a line that was withheld",
    Fault.NOT_CODE: "is about code, and must cite C ids only",
    Fault.NOT_SPEECH: "is about speech, and must cite S ids only",
    Fault.EMPTY: "says nothing of its own",
    Fault.TOO_LONG: f"is longer than {LONGEST} characters",
    Fault.LINK: "holds a link",
    Fault.MARKUP: "holds markup; write plain text",
    Fault.PERSONAL: "holds a name, school, address or number that identifies someone",
    Fault.RESTATES: "only repeats the words it cites; say what they show about the skill",
    Fault.MISQUOTES: "puts words in quotation marks that the cited lines do not hold",
    Fault.NUMBER: "gives a number that the cited lines do not hold",
    Fault.DUPLICATE: "repeats another point",
    Fault.NO_WEAKNESS: "answers a weakness that is not in the list",
    Fault.TOO_MANY: f"is one more than the {MOST} that are shown",
}


class Dropped(Record):
    """A claim that was not accepted, and why."""

    kind: Kind
    text: str
    ids: tuple[str, ...]
    fault: Fault


class Verified(Record):
    """What remains of an answer, and what does not."""

    claims: tuple[Claim, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    def of(self, kind: Kind) -> tuple[Claim, ...]:
        """Give the claims of one kind."""
        return tuple(claim for claim in self.claims if claim.kind == kind)


class Verifier:
    """Holds claims about one skill against one transcript."""

    def __init__(self, transcript: Transcript, private: Private, withheld: frozenset[str], skill: str) -> None:
        self._transcript = transcript
        self._private = private
        self._withheld = withheld
        self._skill = skill

    def verify(self, points: Points, accepted: Sequence[Claim] = ()) -> Verified:
        """Verify an answer; `accepted` are claims that stand already, whose weaknesses come first in the numbering."""
        claims: list[Claim] = list(accepted)
        dropped: list[Dropped] = []
        weaknesses: list[Claim | None] = [claim for claim in accepted if claim.kind == "weakness"]
        kinds: tuple[tuple[Kind, list[Point]], ...] = (("strength", points.strengths), ("weakness", points.weaknesses))
        for kind, entries in kinds:
            for point in entries:
                claim = self._point(kind, point, claims)
                if isinstance(claim, Claim):
                    claims.append(claim)
                else:
                    dropped.append(Dropped(kind=kind, text=_shown(point.text), ids=tuple(point.ids), fault=claim))
                if kind == "weakness":
                    weaknesses.append(claim if isinstance(claim, Claim) else None)
        for advice in points.recommendations:
            claim = self._advice(advice, weaknesses, claims)
            if isinstance(claim, Claim):
                claims.append(claim)
            else:
                dropped.append(Dropped(kind="recommendation", text=_shown(advice.practise), ids=(), fault=claim))
        return Verified(claims=tuple(claims), dropped=tuple(dropped))

    def _point(self, kind: Kind, point: Point, claims: Sequence[Claim]) -> Claim | Fault:
        quotes = self._quotes(point.ids)
        if isinstance(quotes, Fault):
            return quotes
        text = _plain(point.text)
        fault = self._text_fault(text) or _said_fault(text, quotes) or _excess(kind, text, claims)
        return fault or Claim(kind=kind, text=text, quotes=quotes)

    def _advice(self, advice: Advice, weaknesses: Sequence[Claim | None], claims: Sequence[Claim]) -> Claim | Fault:
        weakness = weaknesses[advice.weakness - 1] if 1 <= advice.weakness <= len(weaknesses) else None
        if weakness is None:
            return Fault.NO_WEAKNESS
        text, notice = _plain(advice.practise), _plain(advice.notice)
        fault = self._text_fault(text) or self._text_fault(notice) or _excess("recommendation", text, claims)
        return fault or Claim(
            kind="recommendation", text=text, notice=notice, answers=weakness.text, quotes=weakness.quotes
        )

    def _quotes(self, ids: Sequence[str]) -> tuple[Quote, ...] | Fault:
        cited = tuple(dict.fromkeys(ids))
        if not cited:
            return Fault.NO_ID
        if len(cited) > 2:
            return Fault.TOO_MANY_IDS
        quotes: list[Quote] = []
        for evidence_id in cited:
            quote = self._transcript.quote(evidence_id)
            if quote is None or not quote.text.strip():
                return Fault.UNKNOWN_ID
            if _lines_of(quote) & self._withheld:
                return Fault.WITHHELD
            if self._skill == "code_quality" and quote.place != "code":
                return Fault.NOT_CODE
            if self._skill == "communication" and quote.place == "code":
                return Fault.NOT_SPEECH
            quotes.append(quote)
        return tuple(quotes)

    def _text_fault(self, text: str) -> Fault | None:
        if len(_WORD.findall(text)) < 3 or text == PLATFORM_FAILURE:
            return Fault.EMPTY
        if len(text) > LONGEST:
            return Fault.TOO_LONG
        if _LINK.search(text):
            return Fault.LINK
        if _MARKUP.search(text):
            return Fault.MARKUP
        if self._private.redact(text) != text:
            return Fault.PERSONAL
        return None


_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.\-]{1,20}://|\bwww\.|\b(?:javascript|data|mailto|vbscript):\S"
    r"|\b[\w\-]+\.(?:com|org|info|biz|ru|cn|uk|de|xyz)\b|\b[\w\-]+\.[a-z]{2,}/\S",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(r"<[A-Za-z/!?]|&(?:#\w+|[a-z]+);|!\[|\]\(|\]\[|\[\[|\*\*|^#{1,6} |:material/")
_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d+(?:[.,:]\d+)*%?")
_SINGLE_QUOTED: Final = re.compile(r"(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){3,}?)'(?!\w)")
# Dashes, quotation marks, apostrophes, ligatures and the ellipsis as typists and typesetters vary them; nothing that
# counts, so not NFKC, which makes "10²" and "102" the same.
_TYPOGRAPHY: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′´`‹›", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
)
_TOKEN: Final = re.compile(r"(?<![\w)])[-+$€£]?\d\w*(?:[.,:/]\d\w*)*%?|[^\W\d]\w*(?:['\-]\w+)*|[^\w\s]")
_NEGATORS: Final = frozenset("not no never none nothing nobody neither nor without hardly barely cannot can't".split())
# Words with which a claim introduces what was said, without saying anything about it.
_FRAMING: Final = frozenset(
    "the a an and or of to in on that this it its is was are were be been as by with for from at they he she their his "
    "her them who i my me you your we our us candidate candidates interviewee applicant said says say saying stated "
    "states stating mentions mentioned mentioning explains explained told tells answered answer answers describes "
    "described notes noted quote quotes".split()
)


def fold(text: str) -> str:
    """Fold what only typography varies: quotation marks, dashes, ligatures, spaces, invisible characters and case."""
    return " ".join(unicodedata.normalize("NFC", clean(text).text.translate(_TYPOGRAPHY)).casefold().split())


def is_said(quoted: str, said: str) -> bool:
    """Tell whether words in quotation marks stand in a piece of the transcript, whole and in their order.

    Only typography may differ. Cutting a word or a number is a difference, and so is leaving out a negation next to
    the cut.
    """
    wanted, held = _TOKEN.findall(fold(quoted)), _TOKEN.findall(fold(said))
    while wanted and wanted[-1] in {".", ",", ";", ":", "!", "?"}:
        wanted.pop()
    if not wanted:
        return False
    for start in range(len(held) - len(wanted) + 1):
        end = start + len(wanted)
        if held[start:end] == wanted and not any(
            _negates(token) for token in (*held[max(start - 1, 0) : start], *held[end : end + 1])
        ):
            return True
    return False


def _negates(token: str) -> bool:
    return token in _NEGATORS or token.endswith("n't")


def _plain(text: str) -> str:
    # Backticks around names from the code are a habit of models, not markup to drop a point for.
    return one_line(clean(text).text.replace("`", "")).replace(" \u23ce ", " ")


def _shown(text: str) -> str:
    return _plain(text)[:LONGEST]


def _lines_of(quote: Quote) -> set[str]:
    if quote.lines is None:
        return {quote.id}
    submission = quote.id.partition(":")[0]
    # A whole submission is evidence even when one of its comments was withheld.
    named = range(quote.lines[0], quote.lines[1] + 1) if ":" in quote.id else ()
    return {f"{submission}:{line}" for line in named}


def _said_fault(text: str, quotes: Sequence[Quote]) -> Fault | None:
    said = [quote.text for quote in quotes]
    for quoted in _quoted(text):
        if len(_WORD.findall(quoted)) > 1 and not any(is_said(quoted, piece) for piece in said):
            return Fault.MISQUOTES
    if quotes[0].place == "content":
        held = {number.rstrip("%").lstrip("+-") for piece in said for number in _NUMBER.findall(fold(piece))}
        for number in _NUMBER.findall(fold(text)):
            if number.rstrip("%").lstrip("+-") not in held:
                return Fault.NUMBER
    words = {word for piece in said for word in _WORD.findall(fold(piece))}
    own = {word for word in _WORD.findall(fold(text)) if word not in words and word not in _FRAMING}
    # A sign inside a word makes other words of the same letters.
    return Fault.RESTATES if len(own) < 2 or _letters(text) in _letters(" ".join(said)) else None


def _quoted(text: str) -> list[str]:
    """Give what stands in quotation marks; where they do not pair plainly, whatever a reader could take for that."""
    straight = text.translate(_TYPOGRAPHY)
    between = straight.split('"')[1:-1]
    pairs_plainly = len(between) % 2 == 1 and text.count('"') in (0, straight.count('"'))
    doubled = [
        piece
        for place, piece in enumerate(between)
        if place % 2 == 0 or not pairs_plainly or (piece == piece.strip() != "")
    ]
    return doubled + _SINGLE_QUOTED.findall(straight)


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


def repeats(kind: Kind, text: str, claims: Sequence[Claim]) -> bool:
    """Tell whether a claim says what another one says already."""
    words = set(_WORD.findall(fold(text)))
    for claim in claims:
        other = set(_WORD.findall(fold(claim.text)))
        alike = len(words & other) / max(len(words | other), 1)
        if alike == 1.0 or (alike >= 0.8 and claim.kind == kind):
            return True
    return False


def _excess(kind: Kind, text: str, claims: Sequence[Claim]) -> Fault | None:
    if repeats(kind, text, claims):
        return Fault.DUPLICATE
    return Fault.TOO_MANY if sum(claim.kind == kind for claim in claims) >= MOST else None
