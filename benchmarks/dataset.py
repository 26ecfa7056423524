"""A platform's database of any size: people, and interviews with feedback and transcripts as the platform writes them.

Interviews are numbered in the order of their dates, as on a platform that has been running for years, so one person's
lie scattered over the whole table. Everything comes from a seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from analytics.interviewlab.feedback import PLATFORM_FAILURE
from analytics.skills import SKILLS

# Invented words: what is measured depends on the size of a text and on how well it compresses, not on what it says.
_SYLLABLES = "ba ce di fo gu ha ke li mo nu pa re si to vu wa xe yi zo bre cla dri flo gru".split()
_FIRST = "Ada Ben Cleo Dan Eva Finn Gia Hugo Ina Jon Kaya Leo Mia Nils Ola Pia Quin Rosa Sam Tia Udo Vera Wim Xena Zoe"
_LAST = "Abel Brandt Castro Dahl Eriksen Fontana Garcia Holm Ivanov Jansen Kowalski Lindt Moreau Novak Okafor Petrov"
_NOW = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
_YEARS = 3

# How many people have exactly how many interviews, whatever the size of the database: those the benchmarks look at.
MEASURED = {10: 100, 200: 10}


@dataclass(frozen=True)
class Population:
    """How much to make; `transcript` is the length of a transcript in characters."""

    people: int
    interviews: int
    transcript: int = 2_000
    seed: int = 1

    def with_interviews(self, count: int) -> list[int]:
        """Name the people with exactly this many interviews, of those in `MEASURED`."""
        first = 1 + sum(size for other, size in MEASURED.items() if other < count)
        return list(range(first, first + MEASURED[count]))


def fill(connection: psycopg.Connection[Any], population: Population) -> None:
    """Fill the platform's empty tables, and commit."""
    rng = np.random.default_rng(population.seed)
    texts = Texts(rng, population.transcript)
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY users (id, email, hashed_password, full_name, is_active, is_verified, created_at, updated_at) "
            "FROM STDIN"
        ) as copy:
            for piece in _pieces(_users(population)):
                copy.write(piece)
        with cursor.copy(
            "COPY interviews (id, user_id, title, status, conversation_history, feedback, turn_count, started_at, "
            "completed_at, created_at, updated_at) FROM STDIN"
        ) as copy:
            for piece in _pieces(_interviews(population, rng, texts)):
                copy.write(piece)
        for table in ("users", "interviews"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))".encode()
            )
    connection.commit()


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    rest = iter(lines)
    while piece := "".join(islice(rest, 1_000)):
        yield piece


class Texts:
    """Texts to choose from, as JSON: lists of points, summaries and transcripts."""

    def __init__(self, rng: np.random.Generator, transcript: int) -> None:
        self._rng = rng
        # An array, as it would be made one again for every sentence.
        self._words = np.array(["".join(rng.choice(_SYLLABLES, rng.integers(1, 4))) for _ in range(600)])
        self.points = [json.dumps([self._sentence(12) for _ in range(3)]) for _ in range(600)]
        self.paragraphs = [json.dumps(" ".join(self._sentence(14) for _ in range(6))) for _ in range(300)]
        self.transcripts = [self._transcript(transcript) for _ in range(200)]

    def feedback(self, scores: list[float | None], codes: int) -> str:
        """Write the feedback of an interview as the platform does, some 5 kB."""
        pick = iter(self._rng.integers(0, 600, 17).tolist())
        points = self.points
        numbers = ["0.0" if score is None else f"{score:.2f}" for score in scores]
        known = [score for score in scores if score is not None]
        overall = sum(known) / len(known)
        breakdown = ", ".join(
            f'"{skill.key}": {{"score": {number}, "strengths": {points[next(pick)]}, '
            f'"weaknesses": {points[next(pick)]}, "recommendations": {points[next(pick)]}}}'
            for skill, number in zip(SKILLS, numbers, strict=True)
        )
        tops = ", ".join(f'"{skill.key}_score": {number}' for skill, number in zip(SKILLS, numbers, strict=True))
        return (
            f'{{"overall_score": {overall:.2f}, {tops}, "skill_breakdown": {{{breakdown}}}, '
            f'"strengths": {points[next(pick)]}, "weaknesses": {points[next(pick)]}, '
            f'"recommendations": {points[next(pick)]}, "summary": {self.paragraphs[next(pick) % 300]}, '
            f'"detailed_feedback": {self.paragraphs[next(pick) % 300]}, "topics_covered": ["caching", "testing"], '
            f'"code_submissions_count": {codes}, "average_code_quality": {numbers[3]}}}'
        )

    def _sentence(self, words: int) -> str:
        return " ".join(self._rng.choice(self._words, words)).capitalize() + "."

    def _transcript(self, length: int) -> str:
        messages: list[str] = []
        while sum(map(len, messages)) < length:
            role = "user" if len(messages) % 2 else "assistant"
            said = " ".join(self._sentence(14) for _ in range(4))
            messages.append(json.dumps({"role": role, "content": said, "metadata": {}}))
        return f"[{', '.join(messages)}]"


