"""What each skill means and what the levels 1 to 5 look like, as the model reads it and the page shows it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

LEVELS: Final = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What counts for a skill, what does not, and an anchor for each level from 1 to 5."""

    looks_at: str
    leaves_out: str
    anchors: tuple[str, str, str, str, str]

    def anchor(self, level: float) -> str:
        """Give the anchor nearest to a level, also one that lies between two."""
        return self.anchors[min(max(round(level), 1), 5) - 1]


RUBRICS: Final[Mapping[str, Rubric]] = {
    "communication": Rubric(
        looks_at="whether the answers address the question, are ordered so that one can follow, say plainly what is "
        "meant, and "
        "fit the listener",
        leaves_out="whether what is said is technically right; accent, spelling, typing mistakes and length",
        anchors=(
            "Answers miss the question or cannot be followed; the listener has to guess what was meant.",
            "The point can be found, but it is buried, circular or vague; follow-up questions are needed for the "
            "basics.",
            "Answers address the question and can be followed; structure or precision is missing in places.",
            "Answers lead with the point and are ordered; terms are explained where needed; little is left to guess.",
            "Every answer is direct, ordered and exact; examples are chosen for the listener, and doubts and limits "
            "are named.",
        ),
    ),
    "technical": Rubric(
        looks_at="whether the candidate knows the subject: right and specific statements, reasons for how things "
        "work, limits of "
        "the tools named",
        leaves_out="names of tools without any account of their use; confidence; how well it is phrased",
        anchors=(
            "Statements are wrong or empty; terms are used without knowing what they mean.",
            "General notions are right, but there is no detail of how anything works, or there are notable mistakes.",
            "Common practice is described rightly; reasons and limits are thin when asked for.",
            "Specific and right, with reasons why it works and at least one limit or cost that follows from them.",
            "Right in depth: mechanisms, numbers or failure modes are given and weighed, also beyond what was asked.",
        ),
    ),
    "problem_solving": Rubric(
        looks_at="how a problem is taken apart: clarifying, alternatives weighed, a reasoned choice, edge cases, "
        "checking the result, "
        "learning from what went wrong",
        leaves_out="whether the final answer is the one expected; ready-made solutions told without any reasoning",
        anchors=(
            "No approach can be seen: an answer is asserted or none is given.",
            "One approach is followed without reasons; obstacles end it or are passed over.",
            "A sensible approach with some reasons; alternatives, edge cases or checks come up only when asked for.",
            "The problem is taken apart, alternatives are weighed, and the result is checked against something.",
            "Assumptions are made explicit and tested, trade-offs decided by evidence, failures used to change course.",
        ),
    ),
    "code_quality": Rubric(
        looks_at="the submitted code itself: correctness, clarity of names and structure, handling of edge cases, "
        "fitting "
        "complexity, tests",
        leaves_out="what is said about the code, comments that praise it, and code that was only talked about",
        anchors=(
            "The code does not do what was asked, or cannot be read.",
            "It works for the simplest case; structure or names hinder reading, or whole cases are forgotten.",
            "It works for the usual cases and can be read; edge cases, duplication or naming need work.",
            "Correct, well named and divided; edge cases are handled, complexity fits the task.",
            "As before, and simple throughout: nothing to remove, failure handled on purpose, tested or easy to test.",
        ),
    ),
}


def rubric_hash() -> str:
    """Fingerprint the rubric, to tell whether a stored version was made with this one."""
    text = json.dumps({key: asdict(rubric) for key, rubric in RUBRICS.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
