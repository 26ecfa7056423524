"""Who has come in: from what a provider or the platform says about a person to the `Viewer` they are.

Looked up again at every step a person takes, so that a sign-out, a deactivation or another role counts at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from analytics.access import Role, Viewer
from analytics.audit import record
from analytics.database import ask, execute, now, rows, session
from analytics.direct import Direct
from analytics.queries import as_utc
from analytics.schema import coach_candidates, identities, members, users
from analytics.settings import Settings

LEEWAY: Final = timedelta(seconds=60)
_LONGEST: Final = 255

UNVERIFIED: Final = (
    "Your sign-in provider does not say that your e-mail address is verified. Verify it there, then sign in."
)
UNKNOWN: Final = "There is no account for your e-mail address here. Ask an admin of this dashboard to add you."
INACTIVE: Final = "Your account is deactivated. Ask an admin if you think it should not be."
AMBIGUOUS: Final = "Two accounts share your e-mail address. Ask whoever runs the interview platform to make them one."
TAKEN: Final = (
    "Your e-mail address belongs to another sign-in here. Ask an admin to release it if that one is yours as well."
)
UNUSABLE: Final = "Your sign-in provider sent no name for you that could be kept. Ask whoever runs it."


class RefusedError(Exception):
    """Somebody who may not come in; the message says why and is fit to show."""


class SignedOutError(RefusedError):
    """A sign-in that is over: a new one may help."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What an OpenID provider says about somebody, and when; access tokens often name no e-mail (None)."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    issued_at: datetime