# What is found in such a column besides feedback: no page may break on it, and no benchmark may leave it out.
_DAMAGED = (
    "null",
    "[]",
    "{}",
    '"see attachment"',
    '{"communication_score": "0.7", "technical_score": null, "problem_solving_score": 7, "code_quality_score": -1}',
    '{"overall_score": 0.5, "communication_score": 0.5, "technical_score": 0.5, "problem_solving_score": 0.5, '
    f'"code_quality_score": 0.0, "code_submissions_count": 0, "weaknesses": ["{PLATFORM_FAILURE}"]}}',
)


def _users(population: Population) -> Iterator[str]:
    first, last = _FIRST.split(), _LAST.split()
    joined = _when(np.array([_NOW - _YEARS * 365 * 86_400]))[0]
    for number in range(1, population.people + 1):
        name = f"{first[number % len(first)]} {last[number // len(first) % len(last)]} {number % 97}"
        active = "t" if number % 50 else "f"
        yield f"{number}\tperson{number}@example.org\t-\t{name}\t{active}\tt\t{joined}\t{joined}\n"


def _interviews(population: Population, rng: np.random.Generator, texts: Texts) -> Iterator[str]:
    people = _who(population, rng)
    begun = np.sort(_NOW - rng.uniform(0, _YEARS * 365 * 86_400, population.interviews))
    progress = (begun - begun[0]) / (begun[-1] - begun[0])
    level = np.clip(rng.normal(0.6, 0.12, (population.people + 1, 4)), 0.1, 0.95)
    change = rng.normal(0.05, 0.12, (population.people + 1, 4))
    kinds = rng.choice(5, population.interviews, p=[0.90, 0.01, 0.05, 0.02, 0.02])
    kinds[people <= sum(MEASURED.values())] = 0
    started, completed = _when(begun), _when(begun + 2_700)
    for start in range(0, population.interviews, 10_000):
        piece = slice(start, start + 10_000)
        who = people[piece]
        scores = level[who] + change[who] * progress[piece, None] + rng.normal(0, 0.1, (len(who), 4))
        codes = np.where(rng.random(len(who)) < 0.75, rng.integers(1, 4, len(who)), 0)
        rows = zip(who.tolist(), np.clip(scores, 0, 1).tolist(), codes.tolist(), kinds[piece].tolist(), strict=True)
        for number, (user_id, four, coded, kind) in enumerate(rows, start + 1):
            known: list[float | None] = [*four[:3], four[3] if coded else None]
            status = ("completed", "completed", "in_progress", "cancelled", "pending")[kind]
            feedback = (texts.feedback(known, coded), _DAMAGED[number % len(_DAMAGED)], r"\N", r"\N", r"\N")[kind]
            transcript = r"\N" if kind == 4 else texts.transcripts[number % 200]
            begin, end = started[number - 1], completed[number - 1] if kind < 2 else r"\N"
            yield (
                f"{number}\t{user_id}\tInterview {number}\t{status}\t{transcript}\t{feedback}\t12\t{begin}\t{end}\t"
                f"{begin}\t{begin}\n"
            )


def _who(population: Population, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the interviews out to the people: those in `MEASURED` theirs, everybody else some."""
    fixed = np.repeat(list(MEASURED), list(MEASURED.values()))
    others = rng.lognormal(0, 0.7, population.people - len(fixed))
    left = rng.multinomial(population.interviews - fixed.sum(), others / others.sum())
    people = np.repeat(np.arange(1, population.people + 1), np.concatenate([fixed, left]))
    rng.shuffle(people)
    return people


def _when(seconds: NDArray[np.float64]) -> list[str]:
    return [f"{moment}+00" for moment in seconds.astype("datetime64[s]").astype(str)]
