"""Verification: a model's claims checked against the transcript; only what can be pointed to is kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from analytics.breakdown.assessment.answers import Advice, MissedPoint, Point, Points
from analytics.breakdown.assessment.claims import (
    LONGEST,
    Claim,
    ClaimFault,
    DroppedClaim,
    Kind,
    VerifiedClaims,
    most_of,
)
from analytics.breakdown.assessment.figures import advice_number_fault, claimed_fault, count_fault, number_fault
from analytics.breakdown.assessment.plain_text import plain, quoted_fault, text_fault
from analytics.breakdown.assessment.praise import is_empty_praise
from analytics.breakdown.assessment.retelling import says_the_opposite
from analytics.breakdown.assessment.rules import forbidden
from analytics.breakdown.assessment.strangers import all_asked, all_said, stranger_fault
from analytics.breakdown.assessment.wording import (
    attributed_words,
    invents,
    is_all_asked,
    is_cut_off,
    is_said,
    quotations,
    takes_over,
    with_quotation_marks,
)
from analytics.breakdown.reading.habits import is_unpunctuated
from analytics.breakdown.reading.questions import InterviewQuestion, without_lead
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import Quote, Transcript
from analytics.skills import BY_KEY
from analytics.text import fold, one_line
from analytics.text import words as words_of

_MOST_ASKED: Final = 100_000  # what an interviewer says in many hours


class ClaimVerifier:
    """Verifies claims about one skill against one transcript."""

    def __init__(
        self,
        transcript: Transcript,
        private: Private,
        withheld: frozenset[str],
        skill: str,
        questions: Sequence[InterviewQuestion] = (),
        *,
        struck: Collection[tuple[str, str]] = (),
    ) -> None:
        # `struck` are kinds of claims that were marked as wrong, each with an id that it cited.
        self._struck = struck
        self._transcript = transcript
        self._questions = {question.id: question for question in questions}
        self._private = private
        self._withheld = withheld
        self._evidence = BY_KEY[skill].evidence
        self._unpunctuated = is_unpunctuated(transcript)
        self._asked, self._spoken = all_asked(transcript)[:_MOST_ASKED], all_said(transcript)

    def verify(self, points: Points, accepted: Sequence[Claim] = ()) -> VerifiedClaims:
        """Verify an answer; `accepted` are earlier claims, whose weaknesses come first in the numbering."""
        claims: list[Claim] = list(accepted)
        dropped: list[DroppedClaim] = []
        weaknesses: list[Claim | None] = [claim for claim in accepted if claim.kind == "weakness"]
        kinds: tuple[tuple[Kind, list[Point]], ...] = (("strength", points.strengths), ("weakness", points.weaknesses))
        for kind, entries in kinds:
            for point in entries:
                claim = self._unless_struck(self._point(kind, point, claims))
                if isinstance(claim, Claim):
                    claims.append(claim)
                else:
                    dropped.append(
                        DroppedClaim(kind=kind, text=_shorten(point.text), ids=tuple(point.ids), fault=claim)
                    )
                if kind == "weakness":
                    weaknesses.append(claim if isinstance(claim, Claim) else None)
        for advice in points.recommendations:
            claim = self._unless_struck(self._advice(advice, weaknesses, claims))
            if isinstance(claim, Claim):
                claims.append(claim)
            else:
                dropped.append(DroppedClaim(kind="recommendation", text=_shorten(advice.practise), ids=(), fault=claim))
        for missed in points.missed:
            _add(
                self._unless_struck(self._verify_missed(missed, claims)), "missed_opportunity", missed, claims, dropped
            )
        for wording in points.wordings:
            _add(self._unless_struck(self._verify_wording(wording, claims)), "better_wording", wording, claims, dropped)
        return VerifiedClaims(claims=tuple(claims), dropped=tuple(dropped))

    def _unless_struck(self, claim: Claim | ClaimFault) -> Claim | ClaimFault:
        if isinstance(claim, Claim) and claim.repeats_any(self._struck):
            return ClaimFault.STRUCK
        return claim

    def _verify_missed(self, missed: MissedPoint, claims: Sequence[Claim]) -> Claim | ClaimFault:
        question = self._questions.get(missed.question)
        quotes = self._quotes(missed.ids)
        if isinstance(quotes, ClaimFault):
            return quotes
        if question is None or not {quote.id.partition(":")[0] for quote in quotes} <= set(question.answer):
            return ClaimFault.NO_QUESTION
        text, asked = plain(missed.text), self._private.redact(question.text[:_MOST_ASKED])
        # What the question says may be repeated: the claim is about it.
        both = [*(quote.text for quote in quotes), asked]
        fault = text_fault(text, self._private) or _nature_fault(text, quotes) or quoted_fault(text, both)
        fault = fault or (ClaimFault.NUMBER if number_fault(text, both, asked) else None)
        fault = fault or _excess("missed_opportunity", text, claims)
        return fault or Claim(
            kind="missed_opportunity",
            text=text,
            quotes=quotes,
            question=question.id,
            asked=one_line(without_lead(asked)),
        )

    def _verify_wording(self, wording: Point, claims: Sequence[Claim]) -> Claim | ClaimFault:
        quotes = self._quotes(wording.ids)
        if isinstance(quotes, ClaimFault):
            return quotes
        if any(quote.place == "code" for quote in quotes):
            return ClaimFault.NOT_CODE
        text = plain(wording.text)
        said = [sentence.text for sentence in self._transcript.sentences if sentence.id not in self._withheld]
        fault = (
            text_fault(text, self._private, most=2 * LONGEST)
            or (ClaimFault.RESTATES if _letters(text) in _letters(" ".join(quote.text for quote in quotes)) else None)
            or forbidden(text, " ".join(quote.text for quote in quotes))
            or (ClaimFault.INVENTS if invents(text, said) or count_fault(text, said) else None)
            or _excess("better_wording", text, claims)
        )
        return fault or Claim(kind="better_wording", text=text, quotes=quotes)

    def _point(self, kind: Kind, point: Point, claims: Sequence[Claim]) -> Claim | ClaimFault:
        quotes = self._quotes(point.ids)
        if isinstance(quotes, ClaimFault):
            return quotes
        text = plain(point.text)
        fault = (
            text_fault(text, self._private)
            or _nature_fault(text, quotes)
            or (ClaimFault.SENTENCES if self._unpunctuated and _SENTENCES.search(text) else None)
            or _find_wording_fault(text, quotes, self._asked, point.text)
            or (stranger_fault(text, self._asked, self._spoken) if quotes[0].place == "content" else None)
            or _excess(kind, text, claims)
        )
        return fault or Claim(kind=kind, text=text, quotes=quotes)

    def _advice(
        self, advice: Advice, weaknesses: Sequence[Claim | None], claims: Sequence[Claim]
    ) -> Claim | ClaimFault:
        weakness = weaknesses[advice.weakness - 1] if 1 <= advice.weakness <= len(weaknesses) else None
        if weakness is None:
            return ClaimFault.NO_WEAKNESS
        text, notice = plain(advice.practise), plain(advice.notice)
        faults = (
            text_fault(part, self._private)
            or _nature_fault(part, weakness.quotes)
            or _advice_fault(part, weakness.quotes)
            for part in (text, notice)
        )
        fault = next((fault for fault in faults if fault), None) or _excess("recommendation", text, claims)
        return fault or Claim(
            kind="recommendation", text=text, notice=notice, answers=weakness.text, quotes=weakness.quotes
        )

    def _quotes(self, ids: Sequence[str]) -> tuple[Quote, ...] | ClaimFault:
        cited = tuple(dict.fromkeys(ids))
        if not cited:
            return ClaimFault.NO_ID
        if len(cited) > 2:
            return ClaimFault.TOO_MANY_IDS
        quotes: list[Quote] = []
        for evidence_id in cited:
            quote = self._transcript.quote(evidence_id)
            if quote is None or not quote.text.strip():
                return ClaimFault.UNKNOWN_ID
            if _lines_of(quote) & self._withheld:
                return ClaimFault.WITHHELD
            if self._evidence == "code" and quote.place != "code":
                return ClaimFault.NOT_CODE
            if self._evidence == "speech" and quote.place == "code":
                return ClaimFault.NOT_SPEECH
            quotes.append(quote)
        return tuple(quotes)


_SENTENCES: Final = re.compile(
    r"\b(?:sentences?|run-?ons?|punctuat\w+|full stops?|rambl\w+|breathless\w*|in one (?:breath|go)|"
    r"without (?:a )?paus\w+)\b",
    re.IGNORECASE,
)
# Words with which a claim introduces what was said, without saying anything about it.
_FRAMING: Final = frozenset(
    "the a an and or of to in on that this it its is was are were be been as by with for from at they he she their his "
    "her them who i my me you your we our us candidate candidates interviewee applicant said says say saying stated "
    "states stating mentions mentioned mentioning explains explained told tells answered answer answers describes "
    "described notes noted quote quotes".split()
)


def _add(
    claim: Claim | ClaimFault,
    kind: Kind,
    point: Point | MissedPoint,
    claims: list[Claim],
    dropped: list[DroppedClaim],
) -> None:
    if isinstance(claim, Claim):
        claims.append(claim)
    else:
        dropped.append(DroppedClaim(kind=kind, text=_shorten(point.text), ids=tuple(point.ids), fault=claim))


def _shorten(text: str) -> str:
    return plain(text)[:LONGEST]


def _lines_of(quote: Quote) -> set[str]:
    if quote.lines is None:
        return {quote.id}
    submission = quote.id.partition(":")[0]
    # A whole submission is evidence even when one of its comments was withheld.
    named = range(quote.lines[0], quote.lines[1] + 1) if ":" in quote.id else ()
    return {f"{submission}:{line}" for line in named}


def _find_wording_fault(text: str, quotes: Sequence[Quote], asked: str, written: str) -> ClaimFault | None:
    said = [quote.text for quote in quotes]
    # About code, ticks stand around any names; about speech they quote.
    quoting = plain(with_quotation_marks(written)) if quotes[0].place == "content" else text
    for quotation in quotations(quoting):
        if not words_of(quotation.text):
            continue
        held = [piece for piece in said if is_said(quotation.text, piece, denied=quotation.denied)]
        if held:
            if all(is_cut_off(quotation, piece) for piece in held):
                return ClaimFault.MISQUOTES
        elif not is_said(quotation.text, asked):
            return ClaimFault.MISQUOTES
        elif not quotation.asked:
            return ClaimFault.INTERVIEWER
    spoken = quotes[0].place == "content"
    if spoken and claimed_fault(text, said, asked):
        return ClaimFault.NUMBER
    if takes_over(text, asked, said) or (spoken and is_all_asked(text, asked, said)):
        return ClaimFault.INTERVIEWER
    if spoken and says_the_opposite(text, said):
        return ClaimFault.MISQUOTES
    words = {word for piece in said for word in words_of(fold(piece))}
    own = {word for word in words_of(fold(text)) if word not in words and word not in _FRAMING}
    # A sign inside a word makes other words of the same letters.
    return ClaimFault.RESTATES if len(own) < 2 or _letters(text) in _letters(" ".join(said)) else None


def _advice_fault(text: str, quotes: Sequence[Quote]) -> ClaimFault | None:
    said = [quote.text for quote in quotes]
    # It may put new words into somebody's mouth, but not say that they were said.
    for quoted in attributed_words(text):
        if words_of(quoted) and not any(is_said(quoted, piece) for piece in said):
            return ClaimFault.MISQUOTES
    return ClaimFault.NUMBER if advice_number_fault(text, said) else None


def _nature_fault(text: str, quotes: Sequence[Quote]) -> ClaimFault | None:
    fault = forbidden(text, " ".join(quote.text for quote in quotes))
    return fault or (ClaimFault.PRAISE if is_empty_praise(text) else None)


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


def repeats(kind: Kind, text: str, claims: Sequence[Claim]) -> bool:
    """Return whether a claim repeats another one."""
    words = set(words_of(fold(text)))
    for claim in claims:
        other = set(words_of(fold(claim.text)))
        alike = len(words & other) / max(len(words | other), 1)
        if alike == 1.0 or (alike >= 0.8 and claim.kind == kind):
            return True
    return False


def _excess(kind: Kind, text: str, claims: Sequence[Claim]) -> ClaimFault | None:
    if repeats(kind, text, claims):
        return ClaimFault.DUPLICATE
    return ClaimFault.TOO_MANY if sum(claim.kind == kind for claim in claims) >= most_of(kind) else None
