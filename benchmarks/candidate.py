"""One person's figures: against the same statements by psycopg alone, against the platform's way, and as data grows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session

from analytics import cohort
from analytics.access.viewer import TRUSTED
from analytics.candidate import skill_trends
from analytics.interviewlab import tables
from analytics.queries import candidates
from analytics.queries import interviews as queries_interviews
from analytics.service import InterviewAnalytics
from analytics.skills import SKILL_KEYS
from benchmarks import server
from benchmarks.dataset import Population
from benchmarks.timing import Row, Spread, ratio, taking_turns
from tests.support.postgres import OwnServer

Question = Callable[[], object]


class Base(DeclarativeBase):
    metadata = tables.platform


class User(Base):
    """A person as the platform's own program maps them."""

    __table__ = tables.users


class Interview(Base):
    """An interview as the platform's own program maps it: all columns, JSON and all."""

    __table__ = tables.interviews


def against_psycopg(own: OwnServer, name: str, population: Population, rounds: int) -> Iterator[Row]:
    """Compare each question of the service with the statements it sends, sent by psycopg on an open connection."""
    analytics = InterviewAnalytics()
    engine = server.our_engine(own, name)
    for interviews, goal in ((200, 1.5), (10, 2.5)):
        user_id = population.with_interviews(interviews)[0]
        with Session(engine) as db, server.connection(own, name) as plain:
            ids = [row.interview_id for row in queries_interviews.candidate_interviews(TRUSTED, db, user_id)[:6]]
            sent = _sent(server.our_engine(own, name), analytics, user_id, ids)
            for question, ask in _questions(analytics, db, user_id, ids).items():
                times = taking_turns({"service": ask, "psycopg": _plainly(plain, sent[question])}, rounds)
                found = ratio(times["service"], times["psycopg"])
                yield Row(
                    f"{question}, {interviews} interviews: service against psycopg alone",
                    f"<= {goal} x",
                    f"{found.shown(' x')}; {Spread.of(times['service']).shown(' ms', 1e3)} against "
                    f"{Spread.of(times['psycopg']).shown(' ms', 1e3)}",
                    found.median <= goal,
                )
    engine.dispose()


def against_whole_rows(own: OwnServer, name: str, population: Population, rounds: int) -> Iterator[Row]:
    """Compare the service with reading the scores out of whole rows, as the platform's own service does."""
    analytics = InterviewAnalytics()
    engine = server.our_engine(own, name)
    for interviews, goal in ((200, 10.0), (10, None)):
        user_id = population.with_interviews(interviews)[0]
        with Session(engine) as db, Session(engine) as platform:
            ids = [row.interview_id for row in queries_interviews.candidate_interviews(TRUSTED, db, user_id)[:6]]
            ours, theirs = _questions(analytics, db, user_id, ids), _platform_questions(platform, user_id)
            for question, ask in theirs.items():
                times = taking_turns({"service": ours[question], "platform": ask}, rounds)
                found = ratio(times["platform"], times["service"])
                yield Row(
                    f"{question}, {interviews} interviews: service against whole rows through the ORM",
                    f">= {goal:g} x faster" if goal else "",
                    f"{found.shown(' x')}; {Spread.of(times['service']).shown(' ms', 1e3)} against "
                    f"{Spread.of(times['platform']).shown(' ms', 1e3)}",
                    found.median >= goal if goal else None,
                )
    engine.dispose()


def as_data_grows(
    own: OwnServer, small: tuple[str, Population], large: tuple[str, Population], rounds: int
) -> Iterator[Row]:
    """Compare what a person's page asks for in two databases; each time another person of equally many interviews."""
    engines = {size: server.our_engine(own, name) for size, (name, _) in (("small", small), ("large", large))}
    populations = {"small": small[1], "large": large[1]}
    for interviews in (10, 200):
        with Session(engines["small"]) as first, Session(engines["large"]) as second:
            asks: dict[str, Question] = {}
            for size, db in (("small", first), ("large", second)):
                people = itertools.cycle(populations[size].with_interviews(interviews))
                asks[size] = partial(_page, db, people)
            times = taking_turns(asks, rounds)
        found = ratio(times["large"], times["small"])
        yield Row(
            f"A person's page, {interviews} interviews: data among {large[1].interviews:,} against "
            f"{small[1].interviews:,} interviews",
            "flat within 20%",
            f"{found.shown(' x')}; {Spread.of(times['large']).shown(' ms', 1e3)} against "
            f"{Spread.of(times['small']).shown(' ms', 1e3)}",
            found.median <= 1.2,
        )
    for engine in engines.values():
        engine.dispose()


def _page(db: Session, people: Iterator[int]) -> None:
    """Ask what the candidate's page asks, but for the feedback its recommendations come from."""
    user_id = next(people)
    candidates.candidate(TRUSTED, db, user_id)
    history = candidates.skill_history(TRUSTED, db, user_id) or []
    queries_interviews.candidate_interviews(TRUSTED, db, user_id)
    skill_trends.skill_trends(history, cohort.load(db))


def _questions(analytics: InterviewAnalytics, db: Session, user_id: int, ids: list[int]) -> dict[str, Question]:
    return {
        "Progression": lambda: analytics.get_skill_progression(user_id, db),
        "Averages": lambda: analytics.get_skill_averages(user_id, db),
        "Comparison of 6": lambda: analytics.get_skill_comparison(ids, db),
        "Breakdown": lambda: analytics.get_skill_breakdown(ids[0], db),
    }


def _platform_questions(db: Session, user_id: int) -> dict[str, Question]:
    completed = (
        sa.select(Interview)
        .where(Interview.user_id == user_id, Interview.status == "completed")
        .order_by(Interview.completed_at)
    )

    def progression() -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {key: [] for key in SKILL_KEYS}
        for row in db.scalars(completed):
            feedback = row.feedback or {}
            for key in SKILL_KEYS:
                score = feedback.get(f"{key}_score")
                if score is not None:
                    point = {"interview_id": row.id, "title": row.title, "date": row.completed_at, "score": score}
                    found[key].append(point)
        db.expunge_all()
        return found

    def averages() -> dict[str, float]:
        scores: dict[str, list[float]] = {key: [] for key in SKILL_KEYS}
        for row in db.scalars(completed):
            feedback = row.feedback or {}
            for key in SKILL_KEYS:
                score = feedback.get(f"{key}_score")
                if score is not None:
                    scores[key].append(score)
        db.expunge_all()
        return {key: sum(found) / len(found) if found else 0.0 for key, found in scores.items()}

    return {"Progression": progression, "Averages": averages}


def _sent(
    engine: sa.Engine, analytics: InterviewAnalytics, user_id: int, ids: list[int]
) -> dict[str, list[tuple[str, Any]]]:
    """Ask, and return the statements that each question sends.

    On an engine of its own: one that was listened to once is slower from then on.
    """
    statements = {}
    with Session(engine) as db:
        for question, ask in _questions(analytics, db, user_id, ids).items():
            with _listening(engine) as sent:
                ask()
            statements[question] = sent
    engine.dispose()
    return statements


@contextmanager
def _listening(engine: sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _plainly(connection: psycopg.Connection, sent: list[tuple[str, Any]]) -> Question:
    encoded = [(statement.encode(), parameters) for statement, parameters in sent]
    return lambda: [connection.execute(*each).fetchall() for each in encoded]
