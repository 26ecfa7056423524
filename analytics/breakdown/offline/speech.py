"""What can be told of an answer without understanding it: vague words, and whether what was asked for is there.

One claim per answer at most of each kind, naming the question and the very words; where nothing can be told, nothing
is said. Known to English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.breakdown.offline.points import Finder, Weakness
from analytics.breakdown.offline.words import (
    ADVICE,
    ALTERNATIVE,
    ASKS,
    CHECKED,
    COMMON,
    ELEMENTS,
    FIGURE,
    PERSONAL,
    PLAIN_TOO,
    REASON,
    STRUCTURE,
    UNSURE,
    VAGUE,
    Element,
)  # fmt: skip
from analytics.breakdown.reading.transcript import Sentence
from analytics.text import count_words

# From this share of its words on, an answer is vague.
_VAGUE_SHARE: Final = 0.07
# From this share on, that something is missing is told; a plain answer may give it in words that no list knows.
_HAZY_SHARE: Final = 0.025
# Below this share, an answer is praised for what it gives.
_PLAIN_SHARE: Final = 0.04
_LEAST_WORDS: Final = 12
# Of English, at least this share of words is among the commonest.
_ENGLISH_SHARE: Final = 0.12
_LONGEST_QUESTION: Final = 110
_QUOTED: Final = re.compile('["“”„«»]')
_LEAST_CLAUSE: Final = 4
_MOST_WORDS: Final = 3
# One word may have been said for another reason; two of a kind are a way to answer.
_LEAST_FOUND: Final = 2
_LONGEST_REASON: Final = 12


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, empty where nothing was asked, and the sentences of its answer."""

    asked: str
    answer: tuple[Sentence, ...]

    @property
    def words(self) -> int:
        """Count the words of the answer."""
        return sum(count_words(sentence.text) for sentence in self.answer)


def read_speech(skill: str, exchanges: Sequence[Exchange], finder: Finder) -> None:
    """List what the answers show about a spoken skill, the most telling first; nothing for other languages."""
    whole = " ".join(sentence.text for exchange in exchanges for sentence in exchange.answer)
    if len(COMMON.findall(whole)) < _ENGLISH_SHARE * count_words(whole):
        return
    telling = [each for each in exchanges if each.words >= _LEAST_WORDS and not PERSONAL.search(_asking(each.asked))]
    if skill == "communication":
        _vague(telling, finder)
        _ordered(telling, finder)
        return
    taken: set[int] = set()
    for element in (each for each in ELEMENTS if each.skill == skill):
        for place, exchange in enumerate(telling):
            if place in taken or not element.asked.search(_asking(exchange.asked)):
                continue
            taken.add(place)
            _element(element, exchange, finder)


def _element(element: Element, exchange: Exchange, finder: Finder) -> None:
    given = list(_found(element.given, exchange.answer))
    # What the question gave is no merit of the answer.
    found = [(sentence, word) for sentence, word in given if word.casefold() not in exchange.asked.casefold()]
    about, vague = _asked(exchange.asked), _is_vague(exchange)
    enough = len({word.casefold() for _, word in found}) >= _LEAST_FOUND or any(
        pattern.fullmatch(word) for pattern in (REASON, ALTERNATIVE, CHECKED) for _, word in found
    )
    unsure = any(UNSURE.search(sentence.text) for sentence in exchange.answer)
    if enough and not unsure and _share(exchange) < _PLAIN_SHARE:
        cited = list(dict.fromkeys(sentence.id for sentence, _ in found))[:2]
        words = [word for sentence, word in found if sentence.id in cited]
        finder.strength(f"{about}, {element.present.format(_quoted(words))}.", cited)
    elif not given and element.absent and _is_lacking(element, exchange, vague=vague):
        cited = [sentence.id for sentence in sorted(exchange.answer, key=lambda each: -count_words(each.text))][:2]
        finder.weakness(Weakness(f"{about}, {element.absent}.", element.practise, element.notice), cited)


def _is_lacking(element: Element, exchange: Exchange, *, vague: bool) -> bool:
    if element.in_words:
        return vague and element.asked.match(_asking(exchange.asked)) is not None
    return _share(exchange) >= _HAZY_SHARE


def _is_vague(exchange: Exchange) -> bool:
    words = {word.casefold() for _, word in _found((VAGUE,), exchange.answer)}
    telling = [word for word in words if not PLAIN_TOO.fullmatch(word)]
    figures = {word for _, word in _found((FIGURE,), exchange.answer)}
    return min(len(telling), 3 - len(figures)) >= _LEAST_FOUND and _share(exchange) >= _VAGUE_SHARE


def _vague(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in sorted(exchanges, key=_share, reverse=True):
        if not _is_vague(exchange):
            continue
        found = list(_found((VAGUE,), exchange.answer))
        counted = sorted(
            dict.fromkeys(sentence for sentence, _ in found), key=lambda each: -len(VAGUE.findall(each.text))
        )
        cited = [sentence.id for sentence in counted][:2]
        words = [word for sentence, word in found if sentence.id in cited]
        finder.weakness(
            Weakness(f"{_asked(exchange.asked)}, answers with general words such as {_quoted(words)}.", *ADVICE), cited
        )


def _ordered(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in exchanges:
        found = list(_found((STRUCTURE,), exchange.answer))
        if len({word.casefold() for _, word in found}) >= 2 and not _is_vague(exchange):
            cited = list(dict.fromkeys(sentence.id for sentence, _ in found))[:2]
            words = [word for sentence, word in found if sentence.id in cited]
            finder.strength(f"{_asked(exchange.asked)}, marks the steps of the answer with {_quoted(words)}.", cited)


def _share(exchange: Exchange) -> float:
    return sum(len(VAGUE.findall(sentence.text)) for sentence in exchange.answer) / max(exchange.words, 1)


def _found(patterns: Sequence[re.Pattern[str]], sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, str]]:
    for pattern in patterns:
        for sentence in sentences:
            for match in pattern.finditer(sentence.text):
                # A number at the beginning counts a list.
                if pattern is not FIGURE or match.start() > 0:
                    yield sentence, " ".join(match.group().split(" ")[:_LONGEST_REASON]).strip()


def _asking(question: str) -> str:
    # The first sentence that asks, without what leads to it; a clause that asks nothing by itself is no question.
    parts = [part.strip() for part in re.split(r"(?<=[?.!])\s+|\n", question) if part.strip()]
    asks = [part for part in parts if part.endswith("?")] or parts[-1:]
    clauses = [clause for ask in asks[:1] for clause in re.split(r"[;:—–]\s*", ask) if clause.strip()]
    asking = (each for each in reversed(clauses) if len(each.split()) >= _LEAST_CLAUSE and ASKS.search(each))
    return next(asking, "".join(asks[:1]))


def _asked(question: str) -> str:
    # Quotation marks within would end the quotation.
    words = max(_QUOTED.split(_asking(question).rstrip("?.! ")), key=len).split()
    if not words:
        return "In this answer the candidate"
    while len(" ".join(words)) > _LONGEST_QUESTION:
        words.pop()
    return f'Asked "{" ".join(words).rstrip(",;:(-")}"'


def _quoted(words: Sequence[str]) -> str:
    distinct = list({word.casefold(): word for word in words}.values())[:_MOST_WORDS]
    return ", ".join(f'"{word}"' for word in distinct)
