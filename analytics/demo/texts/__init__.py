"""What demo people are asked, answer and write: a body of text in TOML files, and interviews put together from it.

Every answer and every piece of code is worded at three levels; which one is spoken follows from the score.
"""

from __future__ import annotations

import json
import math
import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

from analytics.feedback import PLATFORM_FAILURE, PLATFORM_FAILURE_SCORE
from analytics.skills import BY_KEY, SKILL_KEYS

Data = dict[str, Any]
Points = dict[str, list[str]]

LEVELS: Final = ("weak", "middling", "strong")
PARTS: Final = ("strengths", "weaknesses", "recommendations")

# Scores from which an answer is worded as middling and as strong. The second question of a topic goes deeper, so it is
# answered as well only by somebody a little better.
_FIRST: Final = (0.45, 0.70)
_SECOND: Final = (0.52, 0.78)
_CODE: Final = (0.50, 0.76)

_MOST_POINTS: Final = 3
_VERBATIM: Final = ("code", "stdout", "stderr")
_TWO_EXERCISES, _ONE_MORE_TOPIC, _LEAD_IN = 0.2, 0.25, 0.4
_BRIEF: Final[tuple[list[str], ...]] = ([], [], ["technical"], ["problem_solving"])


@dataclass(slots=True)
class Interview:
    """One interview as it was spoken, and the points that can be made about it."""

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
        self.messages.append({"role": role, "content": content, "metadata": metadata or {}})

    def note(self, skill: str, **points: Sequence[str]) -> None:
        """Add points about a skill."""
        for part, texts in points.items():
            self.points[skill][part] += texts


class Candidate:
    """A person of one role while their interviews are held: who they are, and what they have been asked so far."""

    def __init__(self, role: str, seed: str) -> None:
        rng = self._rng = random.Random(seed)
        texts = _texts()
        self._role: Data = next(each for each in texts["role"] if each["key"] == role)
        self._details = _choose(self._role["vary"], rng)
        self._topics = {
            skill: _Deck([topic for topic in _suited(texts["topic"], role) if topic["skill"] == skill], rng)
            for skill in ("communication", "technical", "problem_solving")
        }
        self._exercises = _Deck(_suited(texts["exercise"], role), rng)
        self._openings, self._closings = _Deck(texts["opening"], rng), _Deck(texts["closing"], rng)
        self._companies = _Deck(texts["companies"], rng)
        self._years = rng.randint(2, 9)

    @property
    def resume(self) -> Data:
        """Give what the platform reads out of a résumé."""
        name = self._role["name"]
        return {
            "profile": f"{name} with {self._years} years of experience, lately on {self._details['system']}.",
            "experience": f"{self._years} years as {name.lower()}, in close contact with {self._details['others']}.",
            "education": self._role["degree"],
            "skills": list(self._role["skills"]),
        }

    def interview(self, scores: Mapping[str, float], *, with_code: bool) -> Interview:
        """Hold the next interview, answered as well as the scores say."""
        rng, texts = self._rng, _texts()
        company, business = self._companies.deal()
        words = self._details | {"company": company, "business": business}
        held = Interview(f"{self._role['name']} at {company}", _fill(self._role["job"], words))
        exercises = 0 if not with_code else 2 if rng.random() < _TWO_EXERCISES else 1
        topics = [deck.deal() for deck in self._topics.values()]
        if exercises == 0 or (exercises == 1 and rng.random() < _ONE_MORE_TOPIC):
            topics.append(self._topics[rng.choice(("technical", "problem_solving"))].deal())
        # Two exercises leave no time to go deeper; otherwise one topic in some interviews stays at its first question.
        brief = ["technical", "problem_solving"] if exercises == 2 else rng.choice(_BRIEF)
        bridges = iter(rng.sample(texts["bridges"], len(topics)))
        manner = level_of(scores["communication"])
        lead_ins = rng.sample(texts["lead_ins"].get(manner, []), len(texts["lead_ins"].get(manner, [])))

        _ask(held, self._openings.deal()["ask"][0], "communication", manner, words)
        for topic in rng.sample(topics, len(topics)):
            skill, details, bridge = topic["skill"], _choose(topic["vary"], rng), next(bridges)
            held.topics.append(topic["covers"])
            for ask, bounds in zip(topic["ask"], (_FIRST, _SECOND), strict=True):
                if bounds is _SECOND and skill in brief:
                    break
                level = _level(scores[skill], bounds)
                fits = lead_ins and skill != "communication" and {manner, level} != {"weak", "strong"}
                lead_in = lead_ins.pop() if fits and rng.random() < _LEAD_IN else ""
                _ask(held, ask, skill, level, details, before=bridge if bounds is _FIRST else "", lead_in=lead_in)
        shifts = (0.03, -0.03) if exercises == 2 else (0.0,) * exercises
        for remark, shift in zip(rng.sample(texts["submissions"], exercises), shifts, strict=True):
            quality = round(min(0.99, scores["code_quality"] + shift), 2)
            _write_code(held, self._exercises.deal(), remark, quality, _level(quality, _CODE), rng)
        _ask(held, self._closings.deal()["ask"][0], "communication", manner, words)
        held.say("assistant", rng.choice(texts["thanks"]))
        return held


