"""The demo's questions, answers and code: texts in TOML files, and interviews composed from them.

Every answer and every piece of code is worded at three levels; which one is spoken follows from the score.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

from analytics.skills import SKILL_KEYS

Data = dict[str, Any]
Points = dict[str, list[str]]

LEVELS: Final = ("weak", "middling", "strong")
PARTS: Final = ("strengths", "weaknesses", "recommendations")

# Scores from which an answer is worded as middling and as strong. The second question of a topic goes deeper, so it is
# answered as well only by somebody a little better.
_FIRST: Final = (0.45, 0.70)
_SECOND: Final = (0.52, 0.78)
_CODE: Final = (0.50, 0.76)

# What a timestamp adds to a message as it is stored.
_TIMESTAMP: Final = 43
_VERBATIM: Final = ("code", "stdout", "stderr")
_TWO_EXERCISES, _ONE_MORE_TOPIC, _LEAD_IN = 0.2, 0.25, 0.4
_BRIEF: Final[tuple[list[str], ...]] = ([], [], ["technical"], ["problem_solving"])


@dataclass(slots=True)
class Interview:
    """One interview as spoken, and the points that can be made about it."""

    title: str
    job_description: str
    messages: list[Data] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    points: dict[str, Points] = field(default_factory=lambda: {key: {part: [] for part in PARTS} for key in SKILL_KEYS})
    qualities: list[float] = field(default_factory=list)

    @property
    def turns(self) -> int:
        """Count what the candidate said."""
        return sum(message["role"] == "user" for message in self.messages)

    def say(self, role: str, content: str, metadata: Data | None = None) -> None:
        """Add one message."""
        self.messages.append({"role": role, "content": content} | ({"metadata": metadata} if metadata else {}))

    def note(self, skill: str, **points: Sequence[str]) -> None:
        """Add points about a skill."""
        for part, texts in points.items():
            self.points[skill][part] += texts


class Candidate:
    """A person with one role during their interviews: who they are, and what they have been asked so far."""

    def __init__(self, role: str, seed: str) -> None:
        rng = self._rng = random.Random(seed)
        texts = _texts()
        self._role: Data = next(each for each in texts["role"] if each["key"] == role)
        self._details = _choose(self._role["vary"], rng)
        self._topics = {
            skill: _Deck([topic for topic in _select_for(texts["topic"], role) if topic["skill"] == skill], rng)
            for skill in ("communication", "technical", "problem_solving")
        }
        self._exercises = _Deck(_select_for(texts["exercise"], role), rng)
        self._openings, self._closings = _Deck(texts["opening"], rng), _Deck(texts["closing"], rng)
        self._companies = _Deck(texts["companies"], rng)
        self._years = rng.randint(2, 9)

    @property
    def resume(self) -> dict[str, str]:
        """Return what the platform reads out of a résumé, which is a text for each of its parts."""
        name = self._role["name"]
        return {
            "profile": f"{name} with {self._years} years of experience, most recently on {self._details['system']}.",
            "experience": f"{self._years} years as a {name.lower()}, working closely with {self._details['others']}.",
            "education": self._role["degree"],
            "skills": ", ".join(self._role["skills"]),
        }

    def interview(self, scores: Mapping[str, float], *, with_code: bool, behavioural: bool = False) -> Interview:
        """Compose the next interview, answered as well as the scores say; a behavioural one is mostly about people."""
        rng, texts = self._rng, _texts()
        company, business = self._companies.deal()
        words = self._details | {"company": company, "business": business}
        interview = Interview(f"{self._role['name']} at {company}", _fill(self._role["job"], words))
        exercises = 0 if not with_code else 2 if rng.random() < _TWO_EXERCISES else 1
        topics = [deck.deal() for deck in self._topics.values()]
        if behavioural:
            topics.append(self._topics["communication"].deal())
        elif exercises == 0 or (exercises == 1 and rng.random() < _ONE_MORE_TOPIC):
            topics.append(self._topics[rng.choice(("technical", "problem_solving"))].deal())
        # Two exercises leave no time to go deeper; otherwise one topic in some interviews stays at its first question.
        brief = ["technical", "problem_solving"] if exercises == 2 else rng.choice(_BRIEF)
        bridges = iter(rng.sample(texts["bridges"], len(topics)))
        manner = level_of(scores["communication"])
        lead_ins = rng.sample(texts["lead_ins"].get(manner, []), len(texts["lead_ins"].get(manner, [])))

        _ask(interview, self._openings.deal()["ask"][0], "communication", manner, words)
        for topic in rng.sample(topics, len(topics)):
            skill, details, bridge = topic["skill"], _choose(topic["vary"], rng), next(bridges)
            interview.topics.append(topic["covers"])
            for ask, bounds in zip(topic["ask"], (_FIRST, _SECOND), strict=True):
                if bounds is _SECOND and skill in brief:
                    break
                level = _level(scores[skill], bounds)
                fits = lead_ins and skill != "communication" and {manner, level} != {"weak", "strong"}
                lead_in = lead_ins.pop() if fits and rng.random() < _LEAD_IN else ""
                _ask(interview, ask, skill, level, details, before=bridge if bounds is _FIRST else "", lead_in=lead_in)
        shifts = (0.03, -0.03) if exercises == 2 else (0.0,) * exercises
        for remark, shift in zip(rng.sample(texts["submissions"], exercises), shifts, strict=True):
            quality = round(min(0.99, scores["code_quality"] + shift), 2)
            _write_code(interview, self._exercises.deal(), remark, quality, level=_level(quality, _CODE), rng=rng)
        _ask(interview, self._closings.deal()["ask"][0], "communication", manner, words)
        interview.say("assistant", rng.choice(texts["thanks"]))
        return interview


def level_of(score: float) -> str:
    """Return the level at which a score's answers are worded."""
    return _level(score, _FIRST)


