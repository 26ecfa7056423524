"""Demo people with known stories, and any number of synthetic ones.

The stories are data: what each person's skills do, and what the program must say about it. `people`, `resumes` and
`interviews` give rows shaped as the platform's tables; `synthetic` fills a database of any size. Nobody here exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.skills import SKILL_KEYS

IMPROVING, DECLINING, STEADY, NOT_ENOUGH = "improving", "declining", "steady", "not_enough_evidence"


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one skill over a person's scored interviews, and the trend that must be reported.

    The scores leave `first` after the share `bend` of the interviews and go straight to `last`. The scatter around that
    is drawn and then freed of any trend of its own, so that `scatter` is its standard deviation and the course is exact
    up to rounding.
    """

    first: float
    last: float
    scatter: float
    trend: str
    bend: float = 0.0


@dataclass(frozen=True, slots=True)
class Story:
    """One demo person and what the program must say about them.

    `interviews` are completed ones, between `begins` and `ends` days before the reference date. Positions among them
    (from 0): `without_code`, `failed` (the platform's placeholder instead of scores), `older` (stored without
    a breakdown) and `same_day` (held on the day of the one before). `away` is a break: the position behind it, and its
    days. `unfinished` are further ones: status and days ago. `behavioural` ones are about work with others.
    """

    key: str
    name: str
    role: str
    tells: str
    interviews: int
    begins: int
    ends: int
    courses: Mapping[str, Course]
    without_code: frozenset[int] = frozenset()
    failed: frozenset[int] = frozenset()
    older: frozenset[int] = frozenset()
    same_day: int | None = None
    away: tuple[int, int] | None = None
    behavioural: bool = False
    unfinished: tuple[tuple[str, int], ...] = ()

    @property
    def email(self) -> str:
        """Return an address that nobody can own."""
        return f"{self.name.lower().replace(' ', '.')}@example.org"


def _courses(*courses: Course) -> dict[str, Course]:
    return dict(zip(SKILL_KEYS, courses, strict=True))


def _flat(level: float, scatter: float = 0.025, trend: str = STEADY, drift: float = 0.0) -> Course:
    return Course(level - drift / 2, level + drift / 2, scatter, trend)


def _unknown(level: float) -> Course:
    return _flat(level, 0.03, NOT_ENOUGH)


