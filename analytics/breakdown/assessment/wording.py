"""What a claim says in whose words: quotations, numbers and whole passages, held against the lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

# Scripts as Unicode has them, which the standard library's `re` does not know.
import regex

from analytics.breakdown.assessment.numbers import Number, holds, numbers
from analytics.text import TYPOGRAPHY, fold

_SINGLE_QUOTED: Final = re.compile(r"(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){3,}?)'(?!\w)")
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
# A number, a letter of a script without spaces, a word, or a sign.
_TOKEN: Final = regex.compile(
    rf"(?<![\w)])[-+$€£]?\d\w*(?:[.,:/]\d\w*)*%?|[{_UNSPACED}]\p{{M}}*+"
    rf"|[\w--[\d{_UNSPACED}]][\w--[{_UNSPACED}]]*+(?:['\-]\w++)*+|[^\w\s]",
    regex.V1,
)
_NEGATORS: Final = frozenset("not no never none nothing nobody neither nor without hardly barely cannot can't".split())
_ASKED: Final = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|question(?:s|ed)?|interviewer(?:'s)?|prompt(?:s|ed)?|request(?:s|ed)?)\b"
)
_ABSENT: Final = re.compile(
    r"\b(?:no|not|never|nor|neither|none|nothing|without|lack(?:s|ing)?|miss(?:es|ing)|omit(?:s|ted|ting)?|"
    r"leav(?:es|ing)|"
    r"left|fails|avoids|skips|cannot|unanswered|\w+n't)\b"
)
_SAYS: Final = re.compile(
    r"\b(?:says?|said|stat(?:es?|ed)|mention(?:s|ed)?|claim(?:s|ed)?|admit(?:s|ted)?|not(?:es|ed)|report(?:s|ed)?|"
    r"point(?:s|ed) out|argu(?:es|ed)|suggest(?:s|ed)?|propos(?:es|ed)|observ(?:es|ed)|conclud(?:es|ed)|told|tells|"
    r"recogni[sz](?:es|ed)|raises?|raised|brings? up|insist(?:s|ed)?|answer(?:s|ed)?)\b"
)
_PASSAGE: Final = 5


class Quotation(NamedTuple):
    """What stands in quotation marks in a claim, and how the claim introduces it.

    `asked` says that it is told to be the interviewer's, `denied` that the claim denies it, `absent` that the claim is
    about something missing.
    """

    text: str
    asked: bool = False
    denied: bool = False
    absent: bool = False


def is_said(quoted: str, said: str) -> bool:
    """Return whether words in quotation marks stand in a piece of the transcript, whole and in their order.

    Only typography may differ. Cutting a word or a number is a difference, and so is leaving out a negation next to
    the cut.
    """
    wanted, held = _TOKEN.findall(fold(quoted)), _TOKEN.findall(fold(said))
    while wanted and wanted[-1] in {".", ",", ";", ":", "!", "?"}:
        wanted.pop()
    if not wanted:
        return False
    for start in range(len(held) - len(wanted) + 1):
        end = start + len(wanted)
        if held[start:end] == wanted and not any(
            _negates(token) for token in (*held[max(start - 1, 0) : start], *held[end : end + 1])
        ):
            return True
    return False


def _negates(token: str) -> bool:
    return token in _NEGATORS or token.endswith("n't")


def is_cut_off(quotation: Quotation, said: str) -> bool:
    """Return whether a quotation turns what was said into its opposite: by a cut before it, or by a denial."""
    wanted, held = _TOKEN.findall(fold(quotation.text)), _TOKEN.findall(fold(said))
    while wanted and not wanted[-1][0].isalnum():
        wanted.pop()
    for start in range(len(held) - len(wanted) + 1):
        if held[start : start + len(wanted)] != wanted:
            continue
        before: list[str] = []
        for token in reversed(held[max(start - 3, 0) : start]):
            if token in _CLAUSES:
                break
            before.append(token)
        negated = any(_negates(token) for token in before)
        if quotation.denied == negated or (negated and quotation.absent):
            return False
    return True


_CLAUSES: Final = frozenset(", ; . : ! ? - ( ) and but or so because".split())
_DENIAL: Final = re.compile(r"\b(?:not|never|cannot|\w{1,20}n't)(?: even| really| actually)? $")


def quotations(text: str) -> list[Quotation]:
    """Return what stands in quotation marks; where they do not pair plainly, whatever a reader could take for that."""
    straight = text.translate(TYPOGRAPHY)
    found: list[Quotation] = []
    for quoted in _quoted(text):
        place = straight.find(quoted)
        before = straight[:place].rstrip("\"'").casefold()
        outside = f"{before} {straight[place + len(quoted) :].casefold()}"
        found.append(
            Quotation(
                quoted,
                asked=_ASKED.search(before[-40:]) is not None,
                denied=_DENIAL.search(before) is not None,
                absent=_ABSENT.search(outside) is not None,
            )
        )
    return found


def attributed_words(text: str) -> list[str]:
    """Return what a text in quotation marks tells to have been said."""
    straight = text.translate(TYPOGRAPHY)
    return [
        quoted
        for quoted in _quoted(text)
        if _WAS_SAID.search(straight[: straight.find(quoted)].rstrip("\"'").casefold()[-40:])
    ]


_WAS_SAID: Final = re.compile(
    r"\b(?:said|told|answered|claimed|admitted|stated|mentioned|your (?:words|answer|remark))\b"
)


def number_fault(text: str, said: Sequence[str], asked: str) -> bool:
    """Return whether a claim gives a number that the lines do not hold, in digits or in words.

    A number that is told to be missing needs no line, nor does a small count of what the lines list; one that was asked
    for may be the interviewer's.
    """
    folded = fold(text)
    held = [number for piece in said for number in numbers(piece)]
    if _ASKED.search(folded):
        held += numbers(asked)
    return any(not _may_stand(number, folded, held, said) for number in numbers(text))


def advice_number_fault(text: str, said: Sequence[str]) -> bool:
    """Return whether a recommendation gives a measurement that the lines do not hold and that is no aim or example."""
    folded = fold(text)
    held = [number for piece in said for number in numbers(piece)]
    return any(
        number.measure in ("percent", "bytes", "money", "ratio") or number.noun.startswith(_MEASURED)
        for number in numbers(text)
        if not holds(held, number) and not _AIM.search(folded[: number.start][-40:])
    )


def invents(text: str, said: Sequence[str]) -> bool:
    """Return whether a better wording holds a number or a name that none of the candidate's lines holds."""
    held = [number for piece in said for number in numbers(piece)]
    if any(number.written != "one" and not holds(held, number) for number in numbers(text)):
        return True
    known = {word.casefold() for piece in said for word in _NAME_LIKE.findall(piece)}
    return any(
        word.casefold() not in known
        for match in _NAME_LIKE.finditer(text)
        for word in [match.group()]
        if word not in _OWN and _is_name(word, begins=_begins(text, match.start()))
    )