def level_of(score: float) -> str:
    """Name the level a score's answers are worded at."""
    return _level(score, _FIRST)


def excerpt(level: str, with_code: bool, size: int, rng: random.Random) -> Interview:
    """Hold an interview of about `size` bytes of JSON at one level, at any length and without regard to a person."""
    texts, score = _texts(), {"weak": 0.3, "middling": 0.6, "strong": 0.85}[level]
    role = rng.choice(texts["role"])
    company, business = rng.choice(texts["companies"])
    words = _choose(role["vary"], rng) | {"company": company, "business": business}
    held = Interview(f"{role['name']} at {company}", _fill(role["job"], words))
    length = 0
    if with_code:
        exercise = rng.choice(_suited(texts["exercise"], role["key"]))
        _write_code(held, exercise, texts["submissions"][0], score, level, rng)
        length = len(json.dumps(held.messages))
    while length < size:
        topics = _suited(texts["topic"], role["key"])
        for topic in rng.sample(topics, len(topics)):
            held.topics.append(topic["covers"])
            _ask(held, topic["ask"][0], topic["skill"], level, _choose(topic["vary"], rng))
            length += len(json.dumps(held.messages[-2:]))
            if length >= size:
                break
    return held


def points_about(skill: str, level: str, rng: random.Random) -> Points:
    """Pick what could be said about a skill at one level, from one topic or exercise."""
    held = Interview("", "")
    if skill == "code_quality":
        _write_code(held, rng.choice(_texts()["exercise"]), "", 0.0, level, rng)
    else:
        topic = rng.choice([topic for topic in _texts()["topic"] if topic["skill"] == skill])
        for ask in topic["ask"]:
            _ask(held, ask, skill, level, _choose(topic["vary"], rng))
    return held.points[skill]


def random_name(rng: random.Random) -> str:
    """Make up a name."""
    return f"{rng.choice(_texts()['first_names'])} {rng.choice(_texts()['last_names'])}"


def platform_overall(stored: Mapping[str, float]) -> float:
    """Weigh four stored scores as the platform does, which counts code quality without code as 0."""
    return round(math.fsum(BY_KEY[skill].weight * stored[skill] for skill in SKILL_KEYS), 4)


def feedback_on(scores: Mapping[str, float], held: Interview, older: bool) -> Data:
    """Word feedback as the platform stores it; without code its code quality is 0."""
    quality = _quality(held)
    stored = {skill: quality if skill == "code_quality" else scores[skill] for skill in SKILL_KEYS}
    points = {skill: {part: held.points[skill][part][:_MOST_POINTS] for part in PARTS} for skill in SKILL_KEYS}
    best_first = sorted((skill for skill in SKILL_KEYS if stored[skill]), key=stored.__getitem__, reverse=True)
    strengths = _first_points(points, "strengths", best_first)
    weaknesses = _first_points(points, "weaknesses", best_first[::-1])
    topics = ", ".join(topic[:1].lower() + topic[1:] for topic in held.topics)
    breakdown = {"skill_breakdown": {skill: {"score": stored[skill], **points[skill]} for skill in SKILL_KEYS}}
    return {
        "overall_score": platform_overall(stored),
        **{f"{skill}_score": stored[skill] for skill in SKILL_KEYS},
        **({} if older else breakdown),
        "strengths": strengths,
        "weaknesses": weaknesses,
        "recommendations": _first_points(points, "recommendations", best_first[::-1]),
        "summary": f"{held.title}, on {topics}. The strongest side was {BY_KEY[best_first[0]].label.lower()}; "
        f"most is to be gained in {BY_KEY[best_first[-1]].label.lower()}.",
        "detailed_feedback": " ".join(f"{point}." for point in strengths + weaknesses),
        "topics_covered": list(held.topics),
        "code_submissions_count": len(held.qualities),
        "average_code_quality": quality,
    }


