"""Tells speaker labels (`Name:`) from other words before a colon."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from analytics.transcripts.model import UNSEEN

_LONGEST: Final = 60
_MOST_PASSED: Final = 3
# The questions and answers of a numbered list.
_NUMBERED: Final = re.compile(r"([QqAa])[ .]?\d{1,3}")
# Scripts that put no space between words put none behind a colon either, whichever colon was typed.
_LABEL: Final = re.compile(
    r"\s{0,9}([^:：\n\t]{1,60}?)\s{0,3}(?::(?=\s|$|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])|：)[ \t]{0,9}"
)
# A name alone in brackets needs no colon, where it is more than a word: [Music] is nobody.
_BRACKETED: Final = re.compile(
    r"\s{0,9}(?:\[([^\s\[\]:：]{1,30}(?: [^\s\[\]:：]{1,30}){1,4})\]"
    r"|[\[(]((?i:speaker|spk)[ _-]?\d{1,4})[\])])[ \t]{1,9}(?=\S)"
)
# What stands beside a name: pronouns, a role, a company.
_BESIDE: Final = re.compile(r"\s{0,3}(?:\([^()]{0,40}\)|\|[^|]{0,40}$)")
_PHONE: Final = re.compile(r"\+?[\d() .-]{7,20}")
_ANONYMOUS: Final = re.compile(r"(?i)(?:speaker|spk)[ _-]?[0-9a-z]{1,4}")
# As studies name who takes part: I1, P2, R12; where they begin a good part of what is labelled, as P99 does not.
_CODED: Final = re.compile(r"[A-Za-z]{1,2}(?:[1-9]|1\d|20)")
_ADDRESS: Final = re.compile(r"[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4}")
# What is no word of a name: HTTP/2, P99, C++, Node.js.
_TECHNICAL: Final = re.compile(r"[\d+#@_&%$/]|\.\w\w")
_MOST_WORDS: Final = 8
# Two who speak share a file by halves; of several, each has some part.
_SHARE_OF_ONE: Final = 0.2
# From this share of labelled units on, a file labels its speakers throughout, and a name that comes once is one too.
_THROUGHOUT: Final = 0.6
_PARTICLES: Final = frozenset(
    "van von der den de del della di da dos du la le el los las al bin ibn ben abu y e zu ter of the iphone "
    "ipad".split()
)
# What says by itself that it is a speaker, also where it comes once.
_CERTAIN: Final = frozenset("interviewer interviewee candidate applicant recruiter moderator participant".split())
_ROLES: Final = frozenset(
    "q a me you them interviewer interviewee candidate applicant host guest speaker agent user assistant recruiter "
    "moderator participant panel panelist coach unknown caller".split()
)
# Words that stand before a colon in speech and notes and are nobody's name, however often they come.
_NOT_NAMES: Final = frozenset(
    "note notes root cause problem solution answer question example summary action actions item items todo step steps "
    "result results reason reasons idea ideas hint hints warning error errors input output title date time location "
    "subject re fwd http https ftp file url link links agenda attendees participants topic topics conclusion pros cons "
    "goal goals background context first second third finally also however so well ok okay yes no because option "
    "important remember key point points next overview details description duration recording transcript "
    "complexity "
    "runtime music applause laughter silence noise crosstalk inaudible "
    "space edge case cases test tests given when then plan approach situation task tasks challenge challenges impact "
    "outcome outcomes lesson lessons requirement requirements assumption assumptions constraint constraints tradeoff "
    "tradeoffs trade-off trade-offs benefit benefits risk risks advantage advantages disadvantage disadvantages "
    "metric metrics".split()
)


def split_label(text: str) -> tuple[str, str] | None:
    """Split `Name: text` into label and text; None without a label."""
    match = _LABEL.match(text[: _LONGEST + 20]) or _BRACKETED.match(text[: _LONGEST + 20])
    if match is None:
        return None
    label = clean_label(next(filter(None, match.groups())))
    return (label, text[match.end() :].strip()) if label else None


def with_colons(written: Sequence[tuple[str, str] | None]) -> list[tuple[str, str] | None]:
    """Extend labels that contain a colon, as `Ann: Example Ltd: yes`: the same words follow each time."""
    behind: dict[str, list[str | None]] = {}
    for unit in written:
        if unit is not None:
            second = split_label(unit[1])
            behind.setdefault(unit[0], []).append(second[0] if second else None)
    longer = {
        label: seconds[0]
        for label, seconds in behind.items()
        if len(seconds) > 1 and len(set(seconds)) == 1 and seconds[0] and could_be_name(seconds[0])
    }
    lengthened: list[tuple[str, str] | None] = []
    for unit in written:
        second = split_label(unit[1]) if unit is not None and unit[0] in longer else None
        lengthened.append((f"{unit[0]}: {second[0]}", second[1]) if unit and second else unit)
    return lengthened


def clean_name(name: str) -> str:
    """Remove invisible characters from a name, in every reader."""
    return " ".join(name.strip(UNSEEN).split())


def clean_label(label: str) -> str:
    """Strip Markdown's stars, enclosing brackets and spaces from a label."""
    cleaned = " ".join(label.strip().strip(f"*_#>-•–—, {UNSEEN}").split())
    if numbered := _NUMBERED.fullmatch(cleaned):
        return numbered.group(1)
    return cleaned[1:-1].strip() if cleaned.startswith("[") and cleaned.endswith("]") else cleaned


