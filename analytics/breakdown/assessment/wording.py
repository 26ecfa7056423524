"""What a claim says in whose words: quotations, numbers and whole passages, held against the lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

# Scripts as Unicode has them, which the standard library's `re` does not know.
import regex

from analytics.breakdown.assessment.number_words import list_numbers, readings
from analytics.breakdown.assessment.numbers import holds, numbers
from analytics.breakdown.assessment.openers import may_open
from analytics.text import TYPOGRAPHY, fold

_SINGLE_QUOTED: Final = re.compile(r"(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){3,}?)'(?!\w)")
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
# A number, a letter of a script without spaces, a word, or a sign.
_TOKEN: Final = regex.compile(
    rf"(?<![\w)])[-+$€£]?\d\w*(?:[.,:/]\d\w*)*%?|[{_UNSPACED}]\p{{M}}*+"
    rf"|[\w--[\d{_UNSPACED}]][\w--[{_UNSPACED}]]*+(?:['\-]\w++)*+|[^\w\s]",
    regex.V1,
)
_NEGATORS: Final = frozenset(
    "not no never none nothing nobody neither nor without hardly barely cannot can't "
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish, Turkish
    "nicht kein keine keinen keinem keiner nie niemals niemand nichts ohne kaum pas jamais rien aucun aucune sans ni "
    "nunca jamás nada nadie ningún ninguna ninguno sin tampoco non mai niente nulla nessuno nessuna senza não ninguém "
    "nenhum nenhuma sem niet geen nooit niemand niets zonder nie nigdy bez inte aldrig ingen utan ikke uden değil "
    # Russian, Ukrainian, Arabic, Hebrew, Hindi
    "не нет ни никогда никто без ні немає لا لم لن ليس غير לא אין नहीं न मत "
    # Chinese and Japanese, a letter each
    "不 没 沒 未 无 無 非".split()
)
WITHOUT: Final = frozenset("without ohne sans sin senza sem zonder bez utan uden без".split())
ASKED: Final = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|question(?:s|ed)?|interviewer(?:'s)?|prompt(?:s|ed)?|request(?:s|ed)?)\b"
)
ABSENT: Final = re.compile(
    r"\b(?:no|not|never|nor|neither|none|nothing|nobody|without|rather than|instead of|lack(?:s|ing)?|"
    r"miss(?:es|ing)|omit(?:s|ted|ting)?|leav(?:es|ing)|left|fails to|avoids|skips|cannot|unanswered|\w+n't)\b"
)
_SAYS: Final = re.compile(
    r"\b(?:says?|said|stat(?:es?|ed)|mention(?:s|ed)?|claim(?:s|ed)?|admit(?:s|ted)?|not(?:es|ed)|report(?:s|ed)?|"
    r"point(?:s|ed) out|argu(?:es|ed)|suggest(?:s|ed)?|propos(?:es|ed)|observ(?:es|ed)|conclud(?:es|ed)|told|tells|"
    r"recogni[sz](?:es|ed)|raises?|raised|brings? up|insist(?:s|ed)?|answer(?:s|ed)?)\b"
)
_PASSAGE: Final = 5
_DASH: Final = re.compile(r"[–—―]")  # It ends a word; a hyphen, which it is folded to, joins two.


def tokens(text: str) -> list[str]:
    """Cut a text into what is compared: words, numbers, signs; a letter each where words are not spaced."""
    return list(_TOKEN.findall(fold(_DASH.sub(" - ", text))))


class Quotation(NamedTuple):
    """What stands in quotation marks in a claim, and how the claim introduces it.

    `asked` says that it is told to be the interviewer's, `denied` that the claim denies it, `absent` that the claim is
    about something missing.
    """

    text: str
    asked: bool = False
    denied: bool = False
    absent: bool = False


def is_said(quoted: str, said: str, *, denied: bool = False) -> bool:
    """Return whether words in quotation marks stand in a piece of the transcript, whole and in their order.

    Only typography may differ. Cutting a word or a number is a difference, and so is leaving out a negation next to
    the cut, unless the claim denies what it quotes.
    """
    wanted, held = tokens(quoted), tokens(said)
    while wanted and wanted[-1] in {".", ",", ";", ":", "!", "?"}:
        wanted.pop()
    if not wanted:
        return False
    for start in range(len(held) - len(wanted) + 1):
        end = start + len(wanted)
        # "It stabilized without new issues" stabilized: such words deny only what follows them.
        behind = [token for token in held[end : end + 1] if token not in WITHOUT]
        beside = (*held[max(start - 1, 0) : start], *behind)
        if held[start:end] == wanted and (denied or not any(negates(token) for token in beside)):
            return True
    return False


def negates(token: str) -> bool:
    """Return whether a token denies what stands beside it."""
    # French puts its own before the verb: n'a, n'est.
    return token in _NEGATORS or token.endswith("n't") or token.startswith("n'")


def is_cut_off(quotation: Quotation, said: str) -> bool:
    """Return whether a quotation turns what was said into its opposite: by a cut before it, or by a denial."""
    wanted, held = tokens(quotation.text), tokens(said)
    while wanted and not wanted[-1][0].isalnum():
        wanted.pop()
    for start in range(len(held) - len(wanted) + 1):
        if held[start : start + len(wanted)] != wanted:
            continue
        before = clause_before(held[:start], len(wanted))
        negated = any(negates(token) or token in _REFUSING for token in before)
        # "Rather wait than fail" speaks against failing.
        negated = negated or (before[:1] == ["than"] and "rather" in held[:start])
        if quotation.denied == negated or (negated and quotation.absent):
            return False
    return True


def clause_before(held: Sequence[str], quoted: int) -> list[str]:
    """Return the nearest tokens before so many others, up to where their clause begins, the last one first."""
    # Few words may be the object of anything; more are a statement, which a negation further away turns round too.
    far = 3 if quoted < 3 else 6
    before: list[str] = []
    for token in reversed(held):
        if token in _CLAUSES or len(before) == (2 * far if _is_unspaced(token) else far):
            break
        before.append(token)
    return before


def _is_unspaced(token: str) -> bool:
    return regex.fullmatch(rf"[{_UNSPACED}]", token) is not None


_REFUSING: Final = frozenset("avoid avoided avoiding avoids refuse refused refuses unable instead".split())
_CLAUSES: Final = frozenset(", ; . : ! ? - ( ) and but or so because ， 。 、 ； ： ！ ？".split())
_DENIAL: Final = re.compile(
    r"\b(?:not|never|cannot|nobody|no one|none of (?:them|the \w+|those)|\w{1,20}n't)(?: even| really| actually)? $"
    r"|\b(?:denies|denied|disputes|disputed) (?:that )?(?:[\w']+ ){0,4}$"
)


def quotations(text: str) -> list[Quotation]:
    """Return what stands in quotation marks; where they do not pair plainly, whatever a reader could take for that."""
    straight = text.translate(TYPOGRAPHY)
    found: list[Quotation] = []
    for quoted in _find_quotations(text):
        place = straight.find(quoted)
        before = straight[:place].rstrip("\"'").casefold()
        outside = f"{before} {straight[place + len(quoted) :].casefold()}"
        found.append(
            Quotation(
                quoted,
                asked=ASKED.search(before[-40:]) is not None,
                denied=_DENIAL.search(before) is not None,
                absent=ABSENT.search(outside) is not None,
            )
        )
    return found


def attributed_words(text: str) -> list[str]:
    """Return what a text in quotation marks tells to have been said."""
    straight = text.translate(TYPOGRAPHY)
    return [
        quoted
        for quoted in _find_quotations(text)
        if _WAS_SAID.search(straight[: straight.find(quoted)].rstrip("\"'").casefold()[-40:])
    ]


_WAS_SAID: Final = re.compile(
    r"\b(?:said|told|answered|claimed|admitted|stated|mentioned|called|named|wrote|spoke of|described|used|"
    r"your (?:words|answer|remark))\b"
)


def invents(text: str, said: Sequence[str]) -> bool:
    """Return whether a better wording holds a number or a name that none of the candidate's lines holds."""
    held = list_numbers(said)
    if any(each.written != "one" and not holds(held, each) for reading in readings(text) for each in numbers(reading)):
        return True
    known = {word.casefold() for piece in said for word in _NAME_LIKE.findall(piece)}
    return any(
        word.casefold() not in known
        for match in _NAME_LIKE.finditer(text)
        for word in [match.group()]
        if word not in _OWN and _is_name(word, opens=_begins(text, match.start()) and may_open(word, known))
    )


