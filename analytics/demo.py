"""Demo people with known stories, and any number of synthetic ones.

The stories are data: what each person's skills do, and what the program must say about it. `people`, `resumes` and
`interviews` give rows shaped as the platform's tables; `synthetic` fills a database of any size. Nobody here exists.
"""

from __future__ import annotations

import json
import math
import random
import re
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from typing import Any, Final

from analytics import demo_texts
from analytics.demo_texts import LEVELS, PARTS, Candidate, Interview, failed_feedback, feedback_on, level_of
from analytics.feedback import PLATFORM_FAILURE_SCORE
from analytics.skills import SKILL_KEYS

Row = dict[str, Any]

IMPROVING, DECLINING, STEADY, NOT_ENOUGH = "improving", "declining", "steady", "not_enough_evidence"
UNUSABLE_PASSWORD: Final = "!"  # no hash ever equals it, so nobody can sign in as a demo person

# Of synthetic interviews: transcripts of a kind, the shares with code, with failed scoring and, summed up, unfinished.
_VARIANTS, _WITH_CODE, _FAILED = 12, 0.85, 0.02
_UNFINISHED: Final = (("pending", 0.02), ("in_progress", 0.04), ("cancelled", 0.06))
_STORED_SCORE: Final = re.compile(rf'({"|".join(("overall", *SKILL_KEYS))})((?:_score|": {{"score)?": )[\d.]+')


@dataclass(frozen=True, slots=True)
class Course:
    """What one skill does over a person's scored interviews, and the trend that must be told.

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
    """One demo person and what the program must say.

    `interviews` are completed ones, between `begins` and `ends` days before the reference date. Positions among them
    (from 0): `without_code`, `failed` (the platform's placeholder instead of scores), `older` (stored without
    a breakdown) and `same_day` (held on the day of the one before). `unfinished` are further ones: status and days ago.
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
    unfinished: tuple[tuple[str, int], ...] = ()

    @property
    def email(self) -> str:
        """Give an address nobody can own."""
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
)  # fmt: skip


def people(reference: datetime | None = None) -> list[Row]:
    """Give the demo people as rows of `users`; the reference date is as for `interviews`."""
    return [
        _user(number, story.name, story.email, _day(reference) - timedelta(days=story.begins + 3, hours=-9))
        for number, story in enumerate(STORIES, 1)
    ]


def resumes(reference: datetime | None = None) -> list[Row]:
    """Give a row of `resumes` for each demo person, with the person's id; the newcomer has handed in none."""
    return [
        {
            "id": number,
            "user_id": number,
            "file_name": f"{story.email.partition('@')[0]}.pdf",
            "file_path": f"resumes/{number}.pdf",
            "file_size": 60_000 + 1_731 * number,
            "file_type": "application/pdf",
            "extracted_data": Candidate(story.role, story.key).resume,
            "analysis_status": "completed",
            "analysis_error": None,
            "created_at": _day(reference) - timedelta(days=story.begins + 2, hours=-9),
            "updated_at": _day(reference) - timedelta(days=story.begins + 2, hours=-9),
        }
        for number, story in enumerate(STORIES, 1)
        if story.key != "newcomer"
    ]


def interviews(reference: datetime | None = None) -> list[Row]:
    """Give the demo people's interviews as rows of `interviews`, oldest first.

    All lie in the year before `reference` (aware; now when None), rounded down to its day in UTC. Two reference dates
    give the same rows, moved by whole days.
    """
    today = _day(reference)
    rows = [row for user_id, story in enumerate(STORIES, 1) for row in _interviews_of(user_id, story, today)]
    rows.sort(key=lambda row: (row["created_at"], row["user_id"]))
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def _day(reference: datetime | None) -> datetime:
    moment = (reference or datetime.now(UTC)).astimezone(UTC)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _user(number: int, name: str, email: str, joined: datetime) -> Row:
    return {
        "id": number,
        "email": email,
        "hashed_password": UNUSABLE_PASSWORD,
        "full_name": name,
        "is_active": True,
        "is_verified": True,
        "created_at": joined,
        "updated_at": joined,
    }


