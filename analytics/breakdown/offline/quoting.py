"""The words of a list in an answer, and what is shown of them: clauses that can be read at a glance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from analytics.breakdown.offline.sign_list import SIGN_PATTERNS
from analytics.breakdown.offline.words import FIGURE, LISTS, NAME
from analytics.breakdown.reading.transcript import Sentence

VAGUE: Final = (LISTS["empty"], LISTS["empty_before"])
_LONGEST_CLAUSE: Final = 16
_LONGEST_PASSAGE: Final = 26
# What is shown of an answer: words, or whole clauses.
_MOST_WORDS: Final = 3
_MOST_CLAUSES: Final = 2
_BREAK: Final = re.compile(r"[;!?()—–\"“”„]\s*|\s--?\s|[,:](?!\d)\s*|\.(?:\s|$)")
# Where a clause that is too long to be shown may be cut: rather before another statement than within one.
JOINTS: Final = (
    re.compile(r"(?<! is)(?<! was)\s(?=(?:and(?! forth\b)|but|or|so|because|which|that|where|when|while|if)\s)"),
    re.compile(r"\s(?=(?:with|by|for|from|in|on)\s)"),
)
# What a clause that was cut may not begin or end with.
LINK: Final = re.compile(
    r"^(?:and|but|or|so|then)\s|(?:\s(?:and|or|what|that|the|an?|of|to|for|when|if|as|with|in|on|by)){1,9}$"
)
# What ends with one of these was cut, or broke off; hums and false starts are no quotation to show.
_BROKEN: Final = re.compile(
    r"(?:^|\s)(?:the|an?|my|our|your|their|its|of|from|into|than|and|or|but|as|if|when|where|because|which|who|what|how|i|we|"
    r"he|she|they|is|are|was|were|am|be|been|do|does|have|has|had|will|would|can|could|should|not|just|very|really|like|"
    r"basically|called|kind of|sort of|(?:(?:was|is|were|are|given|one|thing|the \w+|an? \w+) )that|u+h+|u+h*m+|"
    r"[a-z]+['’](?:s|re|ve|ll|m))$|\.\.$",
    re.IGNORECASE,
)
_HUM: Final = re.compile(r"\b(?:u+h+|u+h*m+|e+rm?|hm+|mhm+)\b", re.IGNORECASE)
_MOST_HUMS: Final = 2
_HUMS_ON: Final = re.compile(r"[\s,.…-]{1,4}(?:u+h+|u+h*m+|e+rm?|hm+|you know|basically|i mean|like)\b", re.IGNORECASE)
_STUTTER: Final = re.compile(
    r"\b(?!that\b|had\b)(\w+),?\s\1\b|\b(?:you know|i guess|i mean|kinda)\b|\s--\s|\w--\w|[a-z]- |\[|…|\.\.",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"(?:(?:and|but|or|so|then|for (?:example|instance),?|one example,)\s)+", re.IGNORECASE)
# A remark between commas is part of its clause; of two statements that a "whereas" joins, the first is whole by itself.
_ASIDE: Final = re.compile(
    r",\s(?:in (?:effect|fact|general|theory|practice|turn)|of course|however|for example|say|e\.g\.),\s"
)
_HALF: Final = re.compile(r",?\s(?:whereas|although|though)\s[^,]*$")
# What stands before these only leads to it.
_INTRODUCES: Final = re.compile(r"\s*(?::|(?:[,(]\s*)?[\"“„'‘])")
# Behind these the statement goes on.
_INTERRUPTED: Final = re.compile(r"\s?\([^()]*\)\s(?:and|or|is|are|was|were|will|would|can|that|which)\b")
_QUOTED: Final = re.compile('["“”„«»][^"“”„«»]*["“”„«»]')
_NEAR: Final = 80
# What an adjective stands before: "quality gates" of "basic quality gates and".
_NAMED: Final = re.compile(
    r"\s[\w‑/-]+(?:\s(?!(?:and|or|but|to|for|of|in|on|at|by|with|from|as|if|when|that|which|so|then|the|an?|i|we|it|they|like|"
    r"is|are|was|were|\w+ed|\w+ly)\b)[\w‑/-]+)?",
    re.IGNORECASE,
)
# "Even when it looked fine": what follows was not relied on.
_CONCEDED: Final = re.compile(r"\b(?:even (?:when|if|though)|although|though) [^,;:.]*$", re.IGNORECASE)
# "A safe, quick way": the comma parts no clauses.
_LISTING: Final = re.compile(r"\b(?:an?|the) [\w‑-]+$", re.IGNORECASE)
FIRST: Final = re.compile(
    r"(?:So |And )?First(?:ly)?,? |(?:[^.;:!?]{0,80}[ ,])?(?:I|we)(?:['’](?:d|ll)| would| will)?"
    r"(?: (?:usually|always|typically))? (?:first|(?:start|begin)(?:ed)? (?:out )?(?:by|with)) ",
    re.IGNORECASE,
)
ACTS: Final = re.compile(
    r"(?:So |And )?(?:I|We)(?:['’]ll)? "
    r"(?!think|guess|feel|believe|know|would|could|might|can |want|am |was |were |have |thought|"
    r"decided|really |said ok)[a-z]+ "
)
AFTER: Final = re.compile(r"(?:And )?(?:Then|Next|After that),? (?:I|we|you|it|the)\b")
THEN: Final = re.compile(r"(?:And )?(?:Second(?:ly)?|Third(?:ly)?|Then|Next|After that|Finally|In the end|Lastly),? ")

# What came of it is no step.
BEFELL: Final = re.compile(r"(?:And )?[A-Z][a-z]+(?: [a-z]+)?,? (?:it|that|this|there) ")


class Found(NamedTuple):
    """A word of a list, where it stands, and what is shown of it."""

    sentence: Sentence
    word: str
    shown: str


def find_words(patterns: Sequence[re.Pattern[str]], sentences: Sequence[Sentence]) -> Iterator[Found]:
    """Find the words of the candidate's own, without those that are conceded or somebody else's."""
    for pattern in patterns:
        for sentence in sentences:
            for match in pattern.finditer(sentence.text):
                quoted = (mark.span() for mark in _QUOTED.finditer(sentence.text))
                within = any(start <= match.start() < end for start, end in quoted)
                # A number at the beginning counts a list; what stands in quotation marks is somebody else's.
                conceded = pattern in VAGUE and _stands(_CONCEDED, sentence.text, match.start())
                if not (within or conceded) and (pattern is not FIGURE or match.start() > 0):
                    yield Found(sentence, match.group(), _around(pattern, match))


def _around(pattern: re.Pattern[str], match: re.Match[str]) -> str:
    """Return what is shown of a match: itself, with the word it stands before, or with its clause."""
    if pattern in (NAME, LISTS["empty"]):
        return match.group()
    if pattern is LISTS["empty_before"]:
        behind = _NAMED.match(match.string, match.end())
        return match.group() + (behind.group() if behind else "")
    if pattern in SIGN_PATTERNS:
        return _passage_of(match)
    return clause_of(match.string, match.start() if pattern is LISTS["reason"] else 0, match.start())


def clause_of(text: str, start: int, inside: int) -> str:
    """Return the clause around a place, not before `start`, cut where it is too long to be read at a glance."""
    breaks = [
        found for found in _BREAK.finditer(text) if found[0][0] != "," or not _stands(_LISTING, text, found.start())
    ]
    start = max([start, *(found.end() for found in breaks if found.end() <= inside)])
    opening = FIRST.match(text) or THEN.match(text)
    least = max(inside, opening.end() if opening else 0)
    stop = next((found.start() for found in breaks if found.start() >= least), len(text))
    return _short(text[start:stop], inside - start)


def _passage_of(match: re.Match[str]) -> str:
    """Return a match up to the end of its clause, cut behind it where that is too long to be read at a glance."""
    text, end = match.string, match.end()
    lead = _LEAD.match(text, match.start())
    start = lead.end() if lead else match.start()
    breaks = (found.start() for found in _BREAK.finditer(text, end))
    asides = [aside.span() for aside in _ASIDE.finditer(text, end)]
    stop = next((place for place in breaks if not any(first <= place < last for first, last in asides)), len(text))
    if _INTRODUCES.match(text, stop) or _INTERRUPTED.match(text, stop) or _HUMS_ON.match(text, stop):
        return ""
    if len(text[start:stop].split()) > _LONGEST_PASSAGE:
        joints = (joint.start() for pattern in JOINTS for joint in pattern.finditer(text, end, stop))
        places = sorted(place for place in joints if not any(first <= place < last for first, last in asides))
        stop = next((place for place in reversed(places) if len(text[start:place].split()) <= _LONGEST_PASSAGE), stop)
        return LINK.sub("", text[start:stop].strip())
    shown = text[start:stop].strip(" .")
    return _HALF.sub("", shown) if text[stop : stop + 1] == "," else shown


def _stands(pattern: re.Pattern[str], text: str, place: int) -> bool:
    """Return whether a pattern ends at a place, and begins not far before it."""
    return pattern.search(text, max(place - _NEAR, 0), place) is not None


def _short(clause: str, inside: int) -> str:
    """Cut a clause around a place to what can be read at a glance."""
    while len(clause.split()) > _LONGEST_CLAUSE:
        joints = [[joint.start() for joint in joints.finditer(clause)] for joints in JOINTS]
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
    return LINK.sub("", clause.strip(" ,"))


def is_whole(shown: str) -> bool:
    """Return whether what is shown can be read by itself: not broken off, and not full of hums and false starts."""
    return not any(pattern.search(shown) for pattern in (_BROKEN, _HUM, _STUTTER))


def is_fluent(sentence: Sentence) -> bool:
    """Return whether a line has no false start and at most one hum: of others nobody can tell where words end."""
    return len(_HUM.findall(sentence.text)) < _MOST_HUMS and not _STUTTER.search(sentence.text)


def show_found(found: Sequence[Found]) -> tuple[str, list[str]]:
    """Return what was found in the two lines that hold most of it, as short quotations, and the ids of these lines."""
    lines = list(dict.fromkeys(each.sentence for each in found))
    counted = [sum(each.sentence is line for each in found) for line in lines]
    best = sorted(range(len(lines)), key=lambda place: -counted[place])[:2]
    cited = [lines[place] for place in sorted(best)]
    shown = list({each.shown.casefold(): each.shown for each in found if each.sentence in cited}.values())
    whole = [words for words in shown if not any(words != other and words in other for other in shown)]
    most = _MOST_WORDS if all(len(words.split()) <= _MOST_WORDS for words in whole) else _MOST_CLAUSES
    return ", ".join(f'"{words}"' for words in whole[:most]), [line.id for line in cited]