STORIES: Final = (
    Story(
        "steady_riser", "Amara Lindqvist-Osei", "backend",
        "Improves in technical, problem solving and code quality all year; communication was good and stayed so.",
        12, 352, 4,
        _courses(_flat(0.72, drift=0.02), Course(0.44, 0.84, 0.04, IMPROVING), Course(0.48, 0.78, 0.04, IMPROVING),
                 Course(0.46, 0.80, 0.05, IMPROVING)),
        without_code=frozenset({3, 11}), unfinished=(("in_progress", 1),),
    ),
    Story(
        "plateau", "Tomasz Bellweather", "frontend",
        "Has stopped moving: four skills steady at a middling level over eleven interviews.",
        11, 338, 9, _courses(_flat(0.68, drift=0.02), _flat(0.66), _flat(0.69, drift=-0.02), _flat(0.67, drift=0.01)),
        without_code=frozenset({5}), unfinished=(("pending", 2),),
    ),
    Story(
        "decline", "Ingrid Vossberg-Ito", "sre",
        "Declines in communication, technical and code quality, and has been silent for six weeks.",
        9, 320, 43,
        _courses(Course(0.82, 0.52, 0.04, DECLINING), Course(0.78, 0.54, 0.04, DECLINING), _flat(0.70),
                 Course(0.76, 0.48, 0.045, DECLINING)),
    ),
    Story(
        "flat_but_noisy", "Kofi Marchetti", "mobile",
        "Bounces between 0.4 and 0.8 without going anywhere: no trend may be told.",
        10, 300, 6,
        _courses(_flat(0.62, 0.13, NOT_ENOUGH, 0.04), _flat(0.60, 0.14, NOT_ENOUGH, -0.05),
                 _flat(0.58, 0.13, NOT_ENOUGH, 0.03), _flat(0.61, 0.14, NOT_ENOUGH)),
        same_day=6,
    ),
    Story(
        "two_interviews", "Yuki Fairbairn", "data",
        "Two interviews, the second far better: still not enough evidence.",
        2, 75, 31,
        _courses(*(Course(first, first + 0.2, 0.0, NOT_ENOUGH) for first in (0.50, 0.52, 0.48, 0.46))),
    ),
    Story(
        "none_finished", "Leila Okonkwo-Hart", "frontend",
        "Has begun and cancelled but never completed an interview: no score at all.",
        0, 60, 60, _courses(*(_unknown(0.6) for _ in SKILL_KEYS)),
        unfinished=(("cancelled", 58), ("cancelled", 40), ("in_progress", 12), ("pending", 3)),
    ),
    Story(
        "failed_scoring", "Mateus Thornquist", "backend",
        "Steady and good; three interviews, the last two among them, hold the platform's placeholder of 0.5.",
        11, 345, 12,
        _courses(_flat(0.80, 0.02, drift=-0.01), _flat(0.82, 0.02), _flat(0.79, 0.02, drift=0.02), _flat(0.81, 0.02)),
        without_code=frozenset({9}), failed=frozenset({4, 9, 10}),
    ),
    Story(
        "code_never_assessed", "Priya Castellane", "data",
        "Improves in communication and problem solving; never submitted code, so code quality is not assessed.",
        8, 260, 15,
        _courses(Course(0.50, 0.78, 0.04, IMPROVING), _flat(0.66, 0.02), Course(0.48, 0.74, 0.035, IMPROVING),
                 _unknown(0.6)),
        without_code=frozenset(range(8)),
    ),
    Story(
        "mixed_format", "Dmitri Aguilar-Wren", "sre",
        "Improves across a change of format: the first six interviews have scores but no breakdown.",
        10, 358, 20,
        _courses(Course(0.56, 0.76, 0.03, IMPROVING), Course(0.48, 0.78, 0.04, IMPROVING), _flat(0.64), _flat(0.58)),
        older=frozenset(range(6)),
    ),
    Story(
        "late_bloomer", "Noor Featherstone", "mobile",
        "Nothing moved for half a year, then every skill rose.",
        10, 310, 2,
        _courses(*(Course(first, first + 0.36, 0.03, IMPROVING, bend=0.5) for first in (0.50, 0.44, 0.46, 0.42))),
        without_code=frozenset({2}),
    ),
    Story(
        "newcomer", "Elio Nakagawa-Price", "backend",
        "One interview: four scores and no trend.",
        1, 5, 5, _courses(_unknown(0.58), _unknown(0.63), _unknown(0.55), _unknown(0.49)),
    ),
    Story(
        "expert", "Saoirse Adeyemi", "backend",
        "Near the ceiling in everything and steady there.",
        10, 330, 8, _courses(_flat(0.94, 0.015), _flat(0.96, 0.015), _flat(0.95, 0.015), _flat(0.95, 0.02)),
        same_day=4,
    ),
    Story(
        "crossing", "Rafael Quillfeather", "data",
        "Technical improves while communication declines; the overall score hides both.",
        10, 315, 17,
        _courses(Course(0.82, 0.58, 0.035, DECLINING), Course(0.48, 0.80, 0.04, IMPROVING), _flat(0.66), _flat(0.64)),
        without_code=frozenset({1}),
    ),
    # From here on came later; their interviews are numbered behind those of the people above.
    Story(
        "second_wind", "Hye-jin Calloway", "frontend",
        "Technical and code quality stood still for months and then rose; the other two skills were steady throughout.",
        9, 330, 7,
        _courses(_flat(0.74, 0.02), Course(0.52, 0.82, 0.03, IMPROVING, bend=0.5), _flat(0.70, 0.02),
                 Course(0.50, 0.80, 0.03, IMPROVING, bend=0.5)),
    ),
    Story(
        "one_declined", "Bastian Oyelaran", "backend",
        "Only code quality declines; whoever looks at the overall score hardly sees it.",
        9, 290, 10,
        _courses(_flat(0.77, 0.02), _flat(0.79, 0.02, drift=0.01), _flat(0.76, 0.02),
                 Course(0.84, 0.54, 0.035, DECLINING)),
    ),
    Story(
        "returned", "Marisol Tveit", "data",
        "Came back after a break of five months: communication has gained, the rest is where it was.",
        8, 310, 11,
        _courses(Course(0.54, 0.78, 0.03, IMPROVING), _flat(0.70, 0.02), _flat(0.68, 0.02), _flat(0.66, 0.02)),
        away=(4, 150),
    ),
    Story(
        "behavioural_only", "Anselm Rukundo", "sre",
        "Interviews about working with others, and better at speaking of it each time; never submitted code.",
        7, 240, 13,
        _courses(Course(0.50, 0.80, 0.035, IMPROVING), _flat(0.62, 0.02), _flat(0.65, 0.02), _unknown(0.6)),
        without_code=frozenset(range(7)), behavioural=True,
    ),
    Story(
        "talks_better", "Zainab Holloway", "mobile",
        "Explains well and always did; code quality stays far below the target.",
        8, 270, 16, _courses(_flat(0.86, 0.02), _flat(0.67, 0.02), _flat(0.72, 0.02), _flat(0.42, 0.025)),
    ),
    Story(
        "fast_start", "Teodor Nakashima", "backend",
        "Six interviews in six weeks, and better in every skill each time.",
        6, 42, 3,
        _courses(Course(0.46, 0.76, 0.025, IMPROVING), Course(0.48, 0.78, 0.025, IMPROVING),
                 Course(0.44, 0.72, 0.025, IMPROVING), Course(0.42, 0.74, 0.025, IMPROVING)),
    ),
    Story(
        "at_target", "Ngaire Balogun", "frontend",
        "At the target in every skill, a little above in one and a little below in another, and steady.",
        8, 300, 19, _courses(_flat(0.83, 0.02), _flat(0.79, 0.02), _flat(0.81, 0.02), _flat(0.80, 0.02)),
        without_code=frozenset({4}),
    ),
    Story(
        "from_below", "Lucien Abara-Stone", "mobile",
        "Began far below everybody else; communication and problem solving climb, code has not moved yet.",
        8, 250, 6,
        _courses(Course(0.26, 0.52, 0.03, IMPROVING), _flat(0.40, 0.025), Course(0.28, 0.50, 0.03, IMPROVING),
                 _flat(0.34, 0.025)),
    ),
    Story(
        "three_so_far", "Wiktoria Desai", "data",
        "Three interviews in a month: levels, and no trend yet.",
        3, 33, 8, _courses(_unknown(0.72), _unknown(0.64), _unknown(0.70), _unknown(0.58)),
        unfinished=(("pending", 1),),
    ),
)  # fmt: skip
FIRST_PEOPLE: Final = 13
