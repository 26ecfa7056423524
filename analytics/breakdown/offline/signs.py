"""What an answer shows unasked, and what was asked for as an occasion or openly and is not told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from analytics.breakdown.offline.exchange import Exchange, about
from analytics.breakdown.offline.points import Finder, Weakness
from analytics.breakdown.offline.quoting import Found, clause_of, find_words, is_fluent, is_whole, show_found
from analytics.breakdown.offline.sign_list import OCCASION, SHORT, SIGNS, TOLD, Lack, Sign
from analytics.breakdown.offline.words import FIGURE, LISTS, NAME
from analytics.text import count_words

# An answer as vague as this is not praised for what it shows.
_PLAIN_SHARE: Final = 0.07
# Of one kind no more is said of an interview, the most concrete first.
_MOST_ALIKE: Final = 2
# What is longer than this is no quotation that makes a point.
_LONGEST: Final = 34
_SHORTEST: Final = 5
# What is shorter only begins a story.
_STORY: Final = 12
# Only so short an answer is called one.
_FEW_WORDS: Final = 8
_LEAST_TOLD: Final = 4


def read_signs(skill: str, exchanges: Sequence[Exchange], telling: Sequence[Exchange], finder: Finder) -> None:
    """List what the answers show unasked; faults only of `telling` ones. A line shows one thing, of whatever skill."""
    used = finder.cited()
    # An answer shows one thing of a skill.
    shown_of = {each.skill: set[str]() for each in SIGNS} | {skill: finder.cited()}
    listed: list[list[tuple[Sign, Exchange, Found]]] = []
    for sign in SIGNS:
        shown = [
            (sign, exchange, first)
            for exchange in (telling if sign.practise else exchanges)
            if _asked_for(sign, exchange) and _may_show(sign, exchange)
            if shown_of[sign.skill].isdisjoint(each.id for each in exchange.answer)
            for first in [_first(sign, exchange, used)]
            if first is not None
        ]
        best = sorted(shown, key=lambda entry: -_weight(entry[2]))[:_MOST_ALIKE]
        used |= {each.sentence.id for _, _, each in best}
        shown_of[sign.skill] |= {each.sentence.id for _, _, each in best}
        listed.append(best if sign.skill == skill else [])
    # One of each kind before a second of any.
    for sign, exchange, found in (entry for row in zip_longest(*listed) for entry in row if entry is not None):
        _say(sign, exchange, found, finder)


def _asked_for(sign: Sign, exchange: Exchange) -> list[str]:
    """Return the questions that ask for what a sign shows."""
    return [each for each in exchange.questions if sign.asks is None or sign.asks.search(each)]


def _first(sign: Sign, exchange: Exchange, used: set[str]) -> Found | None:
    fitting = (
        each
        for each in find_words((sign.pattern,), exchange.answer)
        if each.sentence.id not in used
        and sign.least <= count_words(each.shown) <= _LONGEST
        and is_whole(each.shown)
        and is_fluent(each.sentence)
        and not _is_torn(each, exchange)
        and (sign.practise or not LISTS["empty"].search(each.shown))
    )
    return next(fitting, None)


def _is_torn(found: Found, exchange: Exchange) -> bool:
    """Return whether what is shown begins where a very long sentence was cut."""
    place = exchange.answer.index(found.sentence)
    begins = found.shown[:1].islower() and found.sentence.text.startswith(found.shown)
    return begins and place > 0 and exchange.answer[place - 1].text[-1:].isalnum()


def _may_show(sign: Sign, exchange: Exchange) -> bool:
    if any(find_words(sign.without, exchange.answer)):
        return False
    return bool(sign.practise) or exchange.share < _PLAIN_SHARE


def _weight(found: Found) -> int:
    concrete = sum(len(pattern.findall(found.shown)) for pattern in (FIGURE, NAME))
    return min(count_words(found.shown), 20) + 4 * concrete


def _say(sign: Sign, exchange: Exchange, found: Found, finder: Finder) -> None:
    named = _asked_for(sign, exchange)[0]
    shown, cited = show_found([found, *_behind(sign, exchange, found)])
    said = f"{about(exchange, named)}, {sign.said.format(shown)}."
    if sign.practise:
        finder.weakness(Weakness(said, sign.practise, sign.notice), cited)
    else:
        finder.strength(said, cited)


def _behind(sign: Sign, exchange: Exchange, found: Found) -> list[Found]:
    """Return the statement behind a short one that only begins a story."""
    whole = found.sentence.text.rstrip(" .!").endswith(found.shown)
    if not (sign.continued and whole and count_words(found.shown) < _STORY):
        return []
    places = slice(exchange.answer.index(found.sentence) + 1, None)
    following = [Found(each, "", clause_of(each.text, 0, 0)) for each in exchange.answer[places][:1]]
    return [
        each
        for each in following
        if count_words(each.shown) >= sign.least and is_whole(each.shown) and not each.sentence.text.endswith(":")
    ]


def read_lacks(exchanges: Sequence[Exchange], finder: Finder) -> None:
    """List where an occasion was asked for and none is told, and an open question that a few words answer."""
    for exchange in exchanges:
        questions = exchange.questions
        if not questions or LISTS["wishes"].search(exchange.asked):
            continue
        whole = " ".join(sentence.text for sentence in exchange.answer)
        if "?" in whole or any(LISTS[name].search(whole) for name in ("unsure", "asks_back")):
            continue
        asked = next((each for each in questions if OCCASION.asked.search(each)), None)
        if asked is not None and exchange.words >= _LEAST_TOLD and not TOLD.search(whole):
            _lacks(OCCASION, exchange, asked, finder)
        elif exchange.words <= _FEW_WORDS and len(exchange.answer) == len(questions) == 1 and _is_short(exchange):
            _lacks(SHORT, exchange, questions[0], finder)


def _is_short(exchange: Exchange) -> bool:
    # Whoever says yes or no to an open question was asked another one.
    return bool(SHORT.asked.search(exchange.questions[0])) and not LISTS["assents"].match(exchange.answer[0].text)


def _lacks(lack: Lack, exchange: Exchange, question: str, finder: Finder) -> None:
    longest = max(exchange.answer, key=lambda sentence: count_words(sentence.text))
    whole = longest.text.rstrip(" .!…")
    short = whole if count_words(whole) <= _FEW_WORDS else clause_of(longest.text, 0, 0)
    if (lack is OCCASION and count_words(short) < _SHORTEST) or not is_whole(short):
        return
    shown, cited = show_found([Found(longest, "", short)])
    finder.weakness(
        Weakness(f"{about(exchange, question)}, {lack.said.format(shown)}.", lack.practise, lack.notice), cited
    )
