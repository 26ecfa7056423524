"""Any number of made-up people."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from typing import Final

from analytics.demo import texts
from analytics.demo.feedback import failed_feedback, feedback_on, platform_overall
from analytics.demo.history import sandbox_of, stored_history
from analytics.demo.rows import Row, day_of, round_score, user
from analytics.demo.texts import LEVELS, PARTS, Interview, level_of
from analytics.interviewlab.feedback import PLATFORM_FAILURE_SCORE
from analytics.skills import SKILL_KEYS

# Transcripts of a kind; the shares of interviews with code, with failed scoring and, summed up, unfinished.
_VARIANTS, _WITH_CODE, _FAILED = 12, 0.85, 0.02
_UNFINISHED: Final = (("pending", 0.02), ("in_progress", 0.04), ("cancelled", 0.06))
# Every third transcript keeps its code where InterviewLab keeps it today.
_SANDBOX_EVERY: Final = 3
_BEGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TIMESTAMP: Final = re.compile(r'(?<="timestamp": ")2000-01-01T[\d:.]+')
_STORED_SCORE: Final = re.compile(rf'({"|".join(("overall", *SKILL_KEYS))})((?:_score|": {{"score)?": )[\d.]+')


def synthetic(
    people: int,
    interviews: int,
    seed: int = 1,
    *,
    transcript_bytes: int = 2_000,
    reference: datetime | None = None,
    batch: int = 5_000,
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Generate rows for an empty database in batches of at most `batch` interviews: (users, interviews).

    Ids count from 1, and a person comes in or before the batch of their first interview. `conversation_history`,
    `resume_context` and `feedback` are JSON text already; transcripts repeat and have about `transcript_bytes` bytes.
    `seed` fixes all but the dates, which end at `reference` as in `interviews`.
    """
    rng, today = random.Random(seed), day_of(reference)
    stock = _Stock(transcript_bytes, rng)
    users: list[Row] = []
    rows: list[Row] = []
    shares = list(accumulate(rng.gammavariate(2, 1) for _ in range(people)))
    made = 0
    for user_id, share in enumerate(shares, 1):
        count = round(interviews * share / shares[-1]) - made
        begins = rng.randint(30, 364)
        name, joined = texts.random_name(rng), today - timedelta(days=begins + 1)
        users.append(user(user_id, name, f"person{user_id}@example.org", joined))
        level, slope = [rng.gauss(0.62, 0.12) for _ in SKILL_KEYS], [rng.gauss(0, 0.12) for _ in SKILL_KEYS]
        noise = rng.uniform(0.04, 0.1)
        for i in range(count):
            made += 1
            gone = (i + 0.5) / count
            started = today - timedelta(minutes=120 + int(begins * 1440 * (1 - gone)))
            scores = [
                round_score(rng.gauss(at + by * (gone - 0.5), noise)) for at, by in zip(level, slope, strict=True)
            ]
            row = stock.interview(dict(zip(SKILL_KEYS, scores, strict=True)), started, i < count // 4)
            rows.append({"id": made, "user_id": user_id, **row})
            if len(rows) == batch:
                yield users, rows
                users, rows = [], []
    if users or rows:
        yield users, rows


class _Document:
    """A JSON document of which only the timestamps change from row to row."""

    def __init__(self, document: object) -> None:
        text = json.dumps(document)
        self._offsets = [datetime.fromisoformat(f"{moment}Z") - _BEGIN for moment in _TIMESTAMP.findall(text)]
        self._text = _TIMESTAMP.sub("%s", text.replace("%", "%%"))

    def fill_in(self, started: datetime) -> str:
        """Return the document as JSON text, with timestamps of an interview that began then."""
        begin = started.replace(tzinfo=None)
        return self._text % tuple([(begin + offset).isoformat(timespec="microseconds") for offset in self._offsets])


class _Transcript:
    """One interview as InterviewLab stores it."""

    def __init__(self, held: Interview, *, sandbox: bool) -> None:
        self.held = held
        self.lasts = timedelta(minutes=20 + min(len(held.messages), 60))
        history, submissions = stored_history(held.messages, _BEGIN, _BEGIN + self.lasts, sandbox=sandbox)
        self.history = _Document(history)
        self.context = _Document(sandbox_of(submissions)) if submissions else None


class _Stock:
    """Transcripts and feedback worded once, from which synthetic interviews are put together quickly."""

    def __init__(self, transcript_bytes: int, rng: random.Random) -> None:
        self._rng = rng
        self._held: dict[tuple[str, bool], list[_Transcript]] = {}
        for level, with_code in product(LEVELS, (True, False)):
            made = [texts.excerpt(level, with_code, transcript_bytes, rng) for _ in range(_VARIANTS)]
            self._held[level, with_code] = [
                _Transcript(held, sandbox=place % _SANDBOX_EVERY == 0) for place, held in enumerate(made)
            ]
        self._feedback: dict[tuple[object, ...], str] = {}

    def interview(self, scores: Mapping[str, float], started: datetime, older: bool) -> Row:
        """Generate one row of `interviews` without id and person."""
        rng = self._rng
        chance, with_code = rng.random(), rng.random() < _WITH_CODE
        status = next((name for name, share in _UNFINISHED if chance < share), "completed")
        variants = self._held[level_of(sum(scores.values()) / len(scores)), with_code]
        transcript = variants[int(rng.random() * _VARIANTS)]
        held, history, context = transcript.held, transcript.history, transcript.context
        done, begun = status == "completed", status != "pending"
        completed = started + transcript.lasts
        return {
            "resume_id": None,
            "title": held.title,
            "status": status,
            "conversation_history": history.fill_in(started) if begun else "[]",
            "resume_context": context.fill_in(started) if context and begun else None,
            "job_description": held.job_description,
            "feedback": self._fill_in(held, scores, older, failed=rng.random() < _FAILED) if done else None,
            "turn_count": held.turns if begun else 0,
            "started_at": started if begun else None,
            "completed_at": completed if done else None,
            "created_at": started,
            "updated_at": completed if done else started,
        }

    def _fill_in(self, held: Interview, scores: Mapping[str, float], older: bool, *, failed: bool) -> str:
        """Return feedback as JSON text: worded once for its levels and transcript, then only the numbers change."""
        key = (id(held), older, failed, *map(level_of, scores.values()))
        if key not in self._feedback:
            points = {skill: texts.points_about(skill, level_of(score), self._rng) for skill, score in scores.items()}
            told = Interview(held.title, "", [], held.topics, points, held.qualities and [0.5])
            if not held.qualities:
                points["code_quality"] = {part: [] for part in PARTS}
            worded = json.dumps(failed_feedback(told) if failed else feedback_on(scores, told, older))
            self._feedback[key] = _STORED_SCORE.sub(r"\1\2%(\1)s", worded.replace("%", "%%"))
        stored = dict.fromkeys(SKILL_KEYS, PLATFORM_FAILURE_SCORE) if failed else dict(scores)
        stored["code_quality"] = scores["code_quality"] if held.qualities else 0.0
        overall = PLATFORM_FAILURE_SCORE if failed else platform_overall(stored)
        return self._feedback[key] % {"overall": overall, **stored}
