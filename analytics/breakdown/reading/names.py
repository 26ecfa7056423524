"""People's names: found where they are introduced or greeted, and matched in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

# Scripts as Unicode has them, which the standard library's `re` does not know.
import regex

from analytics.text import clean, one_line

# What one interview may hold: beyond that a resume is no list of this person's names.
MOST_NAMES: Final = 50
_NAME_WORD: Final = r"[\p{L}\p{M}][\p{L}\p{M}\u200c\u200d'’\-]{0,40}+\.?"
_INTRODUCED: Final = regex.compile(
    r"(?i:\b(?:my (?:full )?name(?:['’]s| is)|people call me|you can call me|i am called|me llamo|mi nombre es|"
    r"je m['’]appelle|ich hei(?:ß|ss)e|mein name ist|mi chiamo|meu nome [ée]|mijn naam is|меня зовут|اسمي|मेरा नाम|"
    r"என் பெயர்)|제 이름은|저는 이름이)[ :]+"
    rf"(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,3}})"
    r"|(?:我叫|我的名字是|我名叫)(?P<chinese>\p{Han}{2,4}?)(?=[，。,.！!、 ]|$|是|来|，)"
    r"|(?:私は|名前は|わたくし)(?P<japanese>[\p{Han}\p{Hiragana}\p{Katakana}ー・ ]{2,14}?)"
    r"(?:と申します|といいます|と言います)"
)
_GREETED: Final = regex.compile(
    r"\b(?i:hi|hello|hey|welcome|dear|thanks|thank you)(?i: so much| again)?,? (?P<name>\p{Lu}[\p{L}\p{M}'’\-]{1,40}+"
    r"(?=[\s,.!?;:—–-])|\p{Ll}[\p{L}\p{M}'’\-]{2,40}+(?=[,!]))"
    r"|\b(?i:привет|здравствуйте|спасибо),? (?P<russian>\p{Lu}\p{Ll}{1,30}+)(?=[\s,.!?])"
)
# Words after which a name that was given has ended, or that are none although they stand where one would.
_NOT_NAMES: Final = frozenset(
    "there everyone all team folks again back for so that this it you your yes no and but the to in on now i i'm "
    "i've a an claude great good nice well today sure okay ok world not from with who or as by at is was of my me "
    "we our us very much here working work currently just also because since man mate sir guys friend friends "
    "everybody both hi hello thanks java python kotlin docker react redis kafka sql go rust ruby swift angular "
    "node spring linux google amazon microsoft developer engineer manager backend frontend data software senior "
    "junior lead und aus ich y soy de et je e sono и है हूँ और".split()
)
# Names that are everyday words as well: in small letters they are those.
EVERYDAY: Final = frozenset(
    "will mark may rose grace hope joy art bill rob jack sue drew chase grant dean frank rich faith summer april "
    "june august dawn ruby pearl pat gene page carol chip cliff dale earl ernest guy hunter jade jean miles olive "
    "penny ray robin sandy skip van victor wade ward young long short brown black white green king price stone "
    "wood hill field max min ada dot sum son le do an so in li lin ali can ben sky sage reed lane forest river "
    "west north parks banks bush cook baker carter mason miller smith taylor turner walker fisher gardener parker "
    "porter potter bishop knight noble sharp stark strong swift wise love bond cash case chance day early fine "
    "fox gray grey hall hand head heart house iris ivy lily marina marketing melody merit major marshal norm opal "
    "otto pierce pike rusty star sterling storm tad tiger tom trace trip trinity tucker vale wells woods java "
    "python data test code user admin root main self none true false".split()
)
_FUNCTION_WORDS: Final = frozenset(
    "an do so in le is it of on to am as at be by he if me my no or up us we van von de der la el".split()
)


def greeted_names(text: str) -> Iterator[str]:
    """Return the names that an interviewer greets or thanks."""
    for match in _GREETED.finditer(text):
        name = match["name"] or match["russian"]
        if name.lower() not in _NOT_NAMES and f" {name.lower()} " not in text:
            yield name


def introduced_names(text: str) -> Iterator[str]:
    """Return the names by which people introduce themselves."""
    for match in _INTRODUCED.finditer(text):
        if name := _name_in(match):
            yield name


def _name_in(match: regex.Match[str]) -> str:
    name = match["chinese"] or match["japanese"] or match["name"]
    words: list[str] = []
    for word in name.split():
        # "My name is Robin and I code": a name in capitals ends with its capitals, one in small letters where a
        # sentence goes on.
        small = word[:1].islower() and words and words[0][:1].isupper()
        if (
            small
            or word.rstrip(".").lower() in _NOT_NAMES
            or (words and words[-1].endswith(".") and len(words[-1]) > 2)
        ):
            break
        words.append(word)
    return " ".join(words).rstrip(".")


def hide_introduced_names(text: str) -> str:
    """Replace the names by which people introduce themselves with `[name]`."""
    return str(_INTRODUCED.sub(_without_name, text))


def _without_name(match: regex.Match[str]) -> str:
    name = _name_in(match)
    whole = str(match.group())
    return whole.replace(name, "[name]") if name else whole


def with_parts(people: Iterable[str]) -> dict[str, None]:
    """Return names together with the single words they consist of, in order."""
    known: dict[str, None] = {}
    for person in people:
        known[person] = None
        for part in person.split():
            bare = part.strip(".,")
            if bare.lower() not in _FUNCTION_WORDS:
                known[bare[:1].upper() + bare[1:]] = None
    return known


@lru_cache(maxsize=64)
def any_of(names: tuple[str, ...], *, ignore_case: bool) -> regex.Pattern[str]:
    """Build one pattern that matches any of the names; in scripts without spaces also inside other letters."""
    if not names:
        return regex.compile(r"(?!)")
    words = [r"\s+".join(map(regex.escape, name.split())) for name in names]
    bounded = [
        word if _UNSPACED_NAME.search(name) else rf"(?<![\p{{L}}\p{{M}}\p{{N}}_]){word}(?![\p{{L}}\p{{M}}\p{{N}}_])"
        for name, word in zip(names, words, strict=True)
    ]
    return regex.compile("|".join(bounded), regex.IGNORECASE if ignore_case else 0)


_UNSPACED_NAME: Final = regex.compile(r"^[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]")


def longest_first(names: Iterable[str]) -> tuple[str, ...]:
    """Return at most `MOST_NAMES` of the names, longest first."""
    cleaned = dict.fromkeys(one_line(clean(name[:200]).text) for name in names)
    known = [name for name in cleaned if len(name) > 1][:MOST_NAMES]
    return tuple(sorted(known, key=lambda name: (-len(name), name)))
