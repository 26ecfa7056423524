"""Redaction before anything is sent to a model: names, addresses, numbers, schools, links, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

# Scripts as Unicode has them, which the standard library's `re` does not know.
import regex

from analytics.breakdown.reading.credentials import hide_secrets
from analytics.breakdown.reading.injection import addresses_grader
from analytics.breakdown.reading.names import (
    EVERYDAY,
    MOST_NAMES,
    any_of,
    greeted_names,
    hide_introduced_names,
    introduced_names,
    longest_first,
    with_parts,
)
from analytics.breakdown.reading.transcript import Transcript
from analytics.breakdown.records import Record
from analytics.interviewlab.conversation import Conversation, Speaker
from analytics.text import clean, one_line
from analytics.transcripts.labels import person_named

_MOST_ENTRIES: Final = 2_000
_MOST_FACTS: Final = 60
# Of a resume, which may come from anywhere: levels within one another, and digits, that no honest one has.
_DEEPEST: Final = 16
_LARGEST_NUMBER: Final = 10**30
# Longer texts are read in pieces, so that the time they take grows with their length alone.
_WINDOW: Final = 2_000

_BEFORE: Final = r"(?<![\p{Latin}\p{N}_.+%\-])"
_EMAIL: Final = regex.compile(
    _BEFORE
    + r"[\p{L}\p{M}\p{N}_.+%\-]{1,64}+@(?:[\p{L}\p{M}\p{N}\-]{1,63}\.){1,8}(?!(?:shape|mean|sum|dot|conj|transpose|"
    r"reshape|astype|flatten|values|data|real|imag|grad|to|"
    r"items|keys|copy|size|ndim|dtype|numpy|inv|norm|cpu|cuda|view|permute|squeeze|max|min|diag|trace|ravel|tolist|detach|"
    r"weight|bias)\b)[\p{L}\p{M}]{2,24}(?![\p{L}\p{N}_(])"
)
_LINK: Final = regex.compile(
    r"(?:https?|ftp)://[^\s<>\"']+|\bwww\.[^\s<>\"']+"
    r"|\b(?:linkedin|github|gitlab|facebook|instagram|twitter|x|medium)\.com/[^\s<>\"']+",
    regex.IGNORECASE,
)
# A telephone number has its plus, is grouped like one, or stands beside words or letters that say so.
_PHONE: Final = regex.compile(
    r"(?<![\p{Latin}\p{N}_.,+/\-])(?<!\d )(?:"
    r"(?:\+|00)[(]?[1-9]\d{0,2}[)]?(?:[ ./\-]{0,2}[(]?\d{1,6}[)]?){2,6}"
    r"|[(](?!(?:19|20)\d\d[)])\d{2,5}[)](?:[ ./\-]{0,2}\d{2,8}){1,4}|0\d{2,5}[ /\-]{1,3}\d{2,8}(?:[ \-]\d{2,8}){0,4}"
    r"|0\d(?:[ .]\d\d){4}|\d{3}[ .\-]\d{3}[ .\-]\d{4}"
    r")(?![\p{Latin}\p{N}_%]|\.\d)"
)
_CALLED: Final = regex.compile(
    r"(?i:\b(?:phone|tel|telephone|mobile|cell|call|text|whatsapp|ring|handy|telefon|tel[ée]fono|t[ée]l[ée]phone|"
    r"celular)\b"
    r"|тел|电话|電話|手机|手機|携帯|전화|फ़ोन|هاتف|جوال)"
    r"\P{N}{0,20}?\K(?<![.,])\+?\d(?:[ ()./\-]{0,2}\d){6,14}(?![\p{Latin}\p{N}_%.])"
)
_BESIDE_LETTERS: Final = regex.compile(
    r"(?V1)(?<=[[\p{L}\p{M}]--\p{Latin}] ?)(?:0\d{8,10}|1[3-9]\d{9}|٠\d{8,10})(?![\p{Latin}\p{N}_%.])"
    r"|(?<![\p{Latin}\p{N}_.,+])(?:0\d{8,10}|1[3-9]\d{9}|٠\d{8,10})(?= ?[[\p{L}\p{M}]--\p{Latin}])"
)
_NO_PHONE: Final = regex.compile(r"\d{4}-\d\d-\d\d|\d{1,3}(?:\.\d{1,3}){3}$|\+\d+\.\d+$")
_CAPITAL: Final = r"\p{Lu}[\p{L}\p{M}\p{N}_'’\-]{1,40}+"
_SCHOOL: Final = regex.compile(
    rf"\b(?!(?:The|A|An|My|Our|This|That|Each|Every|Some|Any|New)\b)(?:{_CAPITAL} ){{0,3}}{_CAPITAL} "
    rf"(?:University|College|Polytechnic|Institute of Technology)\b"
    rf"|\b(?:University|College|Institute of Technology) (?:of|at) (?:the )?{_CAPITAL}(?: (?:and )?{_CAPITAL}){{0,3}}"
)
_AUTHOR: Final = regex.compile(
    r"(@author[ \t]+|"
    r"^[\s#/*;%\-\"'<!]{1,20}+(?:Authors?|Written by|Created by|作者)[ \t]*[:：]?[ \t]*(?=[\p{Lu}\p{Lo}]))"
    r"([^\n*/]+)|(\b__author__[ \t]*=[ \t]*[\"'])([^\"'\n]+)"
    rf"|(\b(?:Authors?|Written by|Created by)[ \t]*:[ \t]+)({_CAPITAL}(?: \p{{Lu}}[\p{{L}}.'’\-]{{0,40}}+){{1,3}})",
    regex.MULTILINE,
)
_PERSON_KEYS: Final = frozenset(
    {"full_name", "fullname", "first_name", "last_name", "firstname", "lastname", "surname", "candidate_name"}
)
_PERSON_PARENTS: Final = frozenset(
    {"", "personal_info", "personal", "personal_details", "profile", "contact", "basics", "candidate", "user"}
)
_EDUCATION_KEYS: Final = frozenset({"education", "schools", "academics"})
_SCHOOL_KEYS: Final = frozenset({"institution", "school", "university", "college", "name", "organization"})
_TITLE_KEYS: Final = frozenset({"title", "position", "role", "job_title"})
_SKILL: Final = regex.compile(r"[\w][\w+#./& \-]{0,39}")


class Private(Record):
    """The known names of the candidate and of schools, longest first."""

    names: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """Replace whatever identifies a person or grants access with a word in brackets; line ends stay in place."""
        if len(text) <= _WINDOW:
            return self._redact(text)
        pieces: list[str] = []
        start = 0
        while start < len(text):
            end = min(start + _WINDOW, len(text))
            if end < len(text):
                space = max(text.rfind(" ", start + _WINDOW // 2, end), text.rfind("\n", start + _WINDOW // 2, end))
                end = space + 1 if space >= 0 else end
            pieces.append(self._redact(text[start:end]))
            start = end
        return "".join(pieces)

    def _redact(self, text: str) -> str:
        text = hide_secrets(text)
        text = _EMAIL.sub("[email]", text)
        text = _LINK.sub("[link]", text)
        text = _CALLED.sub("[phone]", text)
        text = _PHONE.sub(lambda found: "[phone]" if _is_phone(found.group()) else found.group(), text)
        text = _BESIDE_LETTERS.sub("[phone]", text)
        text = _AUTHOR.sub(lambda found: f"{found[1] or found[3] or found[5]}[name]", text)
        text = _SCHOOL.sub("[school]", text)
        if self.schools:
            text = any_of(self.schools, ignore_case=True).sub("[school]", text)
        text = hide_introduced_names(text)
        if not self.names:
            return text
        text = any_of(tuple(name for name in self.names if " " in name), ignore_case=True).sub("[name]", text)
        # A single name may be an everyday word ("Will", "Mark"): it is one only with its capital, or in a sentence
        # without any.
        single = tuple(name for name in self.names if " " not in name)
        text = any_of(single, ignore_case=False).sub("[name]", text)
        if text == text.lower() and not _CODE.search(text):
            small = tuple(name for name in single if name.lower() not in EVERYDAY and len(name) > 2)
            text = any_of(small, ignore_case=True).sub("[name]", text)
        return text


# What is written in signs is code, and its small letters are no manner of speaking.
_CODE: Final = regex.compile(r"[=(){};<>\\]|\w\.\w|_")


def find_private(transcript: Transcript, resume_context: object, names: tuple[str, ...] = ()) -> Private:
    """Collect the names to redact: given ones, the resume's, and those by which the candidate is introduced or greeted.

    At most `MOST_NAMES` of people and as many of schools, the surest first.
    """
    people: dict[str, None] = dict.fromkeys(names)
    schools: dict[str, None] = {}
    for path, key, value in islice(_strings(resume_context), _MOST_ENTRIES):
        parent = path[-1] if path else ""
        if key in _PERSON_KEYS or (key == "name" and parent in _PERSON_PARENTS):
            people[value] = None
        elif key in _SCHOOL_KEYS and _EDUCATION_KEYS.intersection(path):
            schools[value] = None
    for turn in transcript.turns:
        if turn.speaker == "interviewer":
            people.update(dict.fromkeys(greeted_names(turn.text)))
        else:
            people.update((name, None) for sentence in turn.sentences for name in introduced_names(sentence.text))
        if len(people) > MOST_NAMES:
            break
    return Private(names=longest_first(with_parts(people)), schools=longest_first(schools))


def labelled_names(conversation: Conversation) -> tuple[str, ...]:
    """Return the names by which an added transcript calls the candidate; roles and numbers are none."""
    labels = {turn.name for turn in conversation.turns if turn.speaker is Speaker.CANDIDATE}
    return tuple(filter(None, map(person_named, sorted(labels))))


def resume_facts(resume_context: object, private: Private) -> tuple[str, ...]:
    """Reduce a resume to facts that do not identify: skills, job titles and years of experience, at most 60."""
    facts: dict[str, None] = {}
    for path, key, value in islice(_strings(resume_context), _MOST_ENTRIES):
        if len(facts) >= _MOST_FACTS:
            break
        names = {key, *path}
        if any("skill" in name or "technolog" in name for name in names):
            entries = [entry.strip() for entry in regex.split(r"[,;|\n]", value)[:_MOST_FACTS]]
        elif (key in _TITLE_KEYS and not _EDUCATION_KEYS.intersection(path)) or "years" in key:
            entries = [f"{value} years of experience" if value.isdigit() else value]
        else:
            continue
        for entry in entries:
            if _SKILL.fullmatch(entry) and private.redact(entry) == entry and not addresses_grader(entry):
                facts[entry] = None
    return tuple(facts)[:_MOST_FACTS]


def _strings(
    value: object, path: tuple[str, ...] = (), key: str = "", depth: int = 0
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    # Every text and number in a resume that is nested no deeper than any of them, with the keys that lead to it.
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, entry in value.items():
            yield from _strings(entry, (*path, key) if key else path, str(name).strip().lower(), depth + 1)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry, path, key, depth + 1)
    elif isinstance(value, str | float) or (type(value) is int and abs(value) < _LARGEST_NUMBER):
        text = one_line(clean(str(value)).text)
        if text:
            yield path, key, text


def _is_phone(text: str) -> bool:
    groups = regex.findall(r"\d+", text)
    grouped = not text.startswith(("+", "00", "0", "(")) and all(len(group) == 3 for group in groups[1:])
    return 9 <= sum(map(len, groups)) <= 15 and not grouped and not _NO_PHONE.match(text)