def could_be_name(label: str) -> bool:
    """Return whether a label looks like a name or a role: a few words, each capitalised or without case."""
    if any(pattern.fullmatch(label) for pattern in (_PHONE, _ANONYMOUS, _ADDRESS)):
        return True
    label = _BESIDE.sub("", label)
    words = label.split()
    if (
        not 1 <= len(words) <= _MOST_WORDS
        or not any(letter.isalpha() for letter in label)
        or re.search(r"[?!;=<>{}\\|]", label)
    ):
        return False
    lowered = [word.strip("().,'’").lower() for word in words]
    if all(word in _NOT_NAMES or not _is_word(word) for word in lowered) or lowered[0] in {"http", "https"}:
        return False
    if lowered[0] in _ROLES or label.lower().startswith(("speaker", "spk")):
        return True
    return any(not word[:1].islower() for word in words) and all(
        word[:1].isupper() or not word[:1].islower() or low in _PARTICLES
        for word, low in zip(words, lowered, strict=True)
    )


def person_named(label: str) -> str:
    """Return the person's name in a label, without what stands beside it; nothing for a role, a number or a letter."""
    name = _BESIDE.sub("", clean_label(label)).strip()
    words = [word.strip("().,'’").lower() for word in name.split()]
    is_person = len(name) > 1 and could_be_name(name) and all(map(_is_word, words)) and words[0] not in _ROLES
    return name if is_person else ""


def speaker_labels(labels: Iterable[str | None], people: Collection[str] = ()) -> dict[str, str]:
    """Select the labels that are speakers, from one label (or None) for each unit of the file.

    A label is a speaker where it stands in the list of people, or returns and is written like a name, or comes once in
    a file that labels its speakers throughout. Gives the label as written for each label in lower case.
    """
    units = list(labels)
    counts = Counter(label.casefold() for label in units if label)
    spelling: dict[str, str] = {}
    for label in units:
        if label:
            spelling.setdefault(label.casefold(), label)
    known = {clean_name(person).casefold() for person in people}
    named = {key for key, label in spelling.items() if key in known or could_be_name(label)}
    share = sum(counts[key] for key in named) / max(len(units), 1)
    throughout = share >= _THROUGHOUT
    least_coded = max(2, _SHARE_OF_ONE * sum(counts.values()))
    named |= {key for key, count in counts.items() if _CODED.fullmatch(key) and count >= least_coded}
    accepted = {key for key in named if key in known or counts[key] > 1 or throughout}
    # Roles that come once stand among roles: elsewhere they are words, or say above the conversation who takes part.
    certain = {key for key in named if _is_certain(key)}
    if len(certain) > 1 and accepted <= certain:
        accepted = certain
    # Names in small letters, as in a chat: only where hardly a line goes without a label, and each has its part.
    least = max(2, _SHARE_OF_ONE * len(units)) if accepted else 2
    others = accepted | {key for key, count in counts.items() if count >= least and _is_short(key)}
    if sum(counts[key] for key in others) >= 0.9 * max(len(units), 1):
        accepted = others
    return {key: spelling[key] for key in accepted}


def look_at(units: Sequence[str | None], accepted: Collection[str]) -> list[str]:
    """List labels that may have been misread, one sentence each."""
    counts = Counter(label.casefold() for label in units if label)
    passed = [key for key, count in counts.items() if count > 1 and key not in accepted and _is_short(key)]
    return [f"{name} speaks only once. Check that this is a speaker." for name in _once_only(units, accepted)] + [
        f"“{key}” begins {counts[key]} lines and was not taken for a speaker. If it is one, write it with a capital."
        for key in passed[:_MOST_PASSED]
    ]


def _is_certain(label: str) -> bool:
    return label in _CERTAIN or _ANONYMOUS.fullmatch(label) is not None


def _is_word(word: str) -> bool:
    return any(letter.isalpha() for letter in word) and not _TECHNICAL.search(word)


def _is_short(label: str) -> bool:
    words = label.split()
    return len(words) <= 3 and not set(words) & _NOT_NAMES


def _once_only(units: Sequence[str | None], accepted: Collection[str]) -> list[str]:
    """List the speakers who have one unit only, where three or more speak: worth a look."""
    counts = Counter(label.casefold() for label in units if label)
    first = {label.casefold(): label for label in reversed([label for label in units if label])}
    return [first[key] for key in accepted if counts[key] == 1] if len(accepted) > 2 else []
