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
    is_whole,
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
# What hangs on another statement, or is still to be done, shows nothing.
_HANGS_ON: Final = re.compile(r"^(?:that|these|those|this)\s|\bneeds? to be\b", re.IGNORECASE)
# Fewer words say nothing by themselves.
_LEAST_SHOWN: Final = 3
# One word may have been said for another reason; two of a kind are a way to answer.
_LEAST_FOUND: Final = 2
_CONCRETE: Final = (FIGURE, NAME, *(LISTS[name] for name in ("checked", "tools", "metrics", "trouble")))
_TELLING: Final = (MEASURE, LISTS["checked"], LISTS["reason"], LISTS["alternative"])
_FIGURES: Final = "gives figures: {}"


def read_speech(skill: str, exchanges: Sequence[Exchange], finder: Finder) -> None:
    """List what the answers show about a spoken skill, the most telling first; nothing for other languages."""
    whole = " ".join(sentence.text for exchange in exchanges for sentence in exchange.answer)
    if len(LISTS["common"].findall(whole)) < _ENGLISH_SHARE * count_words(whole):
        return
    exchanges = [each for each in exchanges if each.questions]
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
    found = [each for each in found if element.given == (NAME,) or _is_telling(each)]
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


def _is_telling(found: Found) -> bool:
    """Return whether what is shown says something by itself."""
    return count_words(found.shown) >= _LEAST_SHOWN and is_whole(found.shown) and not _HANGS_ON.search(found.shown)


def _is_lacking(element: Element, exchange: Exchange) -> bool:
    if any(find_words(element.or_else, exchange.answer)) or any(
        re.search(r"\d", each.text) for each in exchange.answer
    ):
        return False
    return _is_vague(exchange) if element.vague else exchange.share >= _HAZY_SHARE


def _is_vague(exchange: Exchange) -> bool:
    phrases, adjectives = ({each.word.casefold() for each in find_words((each,), exchange.answer)} for each in VAGUE)
    # Adjectives alone also stand in answers that are plain, and a vague word beside what is concrete is no fault.
    own = {word for word in adjectives if not any(word in phrase for phrase in phrases)}
    concrete = {each.word.casefold() for each in _concrete(exchange)}
    most = len(phrases | own) if phrases else 0
    return most >= max(_LEAST_FOUND, 2 * len(concrete) + 1) and exchange.share >= _VAGUE_SHARE


def _concrete(exchange: Exchange) -> list[Found]:
    asked = exchange.asked.casefold()
    return [each for each in find_words(_CONCRETE, exchange.answer) if each.word.casefold() not in asked]


def _vague(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in sorted(exchanges, key=lambda each: -each.share):
        if _is_vague(exchange):
            shown, cited = show_found(list(find_words(VAGUE, exchange.answer)))
            named = about(exchange, exchange.questions[0])
            finder.weakness(Weakness(f"{named}, answers with general words such as {shown}.", *ADVICE), cited)


def _ordered(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in exchanges:
        first = _beginning(exchange)
        question = next((each for each in exchange.questions if LISTS["course"].search(each)), None)
        if first is None or question is None or _is_vague(exchange):
            continue
        behind = exchange.answer[exchange.answer.index(first) + 1 :]
        steps = [
            Found(each, "", clause_of(each.text, 0, 0))
            for each in behind
            if THEN.match(each.text) and not BEFELL.match(each.text)
        ]
        begun = FIRST.match(first.text)
        told = [Found(first, "", clause_of(first.text, 0, begun.end() if begun else 0)), *steps[:1]]
        if steps and all(_is_telling(each) for each in told):
            shown, cited = show_found(told)
            named = about(exchange, question)
            finder.strength(f"{named}, goes step by step: {shown}.", cited)


def _beginning(exchange: Exchange) -> Sentence | None:
    """Return the sentence with which steps begin: one that says so, or what was done right before a "then"."""
    first = next((each for each in exchange.answer if FIRST.match(each.text)), None)
    pairs = (
        before for before, after in pairwise(exchange.answer) if AFTER.match(after.text) and ACTS.match(before.text)
    )
    return first or next(pairs, None)
