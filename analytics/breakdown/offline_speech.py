"""What can be counted in speech: words that mark structure, hedges, reasons, alternatives, checks; lengths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.breakdown.offline_points import Advised, Finder
from analytics.breakdown.transcript import Sentence, count_words


@dataclass(frozen=True, slots=True)
class Spoken:
    """A signal in sentences: what it matches, and what many matches (or their absence) say.

    `least` matches make the `strength`. They make the `weakness` when they are also at least `share` of all sentences;
    with `absent` it is their absence that is the weakness, shown by sentences that tell of a decision.
    """

    pattern: re.Pattern[str]
    least: int
    strength: str = ""
    weakness: Advised | None = None
    share: float = 0.0
    absent: bool = False


def _words(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)


_DECISION: Final = _words(
    r"(?:i|we) (?:used|chose|decided|picked|went with|implemented|built|added|set up|would use|would do|opted|switched|"
    r"moved)|"
    r"(?:i|we)['’]d (?:use|do|build|start|go with)"
)
_HEDGE: Final = _words(
    r"maybe|perhaps|i guess|i suppose|kind of|sort of|probably|possibly|somewhat|i don['’]t know|"
    r"not (?:really |entirely |quite )?sure|might be|could be|or something|i think maybe"
)
_VAGUE: Final = _words(
    r"basic|simple|standard|typical|usual(?:ly)?|normal|general(?:ly)?|various|certain|some kind of|stuff|things?|"
    r"etc|whatever|and so on|a (?:lot|bunch) of|nice|pretty much"
)
_STRUCTURE: Final = _words(
    r"first(?= of all|,| i | we | you )|firstly|second(?:ly)?|third(?:ly)?|then|next(?=,| i | we )|finally|"
    r"in the end|to summari[sz]e|in short|before that|after that|one (?:reason|part|thing)|"
    r"two (?:parts|things|reasons|main)|the other"
)
_EXAMPLE: Final = _words(
    r"for example|for instance|such as|e\.g|in one case|one time|an example|specifically|in particular|"
    r"last (?:week|month|year)|the other day"
)
_REASON: Final = _words(
    r"because|so that|since|due to|therefore|which (?:means?|meant|lets?|let|allow\w*|caused?|made|makes)|"
    r"in order to|the reason|leads? to|led to|as a result|that way|so (?:we|i|it) (?:could|can|would)"
)
_ALTERNATIVE: Final = _words(
    r"instead of|rather than|alternatively?|alternatives?|trade-?offs?|versus|vs|compared (?:to|with)|options?|"
    r"on the other hand|whereas|we considered|i considered|either|pros and cons|cheaper|simpler than"
)
_EDGE: Final = _words(
    r"edge cases?|corner cases?|fall ?back|fell back|fail(?:s|ed|ure|ures|ing)?|empty|null|missing|duplicates?|"
    r"outliers?|invalid|time ?outs?|rollback|worst case|what if|unexpected|stale|broke|regressions?|exceptions?|"
    r"limits?"
)
_CHECK: Final = _words(
    r"test(?:s|ed|ing)?|verif(?:y|ied|ies|ying)|validat(?:e|ed|ion|ing)|check(?:s|ed|ing)?|measur(?:e|ed|es|ing)|"
    r"baseline|benchmark(?:s|ed)?|monitor(?:s|ed|ing)?|double[- ]check\w*|spot[- ]check\w*|compared?|metrics?|"
    r"review(?:s|ed|ing)?|evaluat\w+|hold-?out|a/b"
)
_NUMBER: Final = re.compile(
    r"(?<!\w)(?<!^)[~<>]?\d[\d.,/]*\s?(?:%|ms|s|k|m|x|gb|mb|percent|seconds?|minutes?|hours?|days?|times)?(?!\w)",
    re.IGNORECASE,
)
_TERM: Final = re.compile(r"\b(?:[A-Z]{2,}[a-z0-9]*|[A-Z][a-z]+[A-Z]\w*|\w+[_.]\w+|[A-Za-z]+\d\w*|\w+(?:-\w+)*-\w+)\b")
_UNKNOWN: Final = _words(
    r"i(?:['’]m| am) not familiar|i (?:have )?never (?:used|worked|done|heard)|"
    r"i don['’]t (?:know|remember|recall)|i haven['’]t (?:used|worked|done)|not my area"
)
_LONG_SENTENCE: Final = 45
_SHORT_ANSWER: Final = 8

_SPOKEN: Final[dict[str, tuple[Spoken, ...]]] = {
    "communication": (
        Spoken(_STRUCTURE, 3, "Orders the account with signal words, so that a listener can follow the steps."),
        Spoken(_EXAMPLE, 2, "Makes general statements graspable by going on to a concrete instance."),
        Spoken(
            _HEDGE,
            3,
            weakness=Advised(
                "Hedges often, which leaves open how far the speaker stands behind the statement.",
                "Answer first in one plain sentence, then name the one doubt that matters and how it could be settled.",
                "Listeners stop asking whether something was really done or only planned.",
            ),
            share=0.15,
        ),
    ),
    "technical": (
        Spoken(_NUMBER, 3, "Puts figures to the work, so that its size and effect can be judged."),
        Spoken(_REASON, 3, "Connects statements to causes or purposes instead of only listing what was done."),
        Spoken(_TERM, 4, "Names particular methods and tools where a general word would have been easier."),
        Spoken(
            _VAGUE,
            4,
            weakness=Advised(
                "Stays with general words where a particular method, figure or name would show knowledge.",
                "Replace each general adjective by what it stood for: which check, figure or tool, and why that one.",
                "Interviewers stop asking which one is meant.",
            ),
            share=0.15,
        ),
        Spoken(
            _UNKNOWN,
            1,
            weakness=Advised(
                "Leaves a gap standing without reasoning towards an answer from what is known.",
                "When something is unknown, say what is known near it and how the rest could be found out.",
                "Such answers end with a next step instead of a full stop.",
            ),
        ),
    ),
    "problem_solving": (
        Spoken(_CHECK, 3, "Holds results against something instead of taking them for granted."),
        Spoken(
            _ALTERNATIVE,
            2,
            "Weighs more than one way before settling on one.",
            Advised(
                "Tells which way was taken without showing that any other was weighed.",
                "For each decision name one other way and the reason against it.",
                "Interviewers stop asking why it was done this way.",
            ),
            absent=True,
        ),
        Spoken(
            _EDGE,
            2,
            "Thinks of what can go wrong and how it would be met.",
            Advised(
                "Describes the usual course only, with no word on what could go wrong.",
                "After each solution name the input or event most likely to break it, and what would happen then.",
                "Failure is brought up before the interviewer asks for it.",
            ),
            absent=True,
        ),
    ),
}


def read_speech(skill: str, answers: Sequence[Sequence[Sentence]], finder: Finder) -> None:
    """Note what the sentences of the answers show about a spoken skill."""
    sentences = [sentence for answer in answers for sentence in answer]
    for signal in _SPOKEN[skill]:
        _signal(signal, sentences, finder)
    if skill == "communication":
        _lengths(answers, sentences, finder)


def _signal(signal: Spoken, sentences: Sequence[Sentence], finder: Finder) -> None:
    found = [(len(signal.pattern.findall(sentence.text)), sentence) for sentence in sentences]
    matching = [(count, sentence) for count, sentence in found if count]
    # The most matches first; among equals the earlier sentence.
    best = [sentence.id for _, sentence in sorted(matching, key=lambda pair: -pair[0])][:2]
    many = len(matching) >= signal.least
    if many and signal.strength:
        finder.strength(signal.strength, best)
    if signal.weakness is None:
        return
    if signal.absent:
        decisions = [sentence.id for sentence in sentences if _DECISION.search(sentence.text)]
        if not matching and len(decisions) >= 2:
            finder.weakness(signal.weakness, decisions)
    elif many and len(matching) >= signal.share * len(sentences):
        finder.weakness(signal.weakness, best)


_RAMBLING: Final = Advised(
    "Packs so much into single sentences that the point is hard to find.",
    "Say the point in one short sentence, stop, and only then add what supports it.",
    "Each answer can be repeated back by the listener in one sentence.",
)
_CURT: Final = Advised(
    "Ends several answers after a few words, leaving the interviewer to ask for the substance.",
    "Give every answer at least the claim, one reason and one instance.",
    "Follow-up questions go deeper instead of asking for the basics.",
)


def _lengths(answers: Sequence[Sequence[Sentence]], sentences: Sequence[Sentence], finder: Finder) -> None:
    long = [sentence for sentence in sentences if count_words(sentence.text) >= _LONG_SENTENCE]
    if len(long) >= 2 and len(long) >= 0.1 * len(sentences):
        finder.weakness(_RAMBLING, [sentence.id for sentence in sorted(long, key=lambda item: -count_words(item.text))])
    curt = [answer for answer in answers if sum(count_words(sentence.text) for sentence in answer) < _SHORT_ANSWER]
    if len(curt) >= 3 and len(curt) >= 0.25 * len(answers):
        finder.weakness(_CURT, [answer[0].id for answer in curt])
