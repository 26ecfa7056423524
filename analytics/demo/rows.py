"""The demo people as rows of the platform."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from analytics.demo.feedback import failed_feedback, feedback_on
from analytics.demo.history import sandbox_of, stored_history
from analytics.demo.stories import FIRST_PEOPLE, STORIES, Story
from analytics.demo.texts import Candidate
from analytics.interviewlab.tables import UNUSABLE_PASSWORD
from analytics.skills import SKILL_KEYS

Row = dict[str, Any]

# InterviewLab as of this many days ago keeps submitted code in its sandbox; before, it stood in the conversation.
_CURRENT_DAYS: Final = 150


def people(reference: datetime | None = None) -> list[Row]:
    """Return the demo people as rows of `users`; the reference date is as for `interviews`."""
    return [
        user(number, story.name, story.email, day_of(reference) - timedelta(days=story.begins + 3, hours=-9))
        for number, story in enumerate(STORIES, 1)
    ]


def resumes(reference: datetime | None = None) -> list[Row]:
    """Return a row of `resumes` for each demo person, except the newcomer."""
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
            "created_at": day_of(reference) - timedelta(days=story.begins + 2, hours=-9),
            "updated_at": day_of(reference) - timedelta(days=story.begins + 2, hours=-9),
        }
        for number, story in enumerate(STORIES, 1)
        if story.key != "newcomer"
    ]


def interviews(reference: datetime | None = None) -> list[Row]:
    """Return the demo people's interviews as rows of `interviews`, oldest first, later people's at the end.

    All lie in the year before `reference` (aware; now when None), rounded down to its day in UTC. Two reference dates
    give the same rows, moved by whole days.
    """
    today = day_of(reference)
    rows = [row for user_id, story in enumerate(STORIES, 1) for row in _interviews_of(user_id, story, today)]
    # People who came later do not renumber the interviews that were there.
    rows.sort(key=lambda row: (row["user_id"] > FIRST_PEOPLE, row["created_at"], row["user_id"]))
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def day_of(reference: datetime | None) -> datetime:
    """Return the start of the reference date's day in UTC; today's by default."""
    moment = (reference or datetime.now(UTC)).astimezone(UTC)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def user(number: int, name: str, email: str, joined: datetime) -> Row:
    """Return a person as a row of `users`; InterviewLab never verifies addresses."""
    return {
        "id": number,
        "email": email,
        "hashed_password": UNUSABLE_PASSWORD,
        "full_name": name,
        "is_active": True,
        "is_verified": False,
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
    }
    resume = None if story.key == "newcomer" else candidate.resume
    for i, started in enumerate(_starts(story, today, rng)):
        interview = candidate.interview(scores[i], with_code=i not in story.without_code, behavioural=story.behavioural)
        completed = started + timedelta(minutes=2 * len(interview.messages) + rng.randint(0, 12))
        current = today - started < timedelta(days=_CURRENT_DAYS)
        history, submissions = stored_history(interview.messages, started, completed, sandbox=current)
        feedback = (
            failed_feedback(interview)
            if i in story.failed
            else feedback_on(scores[i], interview, i in story.older, current=current)
        )
        yield about | {
            "title": interview.title,
            "status": "completed",
            "conversation_history": history,
            "resume_context": (resume or {}) | sandbox_of(submissions) if submissions else resume,
            "job_description": interview.job_description,
            "feedback": feedback,
            "turn_count": interview.turns,
            "started_at": started,
            "completed_at": completed,
            "created_at": started - timedelta(minutes=5),
            "updated_at": completed + timedelta(minutes=1),
        }
    for status, days in story.unfinished:
        started = today - timedelta(days=days, hours=-rng.randint(8, 17))
        level = {skill: course.first for skill, course in story.courses.items()}
        interview = candidate.interview(level, with_code=False)
        # It breaks off after a question that was never answered; a pending one has not begun.
        interview.messages = [] if status == "pending" else interview.messages[: 2 * rng.randint(2, 4) + 1]
        yield about | {
            "title": interview.title,
            "status": status,
            "conversation_history": stored_history(interview.messages, started, started + timedelta(minutes=19))[0],
            "resume_context": resume,
            "job_description": interview.job_description,
            "feedback": None,
            "turn_count": interview.turns,
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
        round_score(course.first + (course.last - course.first) * share + course.scatter * value)
        for share, value in zip(gone, noise, strict=True)
    ]


def round_score(score: float) -> float:
    """Round a score to hundredths, within what the platform's model gives."""
    return round(min(0.99, max(0.02, score)), 2)


def _starts(story: Story, today: datetime, rng: random.Random) -> list[datetime]:
    """Spread a person's interviews unevenly over their time."""
    back, days_away = story.away or (story.interviews, 0)
    gap = (story.begins - story.ends - days_away) / max(story.interviews - 1, 1)
    starts: list[datetime] = []
    for i in range(story.interviews):
        shift = rng.uniform(-0.35, 0.35) * gap if 0 < i < story.interviews - 1 else 0.0
        day = today - timedelta(days=round(story.begins - i * gap - shift) - (days_away if i >= back else 0))
        clock = timedelta(hours=rng.randint(8, 15), minutes=5 * rng.randint(0, 11))
        starts.append(starts[-1] + timedelta(hours=3) if i == story.same_day else day + clock)
    return starts
