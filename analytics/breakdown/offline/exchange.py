"""A question with its answer, and how a claim names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from analytics.breakdown.offline.quoting import JOINTS, LINK, VAGUE
from analytics.breakdown.offline.words import LISTS
from analytics.breakdown.reading.sentences import split
from analytics.breakdown.reading.transcript import Sentence
from analytics.text import count_words

_ASKS: Final = (
    r"(?:what|how|why|which|whose|(?:when|where|who) (?:did|do|does|would|will|is|are|was|were)|can|could|would|will|"
    r"did|do|does|is|are|was|were|have|has|tell|explain|describe|walk|give|roughly)\b"
)
_ASKING: Final = re.compile(rf"(?:^|, |\band )\W?(?:please )?{_ASKS}", re.IGNORECASE)
# Where one question ends and the next begins.
# "Which was a surprise", behind a comma, asks nothing.
_NEXT: Final = re.compile(
    r"[;:—–()]\s*|(?:, and|, or|,(?! which (?:is|was|were|are|has|had|means?|meant|i|we|you)\b)| and| or)\s"
    rf"(?={_ASKS})",
    re.IGNORECASE,
)
# "Is that right?" asks for nothing by itself.
_TAG: Final = re.compile(
    r"(?:is|was|are|does|do|did|would|have|can)\s(?:that|this|it|you)\s"
    r"(?:right|true|correct|fair|so|how|what|make sense|know|sound|ever|follow)\b",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    rf"^(?:Before|To (?:begin|start)|First|Okay|Well|Now|Finally|Lastly)\b[^,]{{0,40}}, (?={_ASKS})", re.IGNORECASE
)
# "When you look back, why": what is asked stands behind it.
_LEADING: Final = re.compile(
    r"\W?(?:when|if|once|after|before|while|since|as|given) (?!(?:did|do|does|would|will|is|are|was|were)\b)",
    re.IGNORECASE,
)
_HEAD: Final = re.compile(
    r"^(?:\[[^\]]{0,40}\]\s?|(?:and|but|or|so|then|ok(?:ay)?|great|alright|well|now|uh+|um+|uhm+)"
    r"(?:,|\.+|…)?\s){1,4}",
    re.IGNORECASE,
)
_MARK: Final = re.compile('["“”„«»]')
_LONGEST_QUESTION: Final = 130
_LEAST_CLAUSE: Final = 3
# A question of so few words at most is shown with what leads to it.
_SHORT_QUESTION: Final = 6


@dataclass(frozen=True)
class Exchange:
    """A question, empty where nothing was asked, and the sentences of its answer; counted once, for all rules."""

    asked: str
    answer: tuple[Sentence, ...]

    @cached_property
    def words(self) -> int:
        """Count the words of the answer."""
        return sum(count_words(sentence.text) for sentence in self.answer)

    @cached_property
    def share(self) -> float:
        """Return the share of vague words."""
        lists = (*VAGUE, LISTS["empty_beside"])
        return sum(len(each.findall(said.text)) for each in lists for said in self.answer) / max(self.words, 1)

    @cached_property
    def questions(self) -> list[str]:
        """Return what is asked, clause by clause, without what leads to it."""
        sentences = [self.asked[start:end] for start, end in split(self.asked)]
        asking = [each for each in sentences if each.endswith("?")] or sentences[-1:]
        clauses = [_bare(clause, each) for each in asking for clause in _clauses(each)]
        return [
            each
            for each in clauses
            if len(each.split()) >= _LEAST_CLAUSE and _ASKING.search(each) and not _TAG.match(each)
        ]


def about(exchange: Exchange, question: str) -> str:
    """Name the question of an answer, as a claim begins."""
    return f'Asked "{show_question(exchange, question)}"'


def show_question(exchange: Exchange, question: str) -> str:
    """Return a question as it is shown: with what leads to it where it is short, cut where it is long."""
    asked = _with_context(exchange, question)
    # Quotation marks within would end the quotation.
    shown = _LEAD.sub("", max(_MARK.split(asked), key=len).strip())
    if len(shown) > _LONGEST_QUESTION and (asking := re.search(rf", (?={_ASKS})", shown, re.IGNORECASE)):
        shown = shown[asking.end() :]
    while len(shown) > _LONGEST_QUESTION:
        joints = [joint.start() for pattern in JOINTS for joint in pattern.finditer(shown)]
        shown = shown[: max(joints, default=shown.rfind(" "))]
    more = "" if asked.endswith(shown) else " …"
    shown = LINK.sub("", shown) if more else shown
    return f"{shown.rstrip(' ,;:(-')}{more}"


def _bare(clause: str, sentence: str) -> str:
    """Return a clause without the words that only join it to others; a sentence may end with a preposition."""
    bare = clause.strip(" ,?.!-")
    whole = sentence.rstrip(" ?.!-").endswith(bare)
    return _HEAD.sub("", bare) if whole else LINK.sub("", bare)


def _clauses(sentence: str) -> Iterator[str]:
    # Parts that ask nothing by themselves lead to what is asked.
    start = 0
    for boundary in _NEXT.finditer(sentence):
        clause = sentence[start : boundary.start()]
        asks = _ASKING.search(clause)
        leads = asks is not None and asks.group().casefold().startswith("and") and _LEADING.match(clause)
        if boundary.group()[0] in ",ao " and (leads or not asks):
            continue
        yield clause
        start = boundary.end()
    yield sentence[start:]


def _with_context(exchange: Exchange, question: str) -> str:
    """Return a question with the sentence before it, where it is too short to tell what it is about."""
    place = exchange.asked.find(question)
    if place < 0 or len(question.split()) > _SHORT_QUESTION:
        return question
    sentences = [(start, end) for start, end in split(exchange.asked) if start <= place]
    start = sentences[-1][0] if sentences else place
    if start == place and len(sentences) > 1 and count_words(exchange.asked[slice(*sentences[-2])]) > _SHORT_QUESTION:
        start = sentences[-2][0]
    whole = exchange.asked[start : place + len(question)]
    return whole if len(whole) <= _LONGEST_QUESTION else question
