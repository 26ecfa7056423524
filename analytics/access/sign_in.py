"""Sign-in: from what a provider or the platform says about a person to their `Viewer`.

Looked up again at every step a person takes, so that a sign-out, a deactivation or another role counts at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.bearer_tokens import PlatformToken
from analytics.access.blind import has_chosen, mark_blind_rater
from analytics.access.viewer import Role, Viewer
from analytics.columns import now
from analytics.database.errors import DatabaseError
from analytics.database.schema import identities, members
from analytics.database.sessions import reading, upsert, writing
from analytics.database.verdict_tables import blind_raters
from analytics.interviewlab.tables import belongs, users
from analytics.settings import Settings
from analytics.text import is_canonical_address, storable

TIED_AT: Final = sa.func.coalesce(identities.c.tied_at, identities.c.first_seen_at)
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
UNUSABLE: Final = "Your sign-in provider sent no name or time for you that could be kept. Ask whoever runs it."


class RefusedError(Exception):
    """A person who may not sign in; the message says why and may be shown to the user."""


class SignedOutError(RefusedError):
    """A sign-in that has ended; signing in again may help."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What an OpenID provider says about a person, and when; `email` is None in many access tokens."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    issued_at: datetime


def moment(seconds: float) -> datetime:
    """Read the time in a claim; raises `RefusedError` for values that are not a time, such as NaN."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise RefusedError(UNUSABLE) from None


def require_storable(*claims: object) -> None:
    """Raise `RefusedError` for text no database can store: with NUL or lone surrogates."""
    if any(isinstance(claim, str) and storable(claim) != claim for claim in claims):
        raise RefusedError(UNUSABLE)


def normalise_email(email: str) -> str:
    """Normalise an e-mail address for comparison.

    Only ASCII letters change case: other pairs, such as the Kelvin sign and k, would let one address pass for another.
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in email.strip())


class _Person(NamedTuple):
    """A person as the database knows them; None where it does not."""

    email: str | None
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    user_id: int | None
    user_email: str | None
    full_name: str | None
    is_active: bool | None
    member_id: int | None
    role: str | None
    rates_blind: bool = False


_KNOWN: Final = (
    sa.select(
        identities.c.email,
        identities.c.signed_in_at,
        identities.c.signed_out_at,
        users.c.id,
        users.c.email,
        users.c.full_name,
        users.c.is_active,
        members.c.id,
        members.c.role,
        sa.exists().where(blind_raters.c.email == identities.c.email).label("rates_blind"),
    )
    .select_from(identities)
    .outerjoin(users, sa.and_(users.c.id == identities.c.user_id, belongs(TIED_AT, users)))
    .outerjoin(members, members.c.email == identities.c.email)
    .where(identities.c.issuer == sa.bindparam("issuer"), identities.c.subject == sa.bindparam("subject"))
)


_PLATFORM_USER: Final = sa.select(
    users.c.id,
    users.c.email,
    users.c.full_name,
    users.c.is_active,
    users.c.is_verified,
    users.c.created_at,
    sa.select(sa.func.max(identities.c.ended_at))
    .where(
        sa.or_(
            sa.and_(identities.c.user_id == users.c.id, belongs(TIED_AT, users)),
            identities.c.email == sa.func.lower(users.c.email),
        )
    )
    .correlate(users)
    .scalar_subquery(),
).where(users.c.id == sa.bindparam("user_id", type_=sa.Integer))


def viewer_of(engine: Engine, person: SignIn, settings: Settings) -> Viewer:
    """Return the viewer who signed in.

    The first sign-in ties the provider's name for the person to the account that their verified e-mail names. Raises
    `SignedOutError` for a sign-in that is over, `RefusedError` for a person who may not come in, and `DatabaseError`.
    """
    with reading(engine) as db:
        row = _let_in(db, person, settings)
    if row is None or row.email is None:
        with writing(engine) as connection:
            _tie(connection, person, settings.admin_emails)
            row = _find(connection, person)
        if row is None or row.email is None:
            raise RefusedError(TAKEN)
    elif row.signed_in_at is not None and row.signed_in_at < person.issued_at:
        row = _note(engine, person, row)
    return _viewer(row, settings)


def _let_in(db: Session, person: SignIn, settings: Settings) -> _Person | None:
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
    require_storable(person.issuer, person.subject, person.email)
    if not (0 < len(person.issuer) <= _LONGEST and 0 < len(person.subject) <= _LONGEST):
        raise RefusedError(UNUSABLE)
    known = _find(db, person)
    if known is not None and known.signed_out_at is not None and person.issued_at <= known.signed_out_at:
        raise SignedOutError("You signed out. Sign in again to go on.")
    return known


