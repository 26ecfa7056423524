"""Authorization: the one place that decides who may see what.

A `Viewer` is the first argument of every query, and the query's WHERE clause comes from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from analytics.database.schema import coach_candidates
from analytics.database.sharing_tables import private_interviews
from analytics.interviewlab.tables import belongs, interviews, users

# Under a name of its own, so that no statement takes it for the table it reads itself.
_CANDIDATES: Final = users.alias("assigned")


class Role(StrEnum):
    """What a signed-in person may do."""

    INTERVIEWEE = "interviewee"
    COACH = "coach"
    ADMIN = "admin"


class NotAllowedError(Exception):
    """An action that needs another role; the message names it."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person looking: an admin sees everyone, a coach their candidates, an interviewee themselves.

    `user_id` is the viewer's own row in `users`, `member_id` the one in `members`; a coach needs the latter, an
    interviewee the former, and without it sees nothing. `sees_cohort` is whether the viewer may be told how candidates
    stand among all the others, `adds_own` whether an interviewee may add interviews of their own, `may_link` whether
    the viewer may make links to reports of whom they see, `rates_self` whether people rate themselves before they see
    the scores of a new interview. Who `rates_blind` is sent no score or claim of an interview before they have judged
    it (`access.blind`).
    """

    role: Role
    user_id: int | None = None
    member_id: int | None = None
    name: str = ""
    email: str = ""
    sees_cohort: bool = True
    adds_own: bool = False
    may_link: bool = True
    rates_self: bool = False
    rates_blind: bool = False

    @property
    def parameters(self) -> Mapping[str, int]:
        """Return the bind parameters of the `scope` clause."""
        if self.role is Role.COACH:
            return {"viewer_member_id": self.member_id or -1}
        if self.role is Role.INTERVIEWEE:
            return {"viewer_user_id": self.user_id or -1}
        return {}

    @property
    def sees_others(self) -> bool:
        """Return whether the viewer has a roster."""
        return self.role is not Role.INTERVIEWEE

    @property
    def may_add(self) -> bool:
        """Return whether the viewer may add interviews: of candidates they see, or their own."""
        return self.sees_others or (self.adds_own and self.user_id is not None)

    @property
    def administers(self) -> bool:
        """Return whether the viewer manages roles and assignments."""
        return self.role is Role.ADMIN

    @property
    def actor(self) -> str:
        """Return the viewer's name in the audit trail."""
        return self.email or self.name or self.role


# The command line and notebooks: whoever runs them already holds the database's password.
TRUSTED: Final = Viewer(Role.ADMIN, name="command line")


def scope(role: Role, user_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Build the clause that limits a statement to the candidates a viewer of this role may see.

    `user_id` is the column that names the candidate. The clause is bound to `Viewer.parameters`, so that one statement
    serves every viewer of a role. Where it is the column of an interview, interviews that are nobody else's to see are
    left out; where interviews are joined otherwise, `shared` says which.
    """
    people = _people(role, user_id)
    return sa.and_(people, exclude_practice(role, interviews.c.id)) if user_id is interviews.c.user_id else people


def exclude_practice(role: Role, interview_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Build the clause that leaves out other people's practice interviews for a role."""
    return sa.true() if role is Role.INTERVIEWEE else ~is_private(interview_id)


def is_private(interview_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Build the condition that the interview named by a column is practice."""
    row, table = private_interviews.c, interview_id.table
    # Of an id that was given out again, the row is about the interview before.
    moment = belongs(row.since) if table is interviews else sa.true()
    # The person is named too, so that only what they keep to themselves is read.
    theirs = sa.and_(row.interview_id == interview_id, row.user_id == table.c.user_id)
    return sa.exists().where(theirs, moment).correlate(table)


def _people(role: Role, user_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    if role is Role.ADMIN:
        return sa.true()
    if role is Role.COACH:
        assigned = (
            sa.select(coach_candidates.c.user_id)
            .join(_CANDIDATES, _CANDIDATES.c.id == coach_candidates.c.user_id)
            .where(
                coach_candidates.c.member_id == sa.bindparam("viewer_member_id", type_=sa.BigInteger),
                belongs(coach_candidates.c.assigned_at, _CANDIDATES),
            )
        )
        return user_id.in_(assigned)
    return user_id == sa.bindparam("viewer_user_id", type_=sa.Integer)


def require_adding(viewer: Viewer) -> None:
    """Raise `NotAllowedError` unless the viewer may add interviews."""
    if not viewer.may_add:
        raise NotAllowedError("Only coaches and admins may add interviews here.")


def require_admin(viewer: Viewer) -> None:
    """Raise `NotAllowedError` unless the viewer is an admin."""
    if not viewer.administers:
        raise NotAllowedError("Only an admin may see and change who has access to whom.")
