"""A small world of people for tests of who may see what: each carries a word that nobody else may ever read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from analytics.access import members
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import now
from analytics.database.sessions import writing
from analytics.interviewlab.tables import interviews, users
from analytics.roster import refresh
from analytics.settings import Settings
from tests.support.databases import Database
from tests.support.secrets import JWT_SECRET

START: Final = datetime(2025, 3, 2, 10, 0, tzinfo=UTC)
SECRET: Final = JWT_SECRET
ISSUER: Final = "https://provider.example"
AUDIENCE: Final = "skill-analytics"
JWKS: Final = "https://provider.example/jwks"


@dataclass(frozen=True)
class Person:
    """Somebody of the world: their row in `users`, their interviews, and the word in all their texts."""

    key: str
    user_id: int
    word: str
    interviews: tuple[int, ...]

    @property
    def email(self) -> str:
        return f"{self.key}@example.org"


PEOPLE: Final = {
    "interviewee": Person("interviewee", 11, "marzipan", (101, 102, 103)),
    "other interviewee": Person("other", 12, "tarragon", (201, 202)),
    "unassigned": Person("unassigned", 13, "saffron", (301,)),
    "coach": Person("coach", 21, "juniper", ()),
    "other coach": Person("colleague", 22, "cardamom", ()),
    "admin": Person("admin", 31, "paprika", ()),
    "deactivated": Person("deactivated", 41, "oregano", (401,)),
}
# Whom each coach sees.
ASSIGNED: Final = {"coach": ("interviewee",), "other coach": ("other interviewee",)}


@dataclass
class World:
    """The people in a database."""

    database: Database
    member_ids: Mapping[str, int] = field(default_factory=dict)

    def viewer(self, who: str) -> Viewer:
        """Give the viewer that somebody is."""
        role = {"coach": Role.COACH, "other coach": Role.COACH, "admin": Role.ADMIN}.get(who, Role.INTERVIEWEE)
        person = PEOPLE[who]
        return Viewer(role, user_id=person.user_id, member_id=self.member_ids.get(who), email=person.email)


def feedback(score: float, word: str) -> dict[str, Any]:
    """A complete feedback whose texts hold the word."""
    skills = ("communication", "technical", "problem_solving", "code_quality")
    points = {kind: [f"{kind} about {word}"] for kind in ("strengths", "weaknesses", "recommendations")}
    return {
        "overall_score": score,
        **{f"{skill}_score": score for skill in skills},
        "code_submissions_count": 1,
        "average_code_quality": score,
        "topics_covered": [f"topic {word}"],
        "summary": f"summary {word}",
        **points,
        "skill_breakdown": {skill: {"score": score, **points} for skill in skills},
    }


def populate(database: Database) -> World:
    """Put the people into a database that is set up."""
    with database.platform_engine.begin() as connection:
        connection.execute(sa.insert(users), [_user(who, person) for who, person in PEOPLE.items()])
        connection.execute(sa.insert(interviews), [row for person in PEOPLE.values() for row in _interviews(person)])
    settings = Settings()
    member_ids = {}
    with writing(database.engine) as db:
        for who, role in (("coach", Role.COACH), ("other coach", Role.COACH), ("admin", Role.ADMIN)):
            members.set_role(TRUSTED, db, PEOPLE[who].email, role, settings)
        by_email = {member.email: member.id for member in members.list_members(TRUSTED, db)}
        for who in ("coach", "other coach", "admin"):
            member_ids[who] = by_email[PEOPLE[who].email]
        for coach, candidates in ASSIGNED.items():
            members.assign(TRUSTED, db, member_ids[coach], [PEOPLE[name].user_id for name in candidates])
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
    return World(database, member_ids)


def _user(who: str, person: Person) -> dict[str, Any]:
    return {
        "id": person.user_id,
        "email": person.email,
        "hashed_password": "!",
        "full_name": f"{person.key.capitalize()} {person.word.capitalize()}",
        "is_active": who != "deactivated",
        "is_verified": True,
        "created_at": START,
        "updated_at": START,
    }


def _interviews(person: Person) -> list[dict[str, Any]]:
    rows = []
    for place, number in enumerate(person.interviews):
        begun = START + timedelta(days=14 * place)
        rows.append(
            {
                "id": number,
                "user_id": person.user_id,
                "resume_id": None,
                "title": f"Round {place + 1} {person.word}",
                "status": "completed",
                "conversation_history": [
                    {"role": "assistant", "content": f"Tell me about {person.word}.", "metadata": {}},
                    {"role": "user", "content": f"I know {person.word} well.", "metadata": {}},
                ],
                "resume_context": None,
                "job_description": None,
                "feedback": feedback(round(0.5 + 0.1 * place, 2), person.word),
                "turn_count": 2,
                "started_at": begun,
                "completed_at": begun + timedelta(minutes=30),
                "created_at": begun,
                "updated_at": begun,
            }
        )
    return rows


def words_of_others(*seen: str) -> list[str]:
    """Give the words of everybody but these."""
    return [person.word for who, person in PEOPLE.items() if who not in seen]


# Whose words may stand in what somebody is shown; an admin may see everybody's.
MAY_SEE = {
    "nobody": (),
    "interviewee": ("interviewee",),
    "other interviewee": ("other interviewee",),
    "coach": ("interviewee", "coach"),
    "other coach": ("other interviewee", "other coach"),
    "admin": tuple(PEOPLE),
    "deactivated": ("deactivated",),
}


def version(interview_id: int, number: int, age_days: float, by: str = "somebody") -> dict[str, Any]:
    return {
        "id": f"version-{interview_id}-{number}",
        "interview_id": interview_id,
        "number": number,
        "created_at": now() - timedelta(days=age_days),
        "created_by": by,
        "source": "model",
        "breakdown": json.dumps({"word": f"a breakdown of {interview_id}"}),
        "provenance": "{}",
    }
