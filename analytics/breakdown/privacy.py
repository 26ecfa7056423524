"""What is taken out before anything leaves for a model: names, addresses, numbers, schools, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from analytics.breakdown.cleaning import clean, one_line
from analytics.breakdown.injection import addresses_grader
from analytics.breakdown.records import Record
from analytics.breakdown.transcript import Transcript

_EMAIL: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LINK: Final = re.compile(
    r"(?:https?|ftp)://[^\s<>\"']+|\bwww\.[^\s<>\"']+"
    r"|\b(?:linkedin|github|gitlab|facebook|instagram|twitter|x|medium)\.com/[^\s<>\"']+",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d{1,4}\)?(?:[ ./\-]{0,2}\(?\d{2,4}\)?){2,5}(?![\w%])")
_CAPITAL: Final = r"[A-Z][\w'’\-]+"
_SCHOOL: Final = re.compile(
    rf"\b(?:{_CAPITAL} ){{0,3}}{_CAPITAL} (?:University|College|Polytechnic|Institute of Technology)\b"
    rf"|\b(?:University|College|Institute of Technology) (?:of|at) (?:the )?{_CAPITAL}(?: (?:and )?{_CAPITAL}){{0,3}}"
)
_INTRODUCED: Final = re.compile(
    rf"\b(?:[Mm]y (?:full )?name(?:['’]s| is)|[Pp]eople call me|[Yy]ou can call me|"
    rf"[Ii] am called)[ ]+({_CAPITAL}(?: {_CAPITAL}){{0,3}})"
)
_GREETED: Final = re.compile(
    rf"\b(?:Hi|Hello|Hey|Welcome|Dear|Thanks|Thank you)(?: so much| again)?,? ({_CAPITAL})(?=[\s,.!?;:—–-])"
)
_AUTHOR: Final = re.compile(r"(@author[ \t]+|\b(?:Author|Written by|Created by)[ \t]*:?[ \t]+)([^\n*/]+)")
_NOT_NAMES: Final = frozenset(
    "There Everyone All Team Folks Again Back For So That This It You Your Yes No And But The To In On Now I I'm I've "
    "Claude Great Good Nice Well Today Sure Okay OK".split()
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
_SKILL: Final = re.compile(r"[\w][\w+#./& \-]{0,39}")


class Private(Record):
    """Names of the candidate and of schools, as far as they are known, longest first."""

    names: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """Replace what identifies someone by a word in brackets; line ends stay where they are."""
        text = _EMAIL.sub("[email]", text)
        text = _LINK.sub("[link]", text)
        text = _PHONE.sub(lambda found: "[phone]" if _is_phone(found.group()) else found.group(), text)
        text = _AUTHOR.sub(r"\1[name]", text)
        for school in self.schools:
            text = re.sub(rf"(?<!\w){re.escape(school)}(?!\w)", "[school]", text, flags=re.IGNORECASE)
        text = _SCHOOL.sub("[school]", text)
        text = _INTRODUCED.sub(lambda found: found.group().replace(found[1], "[name]"), text)
        for name in self.names:
            # A single name may be an everyday word ("Will", "Mark"): it is one only with its capital.
            flags = re.IGNORECASE if " " in name else 0
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", text, flags=flags)
        return text


def find_private(transcript: Transcript, resume_context: object, names: tuple[str, ...] = ()) -> Private:
    """Collect the names to take out: given ones, the resume's, and how the candidate is introduced or greeted."""
    people: set[str] = set(names)
    schools: set[str] = set()
    for path, key, value in _strings(resume_context):
        parent = path[-1] if path else ""
        if key in _PERSON_KEYS or (key == "name" and parent in _PERSON_PARENTS):
            people.add(value)
        elif key in _SCHOOL_KEYS and _EDUCATION_KEYS.intersection(path):
            schools.add(value)
    for turn in transcript.turns:
        if turn.speaker == "interviewer":
            people.update(name for name in _GREETED.findall(turn.text) if name not in _NOT_NAMES)
        else:
            for sentence in turn.sentences:
                people.update(_INTRODUCED.findall(sentence.text))
    parts = {part.strip(".,") for person in people for part in person.split() if part[:1].isupper()}
    return Private(names=_longest_first(people | parts), schools=_longest_first(schools))


def resume_facts(resume_context: object, private: Private) -> tuple[str, ...]:
    """Reduce a resume to what does not identify: skills, job titles and years of experience, at most 60 in all."""
    facts: dict[str, None] = {}
    for path, key, value in _strings(resume_context):
        names = {key, *path}
        if any("skill" in name or "technolog" in name for name in names):
            entries = [entry.strip() for entry in re.split(r"[,;|\n]", value)]
        elif (key in _TITLE_KEYS and not _EDUCATION_KEYS.intersection(path)) or "years" in key:
            entries = [f"{value} years of experience" if value.isdigit() else value]
        else:
            continue
        for entry in entries:
            if _SKILL.fullmatch(entry) and private.redact(entry) == entry and not addresses_grader(entry):
                facts[entry] = None
    return tuple(facts)[:60]


def _strings(value: object, path: tuple[str, ...] = (), key: str = "") -> Iterator[tuple[tuple[str, ...], str, str]]:
    # Every text and number in a resume, with the keys that lead to it.
    if isinstance(value, Mapping):
        if len(path) < 8:
            for name, entry in value.items():
                yield from _strings(entry, (*path, key) if key else path, str(name).strip().lower())
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry, path, key)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        text = one_line(clean(str(value)).text)
        if text:
            yield path, key, text


def _is_phone(text: str) -> bool:
    return 9 <= sum(character.isdigit() for character in text) <= 15


def _longest_first(names: set[str]) -> tuple[str, ...]:
    cleaned = {one_line(clean(name).text) for name in names}
    return tuple(sorted((name for name in cleaned if len(name) > 1), key=lambda name: (-len(name), name)))
