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
from analytics.breakdown.reading.transcript import Sentence
from analytics.text import count_words

# From this share of its words on, an answer is vague.
_VAGUE_SHARE: Final = 0.045
# From this share on, that something is missing is told; a plain answer may give it in words that no list knows.
_HAZY_SHARE: Final = 0.025
_LEAST_WORDS: Final = 12
# Of English, at least this share of words is among the commonest.
_ENGLISH_SHARE: Final = 0.12
_LONGEST_QUESTION: Final = 110
_LEAST_CLAUSE: Final = 4
_MOST_WORDS: Final = 3


def _words(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)


_COMMON: Final = _words("the|and|to|a|of|i|we|it|in|that|is|was|for|with|so|but|on|my|you|they")
# Words that name nothing. Words that only hedge ("maybe", "I guess", "sort of") are not among them: an answer is no
# worse for them (docs/judge.md).
_VAGUE: Final = _words(
    r"or something|whatever|stuff|things?|"
    r"and so on|etc|a (?:lot|bunch|few things)|pretty (?:good|well|basic)|basic(?:ally)?|simple|standard|typical|"
    r"usual(?:ly)?|normal(?:ly)?|general(?:ly)?|various|decent|nice|good enough|fine|okay|quick(?:ly)?|"
    r"some|looked (?:good|fine|better|okay)|tried|reasonable|better"
)
_REASON: Final = _words(
    r"because|so that|since|due to|therefore|which (?:means?|meant|lets?|let|allow\w*|caused?|made|makes)|in order to|"
    r"the reason|leads? to|led to|as a result|otherwise|in case"
)
_CHECK: Final = _words(
    r"tested|tests|verif(?:y|ied|ies)|validat(?:e|ed|ion|ing)|measur(?:e|ed|es|ing)|baseline|benchmark(?:s|ed)?|"
    r"monitor(?:s|ed|ing)?|spot[- ]check\w*|compared|hold-?out|a/b|cross-?validation|confusion matrix|error analysis|"
    r"backtest\w*|calibrat\w+|ablation\w*|confidence interval"
)
_FIGURE: Final = re.compile(
    r"(?<![\w.])[~<>$€£]?\d[\d.,]*\s?(?:%|percent|ms|k|m|x|gb|mb|seconds?|minutes?|hours?|days?|weeks?|months?|times|rows?|users?|"
    r"requests?|images?|samples?|labels?|records?|points?)?(?!\w)",
    re.IGNORECASE,
)
_ALTERNATIVE: Final = _words(
    r"instead of|rather than|alternatively|alternatives?|trade-?offs?|versus|compared (?:to|with)|on the other hand|"
    r"whereas|we considered|i considered|cheaper|simpler than|pros and cons"
)
_TROUBLE: Final = _words(
    r"edge cases?|corner cases?|fall ?back|fell back|time ?outs?|rollback|rolled back|worst case|duplicates?|outliers?|"
    r"stale|regressions?|leak(?:age|ed)?|drift(?:ed)?|imbalance|"
    r"false (?:positives?|negatives?)|root cause|missing values?"
)
_TERM: Final = re.compile(
    r"\b(?!I\b)(?:[A-Z]{2,}[a-z0-9]*|[A-Z][a-z]+[A-Z]\w*|[a-z]+_\w+|[A-Z][a-z]+-?\d\w*|[A-Z]+-[A-Z]+|[A-Z]\d\w*)\b"
)


@dataclass(frozen=True, slots=True)
class _Element:
    # What a question may ask for, how an answer gives it, and what is said of it. `{}` are the very words.
    skill: str
    asked: re.Pattern[str]
    given: tuple[re.Pattern[str], ...]
    present: str
    absent: str
    practise: str
    notice: str


