"""What can be told of an answer without understanding it: vague words, and whether what was asked for is there.

One claim per answer at most of each kind, naming the question and the very words; where nothing can be told, nothing
is said. Known to English only; the words stand in `words.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from analytics.breakdown.offline.exchange import Exchange, about
from analytics.breakdown.offline.points import Finder, Weakness
from analytics.breakdown.offline.quoting import (
    ACTS,
    AFTER,
    BEFELL,
    FIRST,
    THEN,
    VAGUE,
    Found,
    clause_of,
    find_words,
    show_found,
)
from analytics.breakdown.offline.signs import read_lacks, read_signs
from analytics.breakdown.offline.words import ADVICE, ELEMENTS, FIGURE, LISTS, MEASURE, NAME, Element
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
# One word may have been said for another reason; two of a kind are a way to answer.
_LEAST_FOUND: Final = 2
_LEAST_PARTICULARS: Final = 3
_CONCRETE: Final = (FIGURE, NAME, *(LISTS[name] for name in ("checked", "tools", "metrics", "trouble")))
_TELLING: Final = (MEASURE, LISTS["checked"], LISTS["reason"], LISTS["alternative"])
_FIGURES: Final = "gives figures: {}"
_MEASURED: Final = (MEASURE, LISTS["checked"])


def read_speech(skill: str, exchanges: Sequence[Exchange], finder: Finder) -> None:
    """List what the answers show about a spoken skill, the most telling first; nothing for other languages."""
    whole = " ".join(sentence.text for exchange in exchanges for sentence in exchange.answer)
    if len(LISTS["common"].findall(whole)) < _ENGLISH_SHARE * count_words(whole):
        return
    telling = [each for each in exchanges if each.words >= _LEAST_WORDS and not LISTS["personal"].search(each.asked)]
    if skill == "communication":
        _vague(telling, finder)
        _ordered(telling, finder)
        read_lacks(exchanges, finder)
        read_signs(skill, _open(exchanges), telling, finder)
        return
    taken: set[int] = set()
    told: set[int] = set()
    for element in (each for each in ELEMENTS if each.skill == skill):
        look = element.asked.match if element.first else element.asked.search
        for place, exchange in enumerate(telling):
            question = next((each for each in exchange.questions if look(each)), None)
            if question is not None and place not in taken:
                taken.add(place)
                told |= {place} if _element(element, exchange, question, finder) else set()
    done = [telling[place] for place in told]
    rest = [[each for each in some if each not in done] for some in (_open(exchanges), telling)]
    read_signs(skill, rest[0], rest[1], finder)
    if skill == "technical" and finder.is_empty:
        _particulars(telling, finder)


def _open(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the answers to what is not about wishes."""
    return [each for each in exchanges if each.words >= _LEAST_WORDS and not LISTS["wishes"].search(each.asked)]


def _element(element: Element, exchange: Exchange, question: str, finder: Finder) -> bool:
    """List whether an answer gives what was asked for; return whether that can be told."""
    given = list(find_words(element.given, exchange.answer))
    # What the question gave is no merit of the answer.
    found = [each for each in given if each.word.casefold() not in exchange.asked.casefold()]
    if element.given == (NAME,):
        # What another sentence names may be what was not meant.
        found = max(
            ([other for other in found if other.sentence is each.sentence] for each in found), key=len, default=[]
        )
    enough = len({each.word.casefold() for each in found}) >= _LEAST_FOUND or any(
        pattern.fullmatch(each.word) for pattern in _TELLING for each in found
    )
    # Of several questions at once, nobody knows which one a reason answers.
    clear = not element.first or len(exchange.questions) == 1
    unsure = any(LISTS["unsure"].search(sentence.text) for sentence in exchange.answer)
    if enough and clear and not unsure and exchange.share < _PLAIN_SHARE:
        shown, cited = show_found(found)
        # A figure alone tells what came out, not how.
        said = element.present if any(not FIGURE.fullmatch(each.word) for each in found) else _FIGURES
        finder.strength(f"{about(exchange, question)}, {said.format(shown)}.", cited)
        return True
    if not given and element.absent and _is_lacking(element, exchange):
        cited = [sentence.id for sentence in sorted(exchange.answer, key=lambda each: -count_words(each.text))][:2]
        finder.weakness(
            Weakness(f"{about(exchange, question)}, {element.absent}.", element.practise, element.notice), cited
        )
        return True
    return False


def _is_lacking(element: Element, exchange: Exchange) -> bool:
    if any(find_words(element.or_else, exchange.answer)) or any(
        re.search(r"\d", each.text) for each in exchange.answer
    ):
        return False
    return _is_vague(exchange) if element.vague else exchange.share >= _HAZY_SHARE


def _is_vague(exchange: Exchange) -> bool:
    phrases, adjectives = ({each.word.casefold() for each in find_words((each,), exchange.answer)} for each in VAGUE)
    concrete = {each.word.casefold() for each in _concrete(exchange)}
    # Adjectives alone also stand in answers that are plain.
    own = {word for word in adjectives if not any(word in phrase for phrase in phrases)}
    most = len(phrases | own) if phrases else 0
    return most >= max(_LEAST_FOUND, len(concrete) + 1) and exchange.share >= _VAGUE_SHARE


def _particulars(exchanges: Sequence[Exchange], finder: Finder) -> None:
    """Find the answer with most figures and checks, where it holds several and little that is vague."""
    plain = [
        (exchange, [each for each in _concrete(exchange) if not NAME.fullmatch(each.word)])
        for exchange in exchanges
        if exchange.questions and exchange.share < _PLAIN_SHARE
    ]
    best, found = max(plain, key=lambda pair: len({each.word.casefold() for each in pair[1]}), default=(None, []))
    words = {each.word.casefold() for each in found}
    measured = [word for word in words if any(pattern.fullmatch(word) for pattern in _MEASURED)]
    if best is not None and measured and (len(measured) >= _LEAST_FOUND or len(words) >= _LEAST_PARTICULARS):
        shown, cited = show_found(found)
        finder.strength(f"{about(best, best.questions[0])}, gives particulars: {shown}.", cited)


def _concrete(exchange: Exchange) -> list[Found]:
    asked = exchange.asked.casefold()
    return [each for each in find_words(_CONCRETE, exchange.answer) if each.word.casefold() not in asked]


def _vague(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in sorted(exchanges, key=lambda each: -each.share):
        if _is_vague(exchange):
            shown, cited = show_found(list(find_words(VAGUE, exchange.answer)))
            named = about(exchange, next(iter(exchange.questions), ""))
            finder.weakness(Weakness(f"{named}, answers with general words such as {shown}.", *ADVICE), cited)


def _ordered(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in exchanges:
        first = _beginning(exchange)
        if first is None or _is_vague(exchange):
            continue
        behind = exchange.answer[exchange.answer.index(first) + 1 :]
        steps = [
            Found(each, "", clause_of(each.text, 0, 0))
            for each in behind
            if THEN.match(each.text) and not BEFELL.match(each.text)
        ]
        if steps:
            shown, cited = show_found([Found(first, "", clause_of(first.text, 0, 0)), steps[0]])
            named = about(exchange, next(iter(exchange.questions), ""))
            finder.strength(f"{named}, goes step by step: {shown}.", cited)


def _beginning(exchange: Exchange) -> Sentence | None:
    """Return the sentence with which steps begin: one that says so, or what was done right before a "then"."""
    first = next((each for each in exchange.answer if FIRST.match(each.text)), None)
    pairs = (
        before for before, after in pairwise(exchange.answer) if AFTER.match(after.text) and ACTS.match(before.text)
    )
    return first or next(pairs, None)
