"""What can be told of an answer without understanding it: vague words, and whether what was asked for is there.

One claim per answer at most of each kind, naming the question and the very words; where nothing can be told, nothing
is said. Known to English only; the words stand in `words.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from analytics.breakdown.offline.points import Finder, Weakness
from analytics.breakdown.offline.words import ADVICE, ELEMENTS, FIGURE, LISTS, MEASURE, NAME, Element
from analytics.breakdown.reading.sentences import split
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
_LONGEST_QUESTION: Final = 130
_LEAST_CLAUSE: Final = 3
_LONGEST_CLAUSE: Final = 16
# What is shown of an answer: words, or whole clauses.
_MOST_WORDS: Final = 3
_MOST_CLAUSES: Final = 2
# One word may have been said for another reason; two of a kind are a way to answer.
_LEAST_FOUND: Final = 2
_LEAST_PARTICULARS: Final = 3
_EMPTY: Final = (LISTS["empty"], LISTS["empty_before"])
_CONCRETE: Final = (FIGURE, NAME, *(LISTS[name] for name in ("checked", "tools", "metrics", "trouble")))
_TELLING: Final = (MEASURE, LISTS["checked"], LISTS["reason"], LISTS["alternative"])
_MEASURED: Final = (MEASURE, LISTS["checked"])
_BREAK: Final = re.compile(r"[;!?()—–\"“”„]\s*|[,:](?!\d)\s*|\.(?:\s|$)")
# Where a clause that is too long to be shown may be cut: rather before another statement than within one.
_JOINTS: Final = (
    re.compile(r"\s(?=(?:and|but|or|so|because|which|that|where|when|while|if)\s)"),
    re.compile(r"\s(?=(?:with|by|for|from|in|on|to)\s)"),
)
# What a clause that was cut may not begin or end with.
_LINK: Final = re.compile(
    r"^(?:and|but|or|so|then)\s|(?:\s(?:and|or|what|that|the|an?|of|to|for|when|if|as|with|in|on|by)){1,9}$"
)
_QUOTED: Final = re.compile('["“”„«»][^"“”„«»]*["“”„«»]')
_ASKS: Final = (
    r"(?:what|how|why|which|whose|(?:when|where|who) (?:did|do|does|would|will|is|are|was|were)|can|could|would|will|"
    r"did|do|does|is|are|was|were|have|has|tell|explain|describe|walk|give|roughly)\b"
)
_ASKING: Final = re.compile(rf"(?:^|, |\band )\W?{_ASKS}", re.IGNORECASE)
# Where one question ends and the next begins.
_NEXT: Final = re.compile(rf"[;:—–()]\s*|(?:, and|, or|,| and| or)\s(?={_ASKS})", re.IGNORECASE)
_MARK: Final = re.compile('["“”„«»]')
_NEAR: Final = 80
# "Even when it looked fine": what follows was not relied on.
_CONCEDED: Final = re.compile(r"\b(?:even (?:when|if|though)|although|though) [^,;:.]*$", re.IGNORECASE)
# "A safe, quick way": the comma parts no clauses.
_LISTING: Final = re.compile(r"\b(?:an?|the) [\w‑-]+$", re.IGNORECASE)
_FIRST: Final = re.compile(r"(?:So |And )?First(?:ly)?,? ")
_THEN: Final = re.compile(r"(?:And )?(?:Second(?:ly)?|Third(?:ly)?|Then|Next|After that|Finally|In the end|Lastly),? ")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, empty where nothing was asked, and the sentences of its answer."""

    asked: str
    answer: tuple[Sentence, ...]

    @property
    def words(self) -> int:
        """Count the words of the answer."""
        return sum(count_words(sentence.text) for sentence in self.answer)

    @property
    def share(self) -> float:
        """Return the share of vague words."""
        lists = (*_EMPTY, LISTS["empty_beside"])
        return sum(len(each.findall(said.text)) for each in lists for said in self.answer) / max(self.words, 1)

    @property
    def questions(self) -> list[str]:
        """Return what is asked, clause by clause, without what leads to it."""
        sentences = [self.asked[start:end] for start, end in split(self.asked)]
        asking = [each for each in sentences if each.endswith("?")] or sentences[-1:]
        clauses = [_LINK.sub("", clause.strip(" ,?.!-")) for each in asking for clause in _clauses(each)]
        return [each for each in clauses if len(each.split()) >= _LEAST_CLAUSE and _ASKING.search(each)]


class Found(NamedTuple):
    """A word of a list, where it stands, and what is shown of it."""

    sentence: Sentence
    word: str
    shown: str


