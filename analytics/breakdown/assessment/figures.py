"""The numbers that claims and recommendations give, held against the lines they cite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from analytics.breakdown.assessment.number_words import list_numbers, readings
from analytics.breakdown.assessment.numbers import Number, holds, is_difference, numbers
from analytics.breakdown.assessment.wording import ASKED
from analytics.text import fold

_MEASURED: Final = (
    "ms",
    "milli",
    "users",
    "requests",
    "servers",
    "customers",
    "engineers",
    "people",
    "queries",
    "rows",
)
_AIM: Final = re.compile(
    r"\b(?:aim|target|least|most|under|below|within|than|example|e\.g|such as|like|would|could|suppose|"
    r"imagine|per)\b"
)
_MISSING: Final = re.compile(
    r"\b(?:no|nor|without|lack(?:s|ing)|miss(?:es|ing)|omit(?:s|ting)) (?:(?:an?|any|the|single) )?$"
    r"|(?:\bnot|\bnever|n't|\bfails to|\bwithout) (?:even )?(?:say|saying|give|giving|mention|mentioning|name|"
    r"naming|state|"
    r"stating|report|reporting|quantify|show|showing|explain|explaining|cover|covering|address|ask|include|discuss|"
    r"compare|offer|provide)\b[^.,;:]*$"
)
_LISTED: Final = re.compile(
    r"(?:\w+ )?(?:alternatives?|options?|reasons?|steps?|examples?|causes?|approach(?:es)?|ways?|sentences?|"
    r"points?|parts?|"
    r"trade-?|tradeoffs?|sides?|things?|questions?|cases?|stages?|risks?|ideas?|choices?|methods?|facts?|"
    r"words?|clauses?|"
    r"figures?|numbers?|measures?|checks?|factors?|aspects?|explanations?|halves|solutions?|designs?|kinds?|structures?|conditions?|effects?|costs?|limits?|tools?|names?|outcomes?|decisions?|lessons?|metrics?|values?|"
    r"uses?|halves|goals?|actions?|mistakes?|problems?|components?|variants?|versions?|groups?|places?|"
    r"sources?)\b"
)
_DIFFERENCE: Final = re.compile(
    r"\b(?:gap|differences?|differ|apart|saves?|saved|saving|gains?|gained|shorter|longer|faster|slower|less|more|fewer|"
    r"drops?|by|earlier|later|between)\b"
)
# A part of what was asked or answered is no measurement.
_ANSWERED: Final = re.compile(
    r"percent (?:question|answer|sentence|clause|story|point|request|account|explanation|argument|problem|task|picture|"
    r"prompt|conversation|interview|reason|description|page|line)s?$"
)
_PERIODS: Final = {
    "minute": "minut", "hour": "hour", "day": r"da(?:y|ily)", "week": "week", "month": "month", "year": "year|annual",
}  # fmt: skip
_PERIOD: Final = re.compile(
    rf"\b(?:(?:for|almost|nearly|about|over|within|than|after) an?|within the|each|every|first|last|"
    rf"(?:a|the) (?:whole|full)) "
    rf"({'|'.join(_PERIODS)})\b(?!['-])"
)
_OUT_OF: Final = re.compile(r" (?:in|out of)(?: every)? ")
# So many may be advised without anybody having said it; more is retold, where it is told as known.
_MOST_ADVISED: Final = 12
_RETOLD: Final = re.compile(r"\b(?:the|these|those|your|how|why|that|when) $")
_COMPOUND: Final = re.compile(r"^-(?:phase|way|tier|step|pointer|to|dimensional|sided|stage|layer|fold|sum)\b")
_OF: Final = re.compile(r" (?:out )?(?:of|von|sur|de|di|aus|van)(?: (?:the|den|les|los|las|os|as|our|all|these))* ?")
_ALL: Final = re.compile(
    r"\b(?:all|every(?: (?:single )?one)?|each(?: one)?|the whole|the entire|alle[nr]?|sämtliche[nr]?|toutes|tous|"
    r"todos|todas|tutti|tutte)(?: (?:of|the|these|those|its|their|les|los|las|os|as|gli|le|der|den|von|des|de))* $"
)
# Who and what took part is a fact; steps and dates are up to the wording.
_TOOK_PART: Final = re.compile(
    r"(?:colleague|engineer|developer|designer|manager|customer|client|user|tester|analyst|director|intern|team|student|"
    r"server|machine|node|contractor|friend|expert)s|people"
)
_STEM: Final = 5
_SEPARATOR: Final = re.compile(r"[,;:.!?]|\b(?:and|or|then|but|also|than|instead|because|so|while|after|before)\b")


def claimed_fault(text: str, said: Sequence[str], asked: str) -> bool:
    """Return whether a claim about speech gives a number, a time or a total that the lines do not hold."""
    return number_fault(text, said, asked) or period_fault(text, said, asked) or total_fault(text, said)


def number_fault(text: str, said: Sequence[str], asked: str) -> bool:
    """Return whether a claim gives a number that the lines do not hold, in digits or in words.

    A number that is told to be missing needs no line, nor does a small count of what the lines list; one that was asked
    for may be the interviewer's.
    """
    held = list_numbers(said)
    if ASKED.search(fold(text)):
        held += numbers(asked)
    return any(not _may_stand(each, reading, held, said) for reading in readings(text) for each in numbers(reading))


def total_fault(text: str, said: Sequence[str]) -> bool:
    """Return whether a claim tells of all of a number of which a line tells a part ("212 of 215")."""
    wholes: dict[float, set[float]] = {}
    for reading in (reading for piece in said for reading in readings(piece)):
        for part, whole in pairwise(numbers(reading)):
            if part.value < whole.value and _OF.fullmatch(reading[part.start + len(part.written) : whole.start]):
                wholes.setdefault(whole.value, set()).add(part.value)
    for reading in readings(text) if wholes else ():
        found = numbers(reading)
        for each in found:
            parts = wholes.get(each.value, set())
            if parts and not parts & {other.value for other in found} and _ALL.search(reading[: each.start]):
                return True
    return False


def count_fault(text: str, said: Sequence[str]) -> bool:
    """Return whether a better wording gives a time, a percentage or a count of people of which no line speaks."""
    if period_fault(text, said, ""):
        return True
    held, spoken = list_numbers(said), " ".join(map(fold, said))
    for number in (number for reading in readings(text) for number in numbers(reading)):
        if number.measure == "percent" and not any(
            other.measure in ("percent", "ratio") or 0 < other.value < 1 for other in held if other.equals(number)
        ):
            return True
        things = number.noun.split()[:1]
        counted = not number.measure and number.written != "one" and things and _TOOK_PART.fullmatch(things[0])
        if counted and things[0][:_STEM] not in spoken and not _LISTED.match(number.noun):
            return True
    return False


def period_fault(text: str, said: Sequence[str], asked: str) -> bool:
    """Return whether a claim names a time without a number ("for a year", "every hour") of which nobody spoke."""
    folded, held = fold(text), list_numbers(said)
    spoken, theirs = " ".join(map(fold, said)), fold(asked)
    for match in _PERIOD.finditer(folded):
        (period,) = numbers(f"1 {match[1]}")
        told = re.search(_PERIODS[match[1]], spoken) or match.group() in theirs or holds(held, period)
        if not (told or _MISSING.search(folded[: match.start()]) or _AIM.search(folded[: match.start()][-40:])):
            return True
    return False


def advice_number_fault(text: str, said: Sequence[str]) -> bool:
    """Return whether a recommendation gives a measurement that the lines do not hold and that is no aim or example."""
    held = list_numbers(said)
    return any(
        _is_measured(number) or (number.value > _MOST_ADVISED and _RETOLD.search(reading[: number.start]))
        for reading in readings(text)
        for number in numbers(reading)
        if not (holds(held, number) or _is_of_answer(number) or _AIM.search(reading[: number.start][-40:]))
    )


def _is_measured(number: Number) -> bool:
    # "Send it twice" counts, "twice as fast" measures.
    if number.written == "twice":
        return number.noun.startswith("as ")
    return number.measure in ("percent", "bytes", "money", "ratio") or number.noun.startswith(_MEASURED)


def _may_stand(number: Number, folded: str, held: Sequence[Number], said: Sequence[str]) -> bool:
    if holds(held, number) or (_DIFFERENCE.search(folded) and is_difference(held, number)):
        return True
    before, behind = folded[: number.start], folded[number.start + len(number.written) :]
    if _MISSING.search(before) or (number.written == "twice" and ASKED.search(folded)):
        return True
    if number.written == "one" and re.match(r"(?:day|week|month|year)\b", number.noun):
        return True
    if number.measure:
        return _is_of_answer(number) or _is_figurative(number, held, said) or _is_of_two(number, held)
    if number.written == "one" or _COMPOUND.match(behind):
        return True
    if number.value == 0 and any(re.search(r"\b(?:no|none|never|nothing|without)\b", fold(piece)) for piece in said):
        return True
    # At most as many things as the lines have parts.
    pieces = sum(len([part for part in _SEPARATOR.split(fold(piece)) if part.strip()]) for piece in said)
    return number.value <= min(pieces, 5) and _LISTED.match(number.noun) is not None


def _is_of_answer(number: Number) -> bool:
    return _ANSWERED.match(number.noun) is not None and not number.written[0].isdigit()


def _is_of_two(number: Number, held: Sequence[Number]) -> bool:
    # "12 in 200 tests", where both are said.
    parts = _OUT_OF.split(number.written)
    return len(parts) == 2 and all(
        any(each.value == found.value for each in held) for part in parts for found in numbers(part)[:1]
    )


def _is_figurative(number: Number, held: Sequence[Number], said: Sequence[str]) -> bool:
    # "Tests are half of this post": half of what nobody measured or spoke of.
    if not number.written.startswith("half") or number.measure != "percent":
        return False
    of = number.noun.split()[-1]
    measured = any(other.measure in ("percent", "ratio") for other in held)
    return not measured and not any(of in fold(piece) for piece in said)