_NAME_LIKE: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}_+#]*(?:['.-][\p{L}\p{N}]+)*")
_OWN: Final = frozenset("I I'm I've I'd I'll a A".split())


# With these a sentence may begin that names nothing; any other word at its beginning could be a name.
_OPENERS: Final = frozenset(
    "a about after all also although an and another any as asked at back because before both but by during each even "
    "every finally first for from given had has have having he her here his how i if in instead into it its last later "
    "looking made many meanwhile more most my next no none not nothing now of on once one only or our out over second "
    "she since so some still such that the their them then there these they third this those though thus to today "
    "under until we what when where which while who why with within without yes yet you your".split()
)


def _is_name(word: str, *, begins: bool) -> bool:
    if len(word) > 1 and not word[1:].islower() and not word.islower():
        return "'" not in word
    return word[0].isupper() and not (begins and word.casefold().partition("'")[0] in _OPENERS)


def _begins(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“‘([")
    return not before or before[-1] in ".!?:…"


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
    r"figures?|numbers?|measures?|checks?|factors?|aspects?|explanations?|halves|solutions?|designs?|kinds?|"
    r"sources?)\b"
)
_COMPOUND: Final = re.compile(r"^-(?:phase|way|tier|step|pointer|to|dimensional|sided|stage|layer|fold|sum)\b")
_SEPARATOR: Final = re.compile(r"[,;:.!?]|\b(?:and|or|then|but|also|than|instead|because|so|while|after|before)\b")


def _may_stand(number: Number, folded: str, held: Sequence[Number], said: Sequence[str]) -> bool:
    if holds(held, number):
        return True
    before, behind = folded[: number.start], folded[number.start + len(number.written) :]
    if _MISSING.search(before) or (number.written == "twice" and _ASKED.search(folded)):
        return True
    if number.written == "one" and re.match(r"(?:day|week|month|year)\b", number.noun):
        return True
    if number.measure:
        return False
    if number.written == "one" or _COMPOUND.match(behind):
        return True
    if number.value == 0 and any(re.search(r"\b(?:no|none|never|nothing|without)\b", fold(piece)) for piece in said):
        return True
    # At most as many things as the lines have parts.
    pieces = sum(len([part for part in _SEPARATOR.split(fold(piece)) if part.strip()]) for piece in said)
    return number.value <= min(pieces, 5) and _LISTED.match(number.noun) is not None


def takes_over(text: str, asked: str, said: Sequence[str]) -> bool:
    """Return whether a claim gives a passage as said that only the interviewer said."""
    folded = fold(text)
    reported = _SAYS.search(folded)
    if reported is None:
        return False
    own = [_TOKEN.findall(fold(piece)) for piece in said]
    theirs = _TOKEN.findall(fold(asked))
    words = _TOKEN.findall(folded[reported.end() :])
    for start in range(len(words) - _PASSAGE + 1):
        run = words[start : start + _PASSAGE]
        if _has(theirs, run) and not any(_has(piece, run) for piece in own):
            # Whose words they are, and that they have no answer, is said before them.
            before = f"{folded[: reported.end()]} {' '.join(words[:start])}"
            return _ASKED.search(before) is None and _ABSENT.search(before) is None
    return False


def _has(tokens: Sequence[str], run: Sequence[str]) -> bool:
    return any(list(tokens[start : start + len(run)]) == list(run) for start in range(len(tokens) - len(run) + 1))


def _quoted(text: str) -> list[str]:
    straight = text.translate(TYPOGRAPHY)
    between = straight.split('"')[1:-1]
    pairs_plainly = len(between) % 2 == 1 and text.count('"') in (0, straight.count('"'))
    doubled = [
        piece
        for place, piece in enumerate(between)
        if place % 2 == 0 or not pairs_plainly or (piece == piece.strip() != "")
    ]
    return doubled + _SINGLE_QUOTED.findall(straight)