def _interviews_of(user_id: int, story: Story, today: datetime) -> Iterator[Row]:
    rng = random.Random(f"{story.key} in numbers")
    candidate = Candidate(story.role, story.key)
    scores = [
        dict(zip(SKILL_KEYS, of_interview, strict=True))
        for of_interview in zip(*(_scores(story, skill, rng) for skill in SKILL_KEYS), strict=True)
    ]
    about = {
        "user_id": user_id,
        "resume_id": None if story.key == "newcomer" else user_id,
        "resume_context": None if story.key == "newcomer" else candidate.resume,
    }
    for i, started in enumerate(_starts(story, today, rng)):
        held = candidate.interview(scores[i], with_code=i not in story.without_code)
        completed = started + timedelta(minutes=2 * len(held.messages) + rng.randint(0, 12))
        feedback = failed_feedback(held) if i in story.failed else feedback_on(scores[i], held, i in story.older)
        yield about | {
            "title": held.title,
            "status": "completed",
            "conversation_history": held.messages,
            "job_description": held.job_description,
            "feedback": feedback,
            "turn_count": held.turns,
            "started_at": started,
            "completed_at": completed,
            "created_at": started - timedelta(minutes=5),
            "updated_at": completed + timedelta(minutes=1),
        }
    for status, days in story.unfinished:
        started = today - timedelta(days=days, hours=-rng.randint(8, 17))
        level = {skill: course.first for skill, course in story.courses.items()}
        held = candidate.interview(level, with_code=False)
        # It breaks off after a question that was never answered; a pending one has not begun.
        held.messages = [] if status == "pending" else held.messages[: 2 * rng.randint(2, 4) + 1]
        yield about | {
            "title": held.title,
            "status": status,
            "conversation_history": held.messages,
            "job_description": held.job_description,
            "feedback": None,
            "turn_count": held.turns,
            "started_at": None if status == "pending" else started,
            "completed_at": None,
            "created_at": started - timedelta(minutes=5),
            "updated_at": started + timedelta(minutes=20),
        }


def _scores(story: Story, skill: str, rng: random.Random) -> list[float]:
    """Draw a score for each interview; the scatter is exact over those that are scored."""
    course, last = story.courses[skill], max(story.interviews - 1, 1)
    unscored = story.failed | (story.without_code if skill == "code_quality" else frozenset())
    scored = [i for i in range(story.interviews) if i not in unscored]
    noise = [rng.gauss(0, 1) for _ in range(story.interviews)]
    if len(scored) > 2:
        slope, start = statistics.linear_regression(scored, [noise[i] for i in scored])
        noise = [value - start - slope * i for i, value in enumerate(noise)]
        size = (math.fsum(noise[i] ** 2 for i in scored) / (len(scored) - 2)) ** 0.5
        noise = [max(-2.5, min(2.5, value / size)) for value in noise]
    gone = [max(0.0, i / last - course.bend) / (1 - course.bend) for i in range(story.interviews)]
    return [
        _rounded(course.first + (course.last - course.first) * share + course.scatter * value)
        for share, value in zip(gone, noise, strict=True)
    ]


def _rounded(score: float) -> float:
    return round(min(0.99, max(0.02, score)), 2)


def _starts(story: Story, today: datetime, rng: random.Random) -> list[datetime]:
    """Spread a person's interviews unevenly over their time."""
    gap = (story.begins - story.ends) / max(story.interviews - 1, 1)
    starts: list[datetime] = []
    for i in range(story.interviews):
        shift = rng.uniform(-0.35, 0.35) * gap if 0 < i < story.interviews - 1 else 0.0
        day = today - timedelta(days=round(story.begins - i * gap - shift))
        clock = timedelta(hours=rng.randint(8, 15), minutes=5 * rng.randint(0, 11))
        starts.append(starts[-1] + timedelta(hours=3) if i == story.same_day else day + clock)
    return starts