def normalised(email: str) -> str:
    """Write an e-mail address in the one way it is compared in.

    Only ASCII letters change case: other pairs, such as the Kelvin sign and k, would let one address pass for another.
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in email.strip())


class _Found(NamedTuple):
    """A person as the database knows them; None where it does not."""

    email: str | None
    tied_user_id: int | None
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    user_id: int | None
    user_email: str | None
    full_name: str | None
    is_active: bool | None
    member_id: int | None
    role: str | None
    beside: Sequence[Any] | None = None


# A statement to be asked in the same exchange, and its values. It gives at most one row, which begins with no null.
Beside = tuple[sa.Select[*tuple[Any, ...]], Mapping[str, Any]]

_KNOWN: Final = (
    sa.select(
        identities.c.email,
        identities.c.user_id,
        identities.c.signed_in_at,
        identities.c.signed_out_at,
        users.c.id,
        users.c.email,
        users.c.full_name,
        users.c.is_active,
        members.c.id,
        members.c.role,
    )
    .select_from(identities)
    .outerjoin(users, users.c.id == identities.c.user_id)
    .outerjoin(members, members.c.email == identities.c.email)
    .where(identities.c.issuer == sa.bindparam("issuer"), identities.c.subject == sa.bindparam("subject"))
)
_COLUMNS: Final = len(_KNOWN.selected_columns)


def viewer_of(engine: Engine, person: SignIn, settings: Settings) -> Viewer:
    """Find out who signed in, as `enter` does, without a transaction where nothing has to be written.

    Raises as `enter` does, and `DatabaseError`.
    """
    return viewer_beside(engine, person, settings)[0]


def viewer_beside(
    engine: Engine, person: SignIn, settings: Settings, beside: Beside | None = None
) -> tuple[Viewer, Sequence[Any] | None]:
    """Find out who signed in, as `viewer_of` does, and in the same exchange which row another statement finds.

    The row is None where there is none, and where it was not asked for.
    """
    found = ask(engine, lambda db: _let_in(db, person, settings, beside))
    if found is not None and found.email is not None and as_utc(found.signed_in_at) >= person.issued_at:
        return _viewer(found, settings), found.beside
    with session(engine) as db:
        return enter(db, person, settings), None


def enter(db: Session, person: SignIn, settings: Settings) -> Viewer:
    """Find out who signed in.

    The first sign-in ties the provider's name for the person to the account that their verified e-mail names. Raises
    `SignedOutError` for a sign-in that is over and `RefusedError` for a person who may not come in.
    """
    found = _let_in(db, person, settings)
    if found is None or found.email is None:
        _tie(db, person, settings.admin_emails)
        found = _find(db, person)
        if found is None or found.email is None:
            raise RefusedError(TAKEN)
    elif as_utc(found.signed_in_at) < person.issued_at:
        found = _note(db, person, found)
    return _viewer(found, settings)


def _let_in(
    db: Session | Connection | Direct, person: SignIn, settings: Settings, beside: Beside | None = None
) -> _Found | None:
    """Find what is known about somebody whose sign-in stands; None before the first one."""
    age = now() - person.issued_at
    if age > timedelta(hours=settings.session_hours):
        raise SignedOutError(f"Your sign-in is more than {settings.session_hours:g} hours old. Sign in again to go on.")
    if age < -LEEWAY:
        raise SignedOutError(
            "Your sign-in carries a time that is still to come: a clock is wrong, here or at your sign-in provider. "
            "Tell whoever runs this dashboard."
        )
    if person.email is not None and person.email_verified is not True:
        raise RefusedError(UNVERIFIED)
    if not (0 < len(person.issuer) <= _LONGEST and 0 < len(person.subject) <= _LONGEST):
        raise RefusedError(UNUSABLE)
    found = _find(db, person, beside)
    if found is not None and found.signed_out_at is not None and person.issued_at <= as_utc(found.signed_out_at):
        raise SignedOutError("You signed out. Sign in again to go on.")
    return found


def platform_user(db: Session, user_id: int, settings: Settings) -> Viewer:
    """Find out who a user of the platform is, from the platform's own token.

    An e-mail that the platform has not verified gives no role: anyone may have registered it. Raises `RefusedError` for
    a user who may not come in.
    """
    user = db.execute(
        sa.select(users.c.id, users.c.email, users.c.full_name, users.c.is_active, users.c.is_verified).where(
            users.c.id == user_id
        )
    ).first()
    if user is None:
        raise RefusedError(UNKNOWN)
    *known, is_verified = user
    email = normalised(user.email) if is_verified else ""
    member = execute(db, sa.select(members.c.id, members.c.role).where(members.c.email == email)).first()
    return _viewer(_Found(email, user_id, None, None, *known, *(member or (None, None))), settings)


def demo_viewer(db: Session, role: Role, settings: Settings) -> Viewer:
    """Give somebody of the demo with this role: its admin, its coach, or its first candidate.

    Only for the demo, where nobody is real. The coach is made with the first use and sees every second candidate.
    """
    if role is Role.ADMIN:
        return Viewer(role, name="Demo admin", email="admin@demo.example")
    if role is Role.INTERVIEWEE:
        person = db.execute(sa.select(users.c.id, users.c.full_name, users.c.email).order_by(users.c.id)).first()
        told = settings.interviewees_see_cohort
        if person is None:
            return Viewer(role, sees_cohort=told)
        return Viewer(role, person.id, name=person.full_name or "", email=person.email, sees_cohort=told)
    email = "coach@demo.example"
    held = sa.select(members.c.id).where(members.c.email == email)
    member_id = execute(db, held).scalar()
    if member_id is None:
        insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
        values = {"email": email, "role": role, "created_at": now()}
        execute(db, insert(members).values(values).on_conflict_do_nothing())
        member_id = execute(db, held).scalar_one()
        mine = sa.select(
            sa.literal(member_id), users.c.id, sa.literal(now(), sa.DateTime(timezone=True)), sa.literal(email)
        ).where(users.c.id % 2 == 1)
        columns = ["member_id", "user_id", "assigned_at", "assigned_by"]
        execute(db, insert(coach_candidates).from_select(columns, mine).on_conflict_do_nothing())
        db.commit()
    return Viewer(role, member_id=member_id, name="Demo coach", email=email)


def sign_out(db: Session, person: SignIn) -> None:
    """End every sign-in of a person so far: all tabs, all devices, copied cookies."""
    found = _find(db, person)
    if found is not None:
        until = max(as_utc(found.signed_in_at), person.issued_at)
        execute(db, sa.update(identities).where(_of(person)).values(signed_out_at=until))
        db.commit()


def _find(db: Session | Connection | Direct, person: SignIn, beside: Beside | None = None) -> _Found | None:
    statement, values = (_KNOWN, {}) if beside is None else (_known_beside(beside[0]), beside[1])
    found = rows(db, statement, {"issuer": person.issuer, "subject": person.subject, **values})
    if not found:
        return None
    known, row = found[0][:_COLUMNS], found[0][_COLUMNS:]
    return _Found(*known)._replace(beside=row if row and row[0] is not None else None)


@lru_cache(maxsize=16)
def _known_beside(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    known, beside = _KNOWN.subquery(), statement.subquery()
    return sa.select(known, beside).select_from(known.outerjoin(beside, sa.true()))


def _of(person: SignIn) -> sa.ColumnElement[bool]:
    return sa.and_(identities.c.issuer == person.issuer, identities.c.subject == person.subject)


def _tie(db: Session, person: SignIn, admins: Collection[str]) -> None:
    """Tie an identity that nothing is known about to the account of its e-mail."""
    email = normalised(person.email or "")
    user = _user_of(db, email)
    role = execute(db, sa.select(members.c.role).where(members.c.email == email)).scalar()
    if not email or len(email) > _LONGEST or (user is None and role is None and email not in admins):
        raise RefusedError(UNKNOWN)
    if user is not None and not user.is_active:
        raise RefusedError(INACTIVE)
    user_id: int | None = user.id if user else None
    tied = {"email": email, "user_id": user_id, "signed_in_at": person.issued_at}
    other = identities.alias()
    released = execute(
        db,
        sa.update(identities)
        .where(_of(person), identities.c.email.is_(None), ~sa.exists().where(other.c.email == email))
        .values(tied)
        .returning(identities.c.issuer),
    ).first()
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"issuer": person.issuer, "subject": person.subject, "first_seen_at": now(), **tied}
    inserted = execute(db, insert(identities).values(values).on_conflict_do_nothing().returning(identities.c.issuer))
    if released or inserted.first():
        record(db, email, "first_sign_in", user_id=user_id, issuer=person.issuer)
    db.commit()


def _user_of(db: Session, email: str) -> Any:
    statement = sa.select(users.c.id, users.c.email, users.c.is_active).where(sa.func.lower(users.c.email) == email)
    found = [row for row in db.execute(statement.limit(10)) if normalised(row.email) == email]
    if len(found) > 1:
        raise RefusedError(AMBIGUOUS)
    return found[0] if found else None


def _note(db: Session, person: SignIn, found: _Found) -> _Found:
    """Remember the latest sign-in, and the account that has come to be since the first; reading goes on without."""
    values: dict[str, Any] = {"signed_in_at": person.issued_at}
    if found.tied_user_id is None and normalised(person.email or "") == found.email:
        user = _user_of(db, found.email)
        values["user_id"] = user.id if user else None
    try:
        execute(db, sa.update(identities).where(_of(person)).values(values))
        db.commit()
    except SQLAlchemyError:
        db.rollback()
        return found
    return _find(db, person) or found


def _viewer(found: _Found, settings: Settings) -> Viewer:
    email = found.email or ""
    if found.is_active is False:
        raise RefusedError(INACTIVE)
    named = email in settings.admin_emails
    if found.user_id is None and found.role is None and not named:
        raise RefusedError(UNKNOWN)
    role = Role.ADMIN if named else Role(found.role or Role.INTERVIEWEE)
    return Viewer(
        role=role,
        user_id=found.user_id,
        member_id=found.member_id,
        name=(found.full_name or "").strip() or found.user_email or email,
        email=email or normalised(found.user_email or ""),
        sees_cohort=role is not Role.INTERVIEWEE or settings.interviewees_see_cohort,
    )
