"""The English words by which the rules without a model tell what an answer holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


def _words(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)


COMMON: Final = _words("the|and|to|a|of|i|we|it|in|that|is|was|for|with|so|but|on|my|you|they")
# Words that name nothing. Words that only hedge ("maybe", "I guess", "sort of") are not among them: an answer is no
# worse for them (docs/judge.md).
VAGUE: Final = _words(
    r"or something|whatever|stuff|things?|and so on|etc|a (?:lot|bunch|few things)|pretty (?:good|well|basic)|"
    r"basic(?:ally)?|simple|standard|typical|usual(?:ly)?|normal(?:ly)?|general(?:ly)?|various|decent|nice|good enough|"
    r"fine|okay|quick(?:ly)?|some|looked (?:good|fine|better|okay)|tried|reasonable|better"
)
# Those that a plain answer also needs; they accuse nobody without one of the others.
PLAIN_TOO: Final = _words(
    r"things?|etc|a lot|standard|typical|usual(?:ly)?|normal(?:ly)?|general(?:ly)?|various|fine|some|better|tried|"
    r"basically|okay"
)
# Questions about wishes and motives have no facts to give.
PERSONAL: Final = _words(
    r"interested|what made you (?:apply|interested)|motivat\w+|looking (?:ahead|forward)|envision|"
    r"(?:do|would) you want|worr(?:y|ied)|hop(?:e|ing)|proud|didn't (?:we )?ask|should have asked|"
    r"anything (?:else|we|you)|feel about|"
    r"questions for (?:me|us)|influenced|five years|in a year|next role|prefer"
)
# What a clause that asks begins with.
ASKS: Final = re.compile(
    r"(?:^|, |\band )\W?(?:what|how|why|which|when|who|where|whose|can|could|would|will|did|do|does|is|are|was|were|"
    r"have|has|tell|explain|describe|walk|give)\b",
    re.IGNORECASE,
)
UNSURE: Final = _words(r"(?:don't|do not|didn't) (?:really )?(?:know|remember|recall)|no idea|not sure why|hm+")
# Up to the end of its clause: the reason itself is what is worth showing.
REASON: Final = re.compile(
    r"\b(?:because|so that(?!')|due to|therefore|which (?:means?|meant|lets?|let|allow\w*|caused?|made|makes)|"
    r"in order to|the reason|leads? to|led to|as a result|otherwise|in case)\b[^,.;:!?()\"—–]*",
    re.IGNORECASE,
)
CHECK: Final = _words(
    r"tested|tests|verif(?:y|ied|ies)|validat(?:e|ed|ion|ing)|measur(?:e|ed|es|ing)|baseline|benchmark(?:s|ed)?|"
    r"monitor(?:s|ed|ing)?|spot[- ]check\w*|compared|hold-?out|a/b|cross-?validation|confusion matrix|error analysis|"
    r"backtest\w*|calibrat\w+|ablation\w*|confidence interval"
)
# One of these is enough; others are also names of things.
CHECKED: Final = _words(
    r"tested|validated|measured|benchmarked|spot[- ]checked|compared|hold-?out|a/b|cross-?validation|backtest\w*|"
    r"baseline"
)
FIGURE: Final = re.compile(
    r"(?<![\w.])[~<>$€£]?\d[\d.,]*(?:\s?(?:%|percent\b|ms\b|k\b|m\b|x\b|gb\b|mb\b)"
    r"|\s[a-z]{3,}(?<!and)(?<!the)(?<!but)\b)?(?!\w)",
    re.IGNORECASE,
)
ALTERNATIVE: Final = _words(
    r"instead of|rather than|alternatively|alternatives?|trade-?offs?|versus|compared (?:to|with)|on the other hand|"
    r"whereas|we considered|i considered|cheaper|simpler than|pros and cons"
)
TROUBLE: Final = _words(
    r"edge cases?|corner cases?|fall ?back|fell back|time ?outs?|rollback|rolled back|worst case|duplicates?|outliers?|"
    r"stale|regressions?|leak(?:age|ed)?|drift(?:ed)?|imbalance|"
    r"false (?:positives?|negatives?)|root cause|missing values?"
)
TERM: Final = re.compile(
    r"\b(?!I\b)(?:[A-Z]{2,}[a-z0-9]*|[A-Z][a-z]+[A-Z]\w*|[a-z]+_\w+|[A-Z][a-z]+-?\d\w*|[A-Z]+-[A-Z]+|[A-Z]\d\w*)\b"
)


@dataclass(frozen=True, slots=True)
class Element:
    """What a question may ask for, how an answer gives it, and what is said of it; `{}` are the very words.

    `in_words` says that it may be given in words that no list knows: then only a vague answer is told to lack it.
    """

    skill: str
    asked: re.Pattern[str]
    given: tuple[re.Pattern[str], ...]
    present: str
    absent: str = ""
    practise: str = ""
    notice: str = ""
    in_words: bool = False


ELEMENTS: Final = (
    Element(
        "technical",
        _words(r"measur\w+|metrics?|evaluat\w+|success|how (?:did|do|would|will) you know|impact|validat\w+"),
        (FIGURE, CHECK),
        "says how it was measured: {}",
        "gives no figure and no measurement",
        "Answer such questions with one figure before, one after, and how each was taken.",
        "Interviewers stop asking how big the effect was.",
    ),
    Element(
        "technical",
        _words(r"how (?:much|many|long)|roughly|estimate"),
        (FIGURE,),
        "gives figures: {}",
        "gives no figure",
        "Work such a number out aloud: what you assume, each step, and the result with its unit.",
        "A listener can correct one assumption and arrive at another number.",
    ),
    Element(
        "problem_solving",
        _words(r"why|reasons?|rationale|how did you (?:decide|choose)|what made you|justify|motivat\w+"),
        (REASON,),
        "gives the reason: {}",
        "gives no reason",
        "Say the reason in the first sentence, and what would have changed it.",
        "Nobody has to ask why a second time.",
        in_words=True,
    ),
    Element(
        "technical",
        _words(
            r"which|what (?:tools?|models?|methods?|librar\w+|frameworks?|algorithms?|features?|architecture|stack)"
            r"|how (?:did|do|would) you (?:build|design|implement|train|deploy|store|handle)"
        ),
        (TERM, FIGURE),
        "names {}",
        "names no method, tool or figure",
        "Name the one tool or method that was used, and one thing about it that mattered here.",
        "Interviewers ask about limits instead of asking which one.",
        in_words=True,
    ),
    Element(
        "problem_solving",
        _words(r"alternativ\w+|trade-?offs?|options?|other (?:ways?|approach\w*)|instead|compare\w*|considered?"),
        (ALTERNATIVE,),
        "weighs another way: {}",
        "weighs no other way",
        "For each decision name one other way and what spoke against it.",
        "Interviewers stop asking what else was considered.",
        in_words=True,
    ),
    Element(
        "problem_solving",
        _words(r"wrong|fail\w*|edge cases?|risks?|debug\w*|errors?|mistakes?|unexpected|break|broke"),
        (TROUBLE, CHECK),
        "names what can go wrong or how it is caught: {}",
    ),
)
# Where a sentence begins; elsewhere "first" and "a second" order nothing.
STRUCTURE: Final = re.compile(
    r"^(?:So |And |Then )?(?:First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Finally|In the end|In short|Before that|"
    r"After that|Then|Next|Lastly)(?=,? )"
)
ADVICE: Final = (
    "Take one such answer and replace every general word by what it stood for: a name, a figure or an event.",
    "A listener can repeat the answer without the words stuff, some or better.",
)