_ELEMENTS: Final = (
    _Element(
        "technical",
        _words(
            r"measur\w+|metrics?|evaluat\w+|success|how (?:did|do|would|will) you know|impact|"
            r"how (?:much|many|long)|results?"
        ),
        (_FIGURE, _CHECK),
        "says how it was measured: {}",
        "gives no figure and no measurement",
        "Answer such questions with one figure before, one after, and how each was taken.",
        "Interviewers stop asking how big the effect was.",
    ),
    _Element(
        "problem_solving",
        _words(r"why|reasons?|rationale|how did you (?:decide|choose)|what made you|justify|motivat\w+"),
        (_REASON,),
        "gives the reason, with {}",
        "gives no reason",
        "Say the reason in the first sentence, and what would have changed it.",
        "Nobody has to ask why a second time.",
    ),
    _Element(
        "technical",
        _words(
            r"which|what (?:tools?|models?|methods?|librar\w+|frameworks?|algorithms?|features?|architecture|stack)"
            r"|how (?:did|do|would) you (?:build|design|implement|train|deploy|store|handle)"
        ),
        (_TERM, _FIGURE),
        "names {}",
        "names no method, tool or figure",
        "Name the one tool or method that was used, and one thing about it that mattered here.",
        "Interviewers ask about limits instead of asking which one.",
    ),
    _Element(
        "problem_solving",
        _words(r"alternativ\w+|trade-?offs?|options?|other (?:ways?|approach\w*)|instead|compare\w*|considered?"),
        (_ALTERNATIVE,),
        "weighs another way, with {}",
        "weighs no other way",
        "For each decision name one other way and what spoke against it.",
        "Interviewers stop asking what else was considered.",
    ),
    _Element(
        "problem_solving",
        _words(
            r"wrong|fail\w*|edge cases?|risks?|debug\w*|errors?|mistakes?|challenges?|problems?|unexpected|break|broke"
        ),
        (_TROUBLE, _CHECK),
        "says what went wrong or how it was found, with {}",
        "names no failure and no check",
        "Tell one failure as: what was seen, what it was, and what now catches it.",
        "Failures are told before the interviewer asks for them.",
    ),
)
_STRUCTURE: Final = _words(
    r"first(?= of all|,| i | we )|firstly|second(?:ly)?(?=,| i | we )|third(?:ly)?(?=,)|finally|in the end|in short|"
    r"before that|after that|one (?:reason|part)|the other|for example|for instance|specifically"
)
_PLAIN: Final = (
    "Take one such answer and replace every general word by what it stood for: a name, a figure or an event.",
    "A listener can repeat the answer without the words stuff, some or better.",
)


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
    if len(_COMMON.findall(whole)) < _ENGLISH_SHARE * count_words(whole):
        return
    telling = [exchange for exchange in exchanges if exchange.words >= _LEAST_WORDS]
    if skill == "communication":
        _vague(telling, finder)
        _ordered(telling, finder)
        return
    taken: set[int] = set()
    for element in (each for each in _ELEMENTS if each.skill == skill):
        for place, exchange in enumerate(telling):
            if place in taken or not element.asked.search(_asking(exchange.asked)):
                continue
            taken.add(place)
            _element(element, exchange, finder)


def _element(element: _Element, exchange: Exchange, finder: Finder) -> None:
    found = list(_found(element.given, exchange.answer))
    about = _asked(exchange.asked)
    vague = _share(exchange) >= _VAGUE_SHARE
    if found and not vague:
        cited = list(dict.fromkeys(sentence.id for sentence, _ in found))[:2]
        words = [word for sentence, word in found if sentence.id in cited]
        finder.strength(f"{about}, {element.present.format(_quoted(words))}.", cited)
    elif not found and _share(exchange) >= _HAZY_SHARE:
        cited = [sentence.id for sentence in sorted(exchange.answer, key=lambda each: -count_words(each.text))][:2]
        finder.weakness(Weakness(f"{about}, {element.absent}.", element.practise, element.notice), cited)


def _vague(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in sorted(exchanges, key=_share, reverse=True):
        if _share(exchange) < _VAGUE_SHARE:
            return
        found = list(_found((_VAGUE,), exchange.answer))
        counted = sorted(
            dict.fromkeys(sentence for sentence, _ in found), key=lambda each: -len(_VAGUE.findall(each.text))
        )
        cited = [sentence.id for sentence in counted][:2]
        words = [word for sentence, word in found if sentence.id in cited]
        finder.weakness(
            Weakness(f"{_asked(exchange.asked)}, answers with general words such as {_quoted(words)}.", *_PLAIN), cited
        )


def _ordered(exchanges: Sequence[Exchange], finder: Finder) -> None:
    for exchange in exchanges:
        found = list(_found((_STRUCTURE,), exchange.answer))
        if len({word.casefold() for _, word in found}) >= 2 and _share(exchange) < _VAGUE_SHARE:
            cited = list(dict.fromkeys(sentence.id for sentence, _ in found))[:2]
            words = [word for sentence, word in found if sentence.id in cited]
            finder.strength(f"{_asked(exchange.asked)}, marks the steps of the answer with {_quoted(words)}.", cited)


def _share(exchange: Exchange) -> float:
    return sum(len(_VAGUE.findall(sentence.text)) for sentence in exchange.answer) / max(exchange.words, 1)


def _found(patterns: Sequence[re.Pattern[str]], sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, str]]:
    for pattern in patterns:
        for sentence in sentences:
            for match in pattern.finditer(sentence.text):
                # A number at the beginning counts a list.
                if pattern is not _FIGURE or match.start() > 0:
                    yield sentence, match.group().strip()


def _asking(question: str) -> str:
    # The first sentence that asks, without what leads to it.
    parts = [part.strip() for part in re.split(r"(?<=[?.!])\s+|\n", question) if part.strip()]
    asks = [part for part in parts if part.endswith("?")] or parts[-1:]
    clauses = [clause for ask in asks[:1] for clause in re.split(r"[;:—–]\s*", ask) if clause.strip()]
    return next((clause for clause in reversed(clauses) if len(clause.split()) >= _LEAST_CLAUSE), "".join(asks[:1]))


def _asked(question: str) -> str:
    words = _asking(question).rstrip("?.! ").split()
    if not words:
        return "In this answer the candidate"
    while len(" ".join(words)) > _LONGEST_QUESTION:
        words.pop()
    return f'Asked "{" ".join(words).replace(chr(34), "")}"'


def _quoted(words: Sequence[str]) -> str:
    distinct = list({word.casefold(): word for word in words}.values())[:_MOST_WORDS]
    return ", ".join(f'"{word}"' for word in distinct)