def excerpt(level: str, with_code: bool, size: int, rng: random.Random) -> Interview:
    """Compose an interview of about `size` bytes of JSON at one level, regardless of the person."""
    texts, score = _texts(), {"weak": 0.3, "middling": 0.6, "strong": 0.85}[level]
    role = rng.choice(texts["role"])
    company, business = rng.choice(texts["companies"])
    words = _choose(role["vary"], rng) | {"company": company, "business": business}
    interview = Interview(f"{role['name']} at {company}", _fill(role["job"], words))
    length = 0
    if with_code:
        exercise = rng.choice(_select_for(texts["exercise"], role["key"]))
        _write_code(interview, exercise, texts["submissions"][0], score, level=level, rng=rng)
        length = len(json.dumps(interview.messages))
    while length < size:
        topics = _select_for(texts["topic"], role["key"])
        for topic in rng.sample(topics, len(topics)):
            interview.topics.append(topic["covers"])
            _ask(interview, topic["ask"][0], topic["skill"], level, _choose(topic["vary"], rng))
            length += len(json.dumps(interview.messages[-2:])) + 2 * _TIMESTAMP
            if length >= size:
                break
    return interview


def points_about(skill: str, level: str, rng: random.Random) -> Points:
    """Return points about a skill at one level, from one topic or exercise."""
    interview = Interview("", "")
    if skill == "code_quality":
        _write_code(interview, rng.choice(_texts()["exercise"]), "", 0.0, level=level, rng=rng)
    else:
        topic = rng.choice([topic for topic in _texts()["topic"] if topic["skill"] == skill])
        for ask in topic["ask"]:
            _ask(interview, ask, skill, level, _choose(topic["vary"], rng))
    return interview.points[skill]


def random_name(rng: random.Random) -> str:
    """Make up a name."""
    return f"{rng.choice(_texts()['first_names'])} {rng.choice(_texts()['last_names'])}"


class _Deck:
    """Things dealt in a shuffled order that comes round again, so that repeats lie as far apart as they can."""

    def __init__(self, things: Sequence[Any], rng: random.Random) -> None:
        self._things = rng.sample(things, len(things))
        self._dealt = 0

    def deal(self) -> Any:
        self._dealt += 1
        return self._things[(self._dealt - 1) % len(self._things)]