def read_speech(skill: str, exchanges: Sequence[Exchange], finder: Finder) -> None:
    """List what the answers show about a spoken skill, the most telling first; nothing for other languages."""
    whole = " ".join(sentence.text for exchange in exchanges for sentence in exchange.answer)
    if len(LISTS["common"].findall(whole)) < _ENGLISH_SHARE * count_words(whole):
        return
    telling = [each for each in exchanges if each.words >= _LEAST_WORDS and not LISTS["personal"].search(each.asked)]
    if skill == "communication":
        _vague(telling, finder)
        _ordered(telling, finder)
        return
    taken: set[int] = set()
    for element in (each for each in ELEMENTS if each.skill == skill):
        look = element.asked.match if element.first else element.asked.search
        for place, exchange in enumerate(telling):
            question = next((each for each in exchange.questions if look(each)), None)
            if question is not None and place not in taken:
                taken.add(place)
                _element(element, exchange, question, finder)
    if skill == "technical" and finder.is_empty:
        _particulars(telling, finder)


def _element(element: Element, exchange: Exchange, question: str, finder: Finder) -> None:
    given = list(_found(element.given, exchange.answer))
    # What the question gave is no merit of the answer.
    found = [each for each in given if each.word.casefold() not in exchange.asked.casefold()]
    enough = len({each.word.casefold() for each in found}) >= _LEAST_FOUND or any(
        pattern.fullmatch(each.word) for pattern in _TELLING for each in found
    )
    # Of several questions at once, nobody knows which one a reason answers.
    clear = not element.first or len(exchange.questions) == 1
    unsure = any(LISTS["unsure"].search(sentence.text) for sentence in exchange.answer)
    if enough and clear and not unsure and exchange.share < _PLAIN_SHARE:
        shown, cited = _shown(found)
        finder.strength(f"{_about(question)}, {element.present.format(shown)}.", cited)
    elif not given and element.absent and _is_lacking(element, exchange):
        cited = [sentence.id for sentence in sorted(exchange.answer, key=lambda each: -count_words(each.text))][:2]
        finder.weakness(Weakness(f"{_about(question)}, {element.absent}.", element.practise, element.notice), cited)


def _is_lacking(element: Element, exchange: Exchange) -> bool:
    if any(_found(element.or_else, exchange.answer)) or any(re.search(r"\d", each.text) for each in exchange.answer):
        return False
    return _is_vague(exchange) if element.vague else exchange.share >= _HAZY_SHARE


def _is_vague(exchange: Exchange) -> bool:
    phrases, adjectives = ({each.word.casefold() for each in _found((each,), exchange.answer)} for each in _EMPTY)
    concrete = {each.word.casefold() for each in _concrete(exchange)}
    # Adjectives alone also stand in answers that are plain.
    most = len(phrases | adjectives) if phrases else 0
    return most >= max(_LEAST_FOUND, len(concrete) + 1) and exchange.share >= _VAGUE_SHARE


def _particulars(exchanges: Sequence[Exchange], finder: Finder) -> None:
    """Find the answer with most figures and checks, where it holds several and little that is vague."""
    plain = [
        (exchange, [each for each in _concrete(exchange) if not NAME.fullmatch(each.word)])
        for exchange in exchanges
        if exchange.questions and exchange.share < _PLAIN_SHARE
    ]
    best, found = max(plain, key=lambda pair: len({each.word.casefold() for each in pair[1]}), default=(None, []))
    measured = any(pattern.fullmatch(each.word) for pattern in _MEASURED for each in found)
    if best is not None and measured and len({each.word.casefold() for each in found}) >= _LEAST_PARTICULARS:
        shown, cited = _shown(found)
        finder.strength(f"{_about(best.questions[0])}, gives particulars: {shown}.", cited)


def _concrete(exchange: Exchange) -> list[Found]:
    asked = exchange.asked.casefold()
    return [each for each in _found(_CONCRETE, exchange.answer) if each.word.casefold() not in asked]