def synthetic(
    people: int,
    interviews: int,
    seed: int = 1,
    *,
    transcript_bytes: int = 2_000,
    reference: datetime | None = None,
    batch: int = 5_000,
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Make rows for an empty database in batches of at most `batch` interviews: (users, interviews).

    Ids count from 1, and a person comes in or before the batch of their first interview. `conversation_history` and
    `feedback` are JSON text already; transcripts repeat and have about `transcript_bytes` bytes. `seed` fixes all but
    the dates, which end at `reference` as in `interviews`.
    """
    rng, today = random.Random(seed), _day(reference)
    stock = _Stock(transcript_bytes, rng)
    users: list[Row] = []
    rows: list[Row] = []
    shares = list(accumulate(rng.gammavariate(2, 1) for _ in range(people)))
    made = 0
    for user_id, share in enumerate(shares, 1):
        count = round(interviews * share / shares[-1]) - made
        begins = rng.randint(30, 364)
        name, joined = demo_texts.random_name(rng), today - timedelta(days=begins + 1)
        users.append(_user(user_id, name, f"person{user_id}@example.org", joined))
        level, slope = [rng.gauss(0.62, 0.12) for _ in SKILL_KEYS], [rng.gauss(0, 0.12) for _ in SKILL_KEYS]
        noise = rng.uniform(0.04, 0.1)
        for i in range(count):
            made += 1
            gone = (i + 0.5) / count
            started = today - timedelta(minutes=120 + int(begins * 1440 * (1 - gone)))
            scores = [_rounded(rng.gauss(at + by * (gone - 0.5), noise)) for at, by in zip(level, slope, strict=True)]
            row = stock.interview(dict(zip(SKILL_KEYS, scores, strict=True)), started, i < count // 4)
            rows.append({"id": made, "user_id": user_id, **row})
            if len(rows) == batch:
                yield users, rows
                users, rows = [], []
    if users or rows:
        yield users, rows


class _Stock:
    """Transcripts and feedback worded once, from which synthetic interviews are put together quickly."""

    def __init__(self, transcript_bytes: int, rng: random.Random) -> None:
        self._rng = rng
        self._held: dict[tuple[str, bool], list[tuple[Interview, str]]] = {}
        for level, with_code in product(LEVELS, (True, False)):
            made = [demo_texts.excerpt(level, with_code, transcript_bytes, rng) for _ in range(_VARIANTS)]
            self._held[level, with_code] = [(held, json.dumps(held.messages)) for held in made]
        self._feedback: dict[tuple[object, ...], str] = {}

    def interview(self, scores: Mapping[str, float], started: datetime, older: bool) -> Row:
        """Make one row of `interviews` without its id and person."""
        rng = self._rng
        chance, with_code = rng.random(), rng.random() < _WITH_CODE
        status = next((name for name, share in _UNFINISHED if chance < share), "completed")
        variants = self._held[level_of(sum(scores.values()) / len(scores)), with_code]
        held, transcript = variants[int(rng.random() * _VARIANTS)]
        done, begun = status == "completed", status != "pending"
        completed = started + timedelta(minutes=20 + min(len(held.messages), 60))
        return {
            "resume_id": None,
            "title": held.title,
            "status": status,
            "conversation_history": transcript if begun else "[]",
            "resume_context": None,
            "job_description": held.job_description,
            "feedback": self._fill_in(held, scores, older, failed=rng.random() < _FAILED) if done else None,
            "turn_count": held.turns if begun else 0,
            "started_at": started if begun else None,
            "completed_at": completed if done else None,
            "created_at": started,
            "updated_at": completed if done else started,
        }

    def _fill_in(self, held: Interview, scores: Mapping[str, float], older: bool, *, failed: bool) -> str:
        """Give feedback as JSON text: worded once for its levels and transcript, then only the numbers change."""
        key = (id(held), older, failed, *map(level_of, scores.values()))
        if key not in self._feedback:
            points = {
                skill: demo_texts.points_about(skill, level_of(score), self._rng) for skill, score in scores.items()
            }
            told = Interview(held.title, "", [], held.topics, points, held.qualities and [0.5])
            if not held.qualities:
                points["code_quality"] = {part: [] for part in PARTS}
            worded = json.dumps(failed_feedback(told) if failed else feedback_on(scores, told, older))
            self._feedback[key] = _STORED_SCORE.sub(r"\1\2%(\1)s", worded.replace("%", "%%"))
        stored = dict.fromkeys(SKILL_KEYS, PLATFORM_FAILURE_SCORE) if failed else dict(scores)
        stored["code_quality"] = scores["code_quality"] if held.qualities else 0.0
        overall = PLATFORM_FAILURE_SCORE if failed else demo_texts.platform_overall(stored)
        return self._feedback[key] % {"overall": overall, **stored}