def platform_user(db: Session, user_id: int, settings: Settings, token: PlatformToken | None = None) -> Viewer:
    """Return the viewer behind a platform user, if the platform's token is still valid for them.

    An e-mail that the platform has not verified gives no role, since anyone may have registered it; nor does one that
    could pass for another. Raises `SignedOutError` for a token from before the user signed out everywhere, and
    `RefusedError` for a user who may not come in, or whose account is newer than the token.
    """
    user = db.execute(_PLATFORM_USER, {"user_id": user_id}).first()
    if user is None or (token is not None and token.says_when and token.issued_at < user.created_at - LEEWAY):
        raise RefusedError(UNKNOWN)
    *known, is_verified, _created_at, ended_at = user
    if token is not None and ended_at is not None and token.issued_at <= ended_at:
        raise SignedOutError("You signed out. Sign in again to go on.")
    claimed = normalise_email(user.email)
    member = db.execute(sa.select(members.c.id, members.c.role).where(members.c.email == claimed)).first()
    proven = is_verified and is_canonical_address(user.email)
    email = claimed if proven else ""
    found = _Person(email, None, None, *known, *((member if proven else None) or (None, None)))
    viewer = _viewer(found._replace(rates_blind=has_chosen(db, email)), settings)
    if proven or (member is None and claimed not in settings.admin_emails):
        return viewer
    # What they do is not what whoever has the role did.
    return replace(viewer, email="", name=f"account {user_id} of InterviewLab")


def sign_out(db: Connection, person: SignIn) -> None:
    """End all of a person's sign-ins so far: every tab, device and copied cookie."""
    known = _find(db, person)
    if known is not None:
        until = max(known.signed_in_at or person.issued_at, person.issued_at)
        db.execute(sa.update(identities).where(_of(person)).values(signed_out_at=until, ended_at=now()))


def _find(db: Session | Connection, person: SignIn) -> _Person | None:
    row = db.execute(_KNOWN, {"issuer": person.issuer, "subject": person.subject}).first()
    return None if row is None else _Person._make(row)


def _of(person: SignIn) -> sa.ColumnElement[bool]:
    return sa.and_(identities.c.issuer == person.issuer, identities.c.subject == person.subject)


def _tie(db: Connection, person: SignIn, admins: Collection[str]) -> None:
    """Link an identity that nothing is known about to the account of its e-mail."""
    if not is_canonical_address(person.email or ""):
        raise RefusedError(UNKNOWN)
    email = normalise_email(person.email or "")
    role = db.execute(sa.select(members.c.role).where(members.c.email == email)).scalar()
    user = _user_of(db, email, needed=role is None and email not in admins)
    if not email or len(email) > _LONGEST or (user is None and role is None and email not in admins):
        raise RefusedError(UNKNOWN)
    if user is not None and not user.is_active:
        raise RefusedError(INACTIVE)
    user_id = user.id if user else None
    tied = {"email": email, "user_id": user_id, "signed_in_at": person.issued_at, "tied_at": _tied_at(user)}
    other = identities.alias()
    released = db.execute(
        sa.update(identities)
        .where(_of(person), identities.c.email.is_(None), ~sa.exists().where(other.c.email == email))
        .values(tied)
        .returning(identities.c.issuer),
    ).first()
    values = {"issuer": person.issuer, "subject": person.subject, "first_seen_at": now(), **tied}
    inserted = db.execute(upsert(db, identities).values(values).on_conflict_do_nothing().returning(identities.c.issuer))
    if released or inserted.first():
        record(db, email, "first_sign_in", user_id=user_id, issuer=person.issuer)


def _user_of(db: Connection, email: str, *, needed: bool) -> Any:
    """Find the account of an e-mail; None without one, or where several write it in different case.

    Anyone may have registered those. Raises `RefusedError` then where an account is `needed`.
    """
    columns = (users.c.id, users.c.email, users.c.is_active, users.c.created_at)
    statement = sa.select(*columns).where(sa.func.lower(users.c.email) == email)
    rows = [row for row in db.execute(statement.limit(10)) if normalise_email(row.email) == email]
    if needed and len(rows) > 1:
        raise RefusedError(AMBIGUOUS)
    return rows[0] if len(rows) == 1 else None


def _tied_at(user: Any) -> datetime:
    """Return the moment of a tie: not before the account is there, whoever's clock is behind."""
    return now() if user is None else max(now(), user.created_at)


def _note(engine: Engine, person: SignIn, known: _Person) -> _Person:
    """Remember the latest sign-in, and the account that has come to be since the first; reading goes on without."""
    values: dict[str, Any] = {"signed_in_at": person.issued_at}
    try:
        with writing(engine) as db:
            if known.user_id is None and normalise_email(person.email or "") == known.email:
                user = _user_of(db, known.email, needed=False)
                values |= {"user_id": user.id if user else None, "tied_at": _tied_at(user)}
            db.execute(sa.update(identities).where(_of(person)).values(values))
            return _find(db, person) or known
    except DatabaseError:
        return known


def _viewer(known: _Person, settings: Settings) -> Viewer:
    email = known.email or ""
    if known.is_active is False:
        raise RefusedError(INACTIVE)
    named = email in settings.admin_emails
    if known.user_id is None and known.role is None and not named:
        raise RefusedError(UNKNOWN)
    role = Role.ADMIN if named else Role(known.role or Role.INTERVIEWEE)
    viewer = Viewer(
        role=role,
        user_id=known.user_id,
        member_id=known.member_id,
        name=(known.full_name or "").strip() or known.user_email or email,
        email=email or normalise_email(known.user_email or ""),
        sees_cohort=role is not Role.INTERVIEWEE or settings.interviewees_see_cohort,
        adds_own=settings.interviewees_add,
        may_link=settings.interviewees_link_reports if role is Role.INTERVIEWEE else settings.coaches_link_reports,
        rates_self=settings.self_rating,
    )
    return mark_blind_rater(viewer, settings, chosen=known.rates_blind)