_NAME_LIKE: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}_+#]*(?:['.-][\p{L}\p{N}]+)*")
_OWN: Final = frozenset("I I'm I've I'd I'll a A".split())


def _is_name(word: str, *, opens: bool) -> bool:
    if len(word) > 1 and not word[1:].islower() and not word.islower():
        return "'" not in word
    return word[0].isupper() and not opens


def _begins(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“‘([")
    return not before or before[-1] in ".!?:…"


def takes_over(text: str, asked: str, said: Sequence[str]) -> bool:
    """Return whether a claim gives as the candidate's what only the interviewer said: a passage, or what was asked."""
    folded = fold(text)
    if (unasked := _UNASKED.search(folded)) is not None:
        topic = set(_long_words(folded[: unasked.start()]))
        taken = topic.intersection(_long_words(asked))
        if taken and 2 * len(taken) >= len(topic) and not topic.intersection(_long_words(" ".join(said))):
            return True
    reported = _SAYS.search(folded)
    if reported is None:
        return False
    if _is_topic_of(asked, folded, reported.end(), said):
        return True
    own = [tokens(piece) for piece in said]
    theirs = tokens(asked)
    words = _TOKEN.findall(folded[reported.end() :])
    for start in range(len(words) - _PASSAGE + 1):
        run = words[start : start + _PASSAGE]
        if _has(theirs, run) and not any(_has(piece, run) for piece in own):
            # Whose words they are, and that they have no answer, is said before them.
            before = f"{folded[: reported.end()]} {' '.join(words[:start])}"
            absent = any(found.group() not in theirs for found in ABSENT.finditer(before))
            return ASKED.search(before) is None and not absent
    return False


def _is_topic_of(asked: str, folded: str, end: int, said: Sequence[str]) -> bool:
    # What is told to be said up to the next sign, and all of it is in the question alone.
    told = _long_words(re.split(r"[.,;:!?]", folded[end:], maxsplit=1)[0])
    theirs, own = set(_long_words(asked)), set(_long_words(" ".join(said)))
    taken = [word for word in told if word in theirs]
    if len(taken) <= _TAKEN or own.intersection(told):
        return False
    before = folded[:end]
    return ASKED.search(folded) is None and ABSENT.search(before) is None


def is_all_asked(text: str, asked: str, said: Sequence[str]) -> bool:
    """Return whether most of what a claim about speech speaks of stands in the questions, and nothing in the lines."""
    folded = fold(text)
    words = set(_long_words(folded))
    taken = words.intersection(_long_words(asked))
    if len(taken) <= _TAKEN or 2 * len(taken) <= len(words) or words.intersection(_long_words(" ".join(said))):
        return False
    return ASKED.search(folded) is None and ABSENT.search(folded) is None


_UNASKED: Final = re.compile(
    r"\b(?:unprompted|unasked|without (?:being |having been )?(?:asked|prompted)|"
    r"(?:of|on) (?:his|her|their) own (?:accord|initiative)|"
    r"before (?:being )?asked|by (?:him|her|them)sel(?:f|ves))\b"
)
_TAKEN: Final = 2


def _long_words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", fold(text)) if len(word) > 4]


def _has(tokens: Sequence[str], run: Sequence[str]) -> bool:
    return any(list(tokens[start : start + len(run)]) == list(run) for start in range(len(tokens) - len(run) + 1))


def with_quotation_marks(text: str) -> str:
    """Put quotation marks where a text about speech marks words in other ways: ticks, doubled apostrophes."""
    return _TICKED.sub(r'"\1"', text)


_TICKED: Final = re.compile(r"(?:(?<!`)`++|(?<![\w'])'')([^`'\n]++)(?:`++|'')")


def _find_quotations(text: str) -> list[str]:
    straight = (text := text[:2_000]).translate(TYPOGRAPHY)  # a claim is shorter by far
    between = straight.split('"')[1:-1]
    pairs_plainly = len(between) % 2 == 1 and text.count('"') in (0, straight.count('"'))
    doubled = [
        piece
        for place, piece in enumerate(between)
        if place % 2 == 0 or not pairs_plainly or (piece == piece.strip() != "")
    ]
    named = [word for word in _NAMED_WORD.findall(straight) if word.casefold() not in _NO_NAME]
    return doubled + _SINGLE_QUOTED.findall(straight) + named


# "Uses the word sharding" quotes as well as marks would.
_NAMED_WORD: Final = re.compile(
    r"\b(?:us(?:es|ing)|with|says?|chooses|picks|repeats|as) the (?:word|term) ([^\W\d_][\w-]*)"
)
_NO_NAME: Final = frozenset(
    "for that of in and is it itself without twice as to order count list which they he she but so too once".split()
)
