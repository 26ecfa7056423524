"""Recorded answers: a coach's findings on demo interviews, replayed through the pipeline like a model's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Self

from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.plain_text import plain
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.llm.texts import CLAIM_RULES
from analytics.breakdown.outcomes import Outcome
from analytics.skills import SKILL_KEYS, SKILLS

Data = dict[str, Any]

ANSWERS: Final = files("analytics.demo") / "answers"
_SKILL: Final = {f'skill "{skill.label}"': skill.key for skill in SKILLS}
# In a repair it is said that the task was answered before; what was recorded is all there is.
_AGAIN: Final = "You have answered this task before."
# A claim as it is numbered in the question about support, and in the ratings.
_ASKED: Final = re.compile(r"^(\d+)\. [a-z ]+: (.*)$", re.MULTILINE)
_OBSERVED: Final = re.compile(r"^- [a-z ]+ \([^)]*\): (.*) \[(\d+)\]$", re.MULTILINE)
# What a claim is called in a file, and whether what is cited shows it; shown unless it says otherwise.
_TEXTS: Final = ("text", "practise")
_VERDICTS: Final = "shows"


@dataclass(frozen=True, slots=True)
class RecordedInterview:
    """The answers for one interview: findings for each skill, levels, and priorities."""

    transcript: str
    title: str
    skills: Mapping[str, Data]
    priorities: tuple[Data, ...]

    def points(self, skill: str) -> Data:
        """Return the findings for a skill, as a model's answer; empty if nothing is recorded."""
        recorded = self.skills.get(skill, {})
        return {name: [_bare(entry) for entry in recorded.get(name, ())] for name in Points.model_fields}

    def levels(self, skill: str) -> tuple[int, ...]:
        """Return the levels given to a skill."""
        return tuple(self.skills.get(skill, {}).get("levels", ()))

    def shows(self, text: str) -> str:
        """Return whether the cited lines show a claim: yes, partly or no."""
        for recorded in self.skills.values():
            for name in Points.model_fields:
                for entry in recorded.get(name, ()):
                    if any(plain(entry[key]) == text for key in _TEXTS if key in entry):
                        return str(entry.get(_VERDICTS, "yes"))
        return "yes"


class Recording:
    """All recorded answers, by transcript fingerprint."""

    def __init__(self, recorded: Iterable[RecordedInterview]) -> None:
        self._recorded = {interview.transcript: interview for interview in recorded}

    @classmethod
    def read(cls) -> Self:
        """Read the files of this package."""
        return cls(interview for file in sorted(ANSWERS.iterdir(), key=str) for interview in _read(file.read_text()))

    @property
    def interviews(self) -> tuple[RecordedInterview, ...]:
        """Return the interviews that have answers."""
        return tuple(self._recorded.values())

    def knows(self, transcript_hash: str) -> bool:
        """Return whether there are answers for this interview."""
        return transcript_hash[:_KEY] in self._recorded

    def ask(self, call: Call) -> Reply:
        """Answer a call as a model would; calls about other interviews have no answer."""
        interview = self._recorded.get(call.cache_key[:_KEY])
        if interview is None:
            return Reply(outcome=Outcome.NOT_CONFIGURED)
        if call.answer == "support":
            return Reply(answer=_support(interview, call))
        return _read_rating(interview, call) if call.answer == "rating" else Reply(answer=_points(interview, call))


_KEY: Final = 32


def _points(interview: RecordedInterview, call: Call) -> Data:
    skill = next(key for label, key in _SKILL.items() if label in call.prompt)
    return {name: [] for name in Points.model_fields} if _AGAIN in call.prompt else interview.points(skill)


def _support(interview: RecordedInterview, call: Call) -> Data:
    verdicts = [
        {"claim": int(number), "shows": interview.shows(text), "contradicts": False, "on_question": True}
        for number, text in _ASKED.findall(call.prompt)
    ]
    return {"verdicts": verdicts}


def _read_rating(interview: RecordedInterview, call: Call) -> Reply:
    """Return as many levels as are wanted: the first ones, and in the other order, which wants fewer, the last ones."""
    by_claims = call.instructions == CLAIM_RULES
    numbers = {text: int(number) for text, number in _OBSERVED.findall(call.prompt)}
    priorities = [
        {"claim": numbers[plain(entry["text"])], "reason": entry["reason"]}
        for entry in interview.priorities
        if plain(entry["text"]) in numbers
    ]
    given: dict[str, tuple[int, ...]] = {}
    for skill in SKILL_KEYS:
        levels = interview.levels(skill)
        if not levels:
            continue
        if by_claims:
            given[skill] = (sorted(levels)[len(levels) // 2],)
        else:
            given[skill] = levels[: call.choices] if 2 * call.choices > len(levels) else levels[-call.choices :]
    choices = [
        {"levels": [{"skill": skill, "level": levels[place]} for skill, levels in given.items()], "priorities": []}
        for place in range(min((len(levels) for levels in given.values()), default=0))
    ]
    if not choices:
        return Reply(outcome=Outcome.BAD_ANSWER)
    return Reply(answer=choices[0] | {"priorities": priorities}, further=tuple(choices[1:]))


def _read(text: str) -> list[RecordedInterview]:
    return [
        RecordedInterview(
            transcript=entry["transcript"],
            title=entry["title"],
            skills={skill: entry[skill] for skill in SKILL_KEYS if skill in entry},
            priorities=tuple(entry.get("priorities", ())),
        )
        for entry in tomllib.loads(text)["interview"]
    ]


def _bare(entry: Data) -> Data:
    return {name: value for name, value in entry.items() if name != _VERDICTS}