def failed_feedback(held: Interview) -> Data:
    """Word what the platform stores when its own model call failed."""
    quality = _quality(held)
    stored = dict.fromkeys(SKILL_KEYS, PLATFORM_FAILURE_SCORE) | {"code_quality": quality}
    return {
        "overall_score": PLATFORM_FAILURE_SCORE,
        **{f"{skill}_score": stored[skill] for skill in SKILL_KEYS},
        "skill_breakdown": {skill: {"score": stored[skill], **{part: [] for part in PARTS}} for skill in SKILL_KEYS},
        "strengths": [],
        "weaknesses": [PLATFORM_FAILURE],
        "recommendations": ["Review the interview transcript manually"],
        "summary": "Interview completed. Feedback generation encountered an issue.",
        "detailed_feedback": f"{PLATFORM_FAILURE} due to an error.",
        "topics_covered": list(held.topics),
        "code_submissions_count": len(held.qualities),
        "average_code_quality": quality,
    }


def _quality(held: Interview) -> float:
    return round(sum(held.qualities) / len(held.qualities), 2) if held.qualities else 0.0


def _first_points(points: Mapping[str, Mapping[str, list[str]]], part: str, skills: Iterable[str]) -> list[str]:
    return [points[skill][part][0] for skill in skills if points[skill][part]][:_MOST_POINTS]


class _Deck:
    """Things dealt in a shuffled order that comes round again, so that repeats lie as far apart as they can."""

    def __init__(self, things: Sequence[Any], rng: random.Random) -> None:
        self._things = rng.sample(things, len(things))
        self._dealt = 0

    def deal(self) -> Any:
        self._dealt += 1
        return self._things[(self._dealt - 1) % len(self._things)]


def _ask(
    held: Interview,
    ask: Data,
    skill: str,
    level: str,
    words: Mapping[str, str],
    *,
    before: str = "",
    lead_in: str = "",
) -> None:
    held.say("assistant", f"{before} {_fill(ask['question'], words)}".strip())
    held.say("user", f"{lead_in} {_fill(ask[level], words)}".strip())
    if "recommendation" in ask:  # closing questions are not judged
        found = {part: [ask[part][level]] for part in ("strengths", "weaknesses") if level in ask[part]}
        held.note(skill, **found, recommendations=[ask["recommendation"]] if level != "strong" else [])


def _write_code(
    held: Interview,
    exercise: Data,
    remark: str,
    quality: float,
    level: str,
    rng: random.Random,
) -> None:
    review: Data = exercise[level]
    begin = "One more exercise." if held.qualities else "Let us write some code, please use the editor."
    held.say("assistant", f"{begin} {exercise['prompt']}")
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
    held.say("user", remark, submission)
    held.say("assistant", exercise["ask"]["question"])
    held.say("user", exercise["ask"][level])
    held.topics.append(exercise["covers"])
    held.qualities.append(quality)
    held.note(
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
        found = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        texts["topic"] += found.pop("topic", [])
        texts |= found
    unwrapped: Data = _unwrapped(texts)
    return unwrapped


def _unwrapped(value: Any, name: str = "") -> Any:
    """Take the line breaks out of prose; code and what it printed keep theirs."""
    if isinstance(value, str) and name not in _VERBATIM:
        return " ".join(value.split())
    if isinstance(value, list):
        return [_unwrapped(each) for each in value]
    if isinstance(value, dict):
        return {key: _unwrapped(each, key) for key, each in value.items()}
    return value


def _suited(things: Sequence[Data], role: str) -> list[Data]:
    return [thing for thing in things if role in thing["roles"]]


def _level(score: float, bounds: tuple[float, float]) -> str:
    return LEVELS[sum(score >= bound for bound in bounds)]


def _choose(vary: Mapping[str, Sequence[str]], rng: random.Random) -> dict[str, str]:
    """Choose one wording of each detail; a name with a capital letter gives it as the start of a sentence."""
    chosen = {name: rng.choice(wordings) for name, wordings in vary.items()}
    return chosen | {name.capitalize(): text[:1].upper() + text[1:] for name, text in chosen.items()}


def _fill(text: str, words: Mapping[str, str]) -> str:
    return Template(text).substitute(words)