def _vague(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in sorted(exchanges, key=lambda each: -each.share):
        if _is_vague(exchange):
            shown, cited = _shown(list(_found(_EMPTY, exchange.answer)))
            about = _about(next(iter(exchange.questions), ""))
            finder.weakness(Weakness(f"{about}, answers with general words such as {shown}.", *ADVICE), cited)


def _ordered(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in exchanges:
        first = next((each for each in exchange.answer if _FIRST.match(each.text)), None)
        if first is None or _is_vague(exchange):
            continue
        behind = exchange.answer[exchange.answer.index(first) + 1 :]
        steps = [Found(each, "", _clause(each.text, 0, 0)) for each in behind if _THEN.match(each.text)]
        if steps:
            shown, cited = _shown([Found(first, "", _clause(first.text, 0, 0)), steps[0]])
            finder.strength(f"{_about(next(iter(exchange.questions), ''))}, goes step by step: {shown}.", cited)


def _found(patterns: Sequence[re.Pattern[str]], sentences: Sequence[Sentence]) -> Iterator[Found]:
    for pattern in patterns:
        for sentence in sentences:
            quoted = [match.span() for match in _QUOTED.finditer(sentence.text)]
            for match in pattern.finditer(sentence.text):
                within = any(start <= match.start() < end for start, end in quoted)
                # A number at the beginning counts a list; what stands in quotation marks is somebody else's.
                conceded = pattern in _EMPTY and _stands(_CONCEDED, sentence.text, match.start())
                if not (within or conceded) and (pattern is not FIGURE or match.start() > 0):
                    yield Found(sentence, match.group(), _around(pattern, match))


def _around(pattern: re.Pattern[str], match: re.Match[str]) -> str:
    """Return what is shown of a match: itself, with the word it stands before, or with its clause."""
    if pattern in (NAME, LISTS["empty"]):
        return match.group()
    if pattern is LISTS["empty_before"]:
        behind = re.match(r"\s[\w‑/-]+", match.string[match.end() :])
        return match.group() + (behind.group() if behind else "")
    return _clause(match.string, match.start() if pattern is LISTS["reason"] else 0, match.start())


def _clause(text: str, start: int, inside: int) -> str:
    """Return the clause around a place, not before `start`, cut where it is too long to be read at a glance."""
    breaks = [
        found for found in _BREAK.finditer(text) if found[0][0] != "," or not _stands(_LISTING, text, found.start())
    ]
    start = max([start, *(found.end() for found in breaks if found.end() <= inside)])
    opening = _FIRST.match(text) or _THEN.match(text)
    least = max(inside, opening.end() if opening else 0)
    stop = next((found.start() for found in breaks if found.start() >= least), len(text))
    return _short(text[start:stop], inside - start)


def _stands(pattern: re.Pattern[str], text: str, place: int) -> bool:
    """Return whether a pattern ends at a place, and begins not far before it."""
    return pattern.search(text, max(place - _NEAR, 0), place) is not None


def _short(clause: str, inside: int) -> str:
    """Cut a clause around a place to what can be read at a glance."""
    while len(clause.split()) > _LONGEST_CLAUSE:
        joints = [[joint.start() for joint in joints.finditer(clause)] for joints in _JOINTS]
        behind = [[place for place in places if place > inside] for places in joints]
        before = [place for place in joints[0] if 0 < place < inside]
        if behind[0]:
            clause = clause[: behind[0][-1]]
        elif before:
            clause, inside = clause[before[0] :], inside - before[0]
        elif behind[1]:
            clause = clause[: behind[1][-1]]
        else:
            break
    return _LINK.sub("", clause.strip())


def _shown(found: Sequence[Found]) -> tuple[str, list[str]]:
    """Return what was found in the two lines that hold most of it, as short quotations, and the ids of these lines."""
    lines = list(dict.fromkeys(each.sentence for each in found))
    counted = [sum(each.sentence is line for each in found) for line in lines]
    best = sorted(range(len(lines)), key=lambda place: -counted[place])[:2]
    cited = [lines[place] for place in sorted(best)]
    shown = list({each.shown.casefold(): each.shown for each in found if each.sentence in cited}.values())
    whole = [words for words in shown if not any(words != other and words in other for other in shown)]
    most = _MOST_WORDS if all(len(words.split()) <= _MOST_WORDS for words in whole) else _MOST_CLAUSES
    return ", ".join(f'"{words}"' for words in whole[:most]), [line.id for line in cited]


def _clauses(sentence: str) -> Iterator[str]:
    # Parts that ask nothing by themselves lead to what is asked.
    start = 0
    for boundary in _NEXT.finditer(sentence):
        clause = sentence[start : boundary.start()]
        if boundary.group()[0] in ",ao " and not _ASKING.search(clause):
            continue
        yield clause
        start = boundary.end()
    yield sentence[start:]


def _about(question: str) -> str:
    if not question:
        return "In this answer the candidate"
    # Quotation marks within would end the quotation.
    shown = max(_MARK.split(question), key=len).strip()
    if len(shown) > _LONGEST_QUESTION and (asking := re.search(rf", (?={_ASKS})", shown, re.IGNORECASE)):
        shown = shown[asking.end() :]
    while len(shown) > _LONGEST_QUESTION:
        joints = [joint.start() for pattern in _JOINTS for joint in pattern.finditer(shown)]
        shown = shown[: max(joints, default=shown.rfind(" "))]
    more = "" if question.endswith(shown) else " …"
    return f'Asked "{_LINK.sub("", shown).rstrip(" ,;:(-")}{more}"'