def _ask(
    interview: Interview,
    ask: Data,
    skill: str,
    level: str,
    words: Mapping[str, str],
    *,
    before: str = "",
    lead_in: str = "",
) -> None:
    interview.say("assistant", f"{before} {_fill(ask['question'], words)}".strip())
    interview.say("user", f"{lead_in} {_fill(ask[level], words)}".strip())
    if "recommendation" in ask:  # closing questions are not judged
        points = {part: [ask[part][level]] for part in ("strengths", "weaknesses") if level in ask[part]}
        interview.note(skill, **points, recommendations=[ask["recommendation"]] if level != "strong" else [])


def _write_code(
    interview: Interview, exercise: Data, remark: str, quality: float, *, level: str, rng: random.Random
) -> None:
    review: Data = exercise[level]
    begin = "One more exercise." if interview.qualities else "Let's write some code. Please use the editor."
    interview.say("assistant", f"{begin} {exercise['prompt']}")
    one, other = rng.randint(-3, 3) / 100, rng.randint(-3, 3) / 100  # scatter that leaves the mean where it is
    parts = (quality + one, quality - one, quality + other, quality - other)
    kinds = ("correctness_score", "efficiency_score", "readability_score", "best_practices_score")
    errors, printed = review.get("stderr", ""), review["stdout"]
    stopped = bool(errors and not printed)
    submission = {
        "type": "code_review",
        "language": exercise["language"],
        "code": review["code"],
        "code_quality": {
            "quality_score": quality,
            **{kind: round(min(1.0, max(0.0, part)), 2) for kind, part in zip(kinds, parts, strict=True)},
            "strengths": list(review["strengths"]),
            "weaknesses": list(review["weaknesses"]),
            "feedback": review["feedback"],
            "suggestions": list(review["suggestions"]),
        },
        "execution_result": {
            "stdout": printed,
            "stderr": errors,
            "exit_code": int(stopped),
            "execution_time_ms": rng.randint(30, 400),
            "success": not stopped,
            "error": None,
        },
    }
    interview.say("user", remark, submission)
    interview.say("assistant", exercise["ask"][level]["question"])
    interview.say("user", exercise["ask"][level]["answer"])
    interview.topics.append(exercise["covers"])
    interview.qualities.append(quality)
    interview.note(
        "code_quality",
        strengths=review["strengths"],
        weaknesses=review["weaknesses"],
        recommendations=review["suggestions"],
    )


@cache
def _texts() -> Data:
    folder = files(__package__)
    texts: Data = {"topic": []}
    for name in ("interviews", "exercises", "technical", "problem_solving", "communication"):
        document = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        texts["topic"] += document.pop("topic", [])
        texts |= document
    unwrapped: Data = _unwrap(texts)
    return unwrapped


def _unwrap(value: Any, name: str = "") -> Any:
    """Remove the line breaks from prose; code and what it printed keep theirs."""
    if isinstance(value, str) and name not in _VERBATIM:
        return " ".join(value.split())
    if isinstance(value, list):
        return [_unwrap(each) for each in value]
    if isinstance(value, dict):
        return {key: _unwrap(each, key) for key, each in value.items()}
    return value


def _select_for(things: Sequence[Data], role: str) -> list[Data]:
    return [thing for thing in things if role in thing["roles"]]


def _level(score: float, bounds: tuple[float, float]) -> str:
    return LEVELS[sum(score >= bound for bound in bounds)]


def _choose(vary: Mapping[str, Sequence[str]], rng: random.Random) -> dict[str, str]:
    """Choose one wording of each detail; a name with a capital letter gives it as the start of a sentence."""
    choices = {name: rng.choice(wordings) for name, wordings in vary.items()}
    return choices | {name.capitalize(): text[:1].upper() + text[1:] for name, text in choices.items()}


def _fill(text: str, words: Mapping[str, str]) -> str:
    return Template(text).substitute(words)
