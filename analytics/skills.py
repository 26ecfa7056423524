"""The skills: keys, labels, weights, evidence, colours and score bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

Evidence = Literal["speech", "code", "either"]


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill.

    `weight` is its share of the overall score, `evidence` what may show it. `colour` is one of Okabe and Ito's
    colour-blind safe colours (https://jfly.uni-koeln.de/color/), legible on light and dark; `dash` and `symbol` tell
    the skills apart without colour.
    """

    key: str
    label: str
    weight: float
    evidence: Evidence
    colour: str
    dash: str
    symbol: str


SKILLS: Final = (
    Skill("communication", "Communication", 0.25, "speech", "#0072B2", "solid", "circle"),
    Skill("technical", "Technical", 0.30, "either", "#D55E00", "dash", "square"),
    Skill("problem_solving", "Problem solving", 0.25, "either", "#009E73", "dot", "diamond"),
    Skill("code_quality", "Code quality", 0.20, "code", "#CC79A7", "dashdot", "triangle-up"),
)
SKILL_KEYS: Final = tuple(skill.key for skill in SKILLS)
# Without code nothing is known about these.
CODE_KEYS: Final = tuple(skill.key for skill in SKILLS if skill.evidence == "code")
if TYPE_CHECKING:
    SkillKey = str
else:
    SkillKey = Literal[SKILL_KEYS]  # one of them, where an answer or a line of a file is checked
BY_KEY: Final[Mapping[str, Skill]] = {skill.key: skill for skill in SKILLS}

# Lower bounds of the bands a score is described with.
BANDS: Final = ((0.8, "strong"), (0.6, "solid"), (0.4, "developing"), (0.0, "early"))


def band(score: float) -> str:
    """Return the band of a score between 0 and 1."""
    return next(name for lower, name in BANDS if score >= lower)


def overall(scores: Mapping[str, float | None]) -> float | None:
    """Return the weighted score, 0 to 1, of the scored skills.

    The weights are renormalised over the skills that carry a score; None when none does.
    """
    scored = [(BY_KEY[key].weight, score) for key, score in scores.items() if score is not None]
    if not scored:
        return None
    return math.fsum(weight * score for weight, score in scored) / math.fsum(weight for weight, _ in scored)


@lru_cache(maxsize=4096)
def to_hundredths(score: float) -> float:
    """Round to hundredths; cached, as few scores come again and again and a look-up takes a fifth of the time."""
    return round(score, 2)


def round_score(score: float | None) -> float | None:
    """Round a score to two decimals, as on the platform."""
    return None if score is None else to_hundredths(score)


def average(scores: Sequence[float | None]) -> float | None:
    """Average the given scores to two decimals; None without any."""
    numbers = [score for score in scores if score is not None]
    return round(sum(numbers) / len(numbers), 2) if numbers else None


# The levels of a post, the lowest first: what is expected of a candidate differs by it.
POSTS: Final = ("intern", "junior", "mid", "senior", "lead")
