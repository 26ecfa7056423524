"""Claims about a skill, and the reasons for which one is dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias, get_args

from analytics.breakdown.reading.transcript import Quote, overlap
from analytics.breakdown.records import Record
from analytics.text import words

MOST: Final = 3
MOST_WORDINGS: Final = 1
LONGEST: Final = 400
Kind: TypeAlias = Literal["strength", "weakness", "recommendation", "missed_opportunity", "better_wording"]
# A shorter quote ("Yes.") says little by itself.
_TELLING_WORDS: Final = 4
# In the order in which they are shown.
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
# As checked by the model: shown by what is cited, only in part, or not asked about because that call failed. Empty is
# for claims made by rules or by an earlier version of the program.
Support: TypeAlias = Literal["", "yes", "partly", "unchecked"]


class Claim(Record):
    """A verified claim with the pieces of the transcript it rests on.

    A recommendation rests on what its weakness rests on; `answers` is that weakness's text, `notice` how progress
    shows. A missed opportunity names the `question` (`Q3`) whose words are `asked`. A better wording is of what its
    quotes say.
    """

    kind: Kind
    text: str
    quotes: tuple[Quote, ...]
    notice: str = ""
    answers: str = ""
    question: str = ""
    asked: str = ""
    support: Support = ""
    # Stands in stored versions, and nothing reads it: what came up before is counted when a claim is shown.
    before: int = 0

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return the cited ids."""
        return tuple(quote.id for quote in self.quotes)

    def repeats_any(self, struck: Collection[tuple[str, str]]) -> bool:
        """Return whether this is of a kind and of lines that were struck, each a kind with an id that it cited."""
        return any(kind == self.kind and overlap(cited, other) for kind, other in struck for cited in self.evidence)

    @property
    def main_quote(self) -> Quote:
        """Return the quote to show where there is room for one: the first of several words, otherwise the first.

        Raises `IndexError` for a claim without quotes.
        """
        telling = (quote for quote in self.quotes if len(words(quote.text)) >= _TELLING_WORDS)
        return next(telling, self.quotes[0])

    @property
    def sentence(self) -> str:
        """Return the claim as a single text, for a list of strings."""
        return f"{self.text} How to notice progress: {self.notice}" if self.notice else self.text


class ClaimFault(StrEnum):
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
    INTERVIEWER = "interviewer"
    NUMBER = "number"
    TRAIT = "trait"
    CHARACTER = "character"
    VERDICT = "verdict"
    ACCUSATION = "accusation"
    PRAISE = "praise"
    SENTENCES = "sentences"
    DUPLICATE = "duplicate"
    NO_WEAKNESS = "no_weakness"
    TOO_MANY = "too_many"
    NO_QUESTION = "no_question"
    INVENTS = "invents"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"
    OFF_QUESTION = "off_question"
    STRUCK = "struck"

    @property
    def advice(self) -> str:
        """Describe for the model what was wrong, for its one chance to repair it."""
        return _ADVICE[self]


_ADVICE: Final[Mapping[ClaimFault, str]] = {
    ClaimFault.NO_ID: "cites nothing; cite one or two ids",
    ClaimFault.TOO_MANY_IDS: "cites more than two ids; keep the one or two that carry the point",
    ClaimFault.UNKNOWN_ID: "cites an id that is not the candidate's or does not exist",
    ClaimFault.WITHHELD: "cites a line that was withheld",
    ClaimFault.NOT_CODE: "is about code, and must cite C ids only",
    ClaimFault.NOT_SPEECH: "is about speech, and must cite S ids only",
    ClaimFault.EMPTY: "says nothing of its own",
    ClaimFault.TOO_LONG: f"is longer than {LONGEST} characters",
    ClaimFault.LINK: "holds a link",
    ClaimFault.MARKUP: "holds markup; write plain text",
    ClaimFault.PERSONAL: "holds a name, school, address or number that identifies someone",
    ClaimFault.RESTATES: "only repeats the words it cites; say what they show about the skill",
    ClaimFault.MISQUOTES: "puts words in quotation marks that the cited lines do not hold",
    ClaimFault.INTERVIEWER: "gives the interviewer's words as the candidate's",
    ClaimFault.NUMBER: "gives a number that the cited lines do not hold",
    ClaimFault.TRAIT: "is about the person (origin, age, health, family, accent), not about what was said",
    ClaimFault.CHARACTER: "judges the person's character; say what the answer holds or leaves out",
    ClaimFault.VERDICT: "says whom to hire or for what post; say what the answer shows",
    ClaimFault.ACCUSATION: "accuses the candidate; say what the answer leaves open",
    ClaimFault.PRAISE: "praises without saying what was good",
    ClaimFault.SENTENCES: "judges the sentences of speech that was written down without punctuation",
    ClaimFault.DUPLICATE: "repeats another point",
    ClaimFault.NO_WEAKNESS: "answers a weakness that is not in the list",
    ClaimFault.NO_QUESTION: "must name a question (Q1, ..) and cite one or two lines of its answer",
    ClaimFault.INVENTS: "holds a number or a name that the candidate never said",
    ClaimFault.UNSUPPORTED: "is not shown by the lines it cites",
    ClaimFault.CONTRADICTED: "is contradicted by the lines it cites",
    ClaimFault.OFF_QUESTION: "is not about what was asked",
    ClaimFault.STRUCK: "was marked as wrong by a coach; cite other lines",
    ClaimFault.TOO_MANY: f"is one more than the {MOST} that are shown",
}


def most_of(kind: Kind) -> int:
    """Return the maximum number of claims of a kind shown for a skill."""
    return MOST_WORDINGS if kind == "better_wording" else MOST


class DroppedClaim(Record):
    """A claim that was not accepted, and why."""

    kind: Kind
    text: str
    ids: tuple[str, ...]
    fault: ClaimFault


class VerifiedClaims(Record):
    """The accepted claims of an answer, and the dropped ones."""

    claims: tuple[Claim, ...] = ()
    dropped: tuple[DroppedClaim, ...] = ()

    def of(self, kind: Kind) -> tuple[Claim, ...]:
        """Return the claims of one kind."""
        return tuple(claim for claim in self.claims if claim.kind == kind)
