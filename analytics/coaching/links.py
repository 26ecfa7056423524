"""Links to a report that open without sign-in: made, listed, revoked, and found by their token."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.makers import resolve_maker
from analytics.access.viewer import NotAllowedError, Role, Viewer
from analytics.coaching.access import CoachingError, MissingError, require_seeing, visible_of_person
from analytics.coaching.limits import LINKS, require_room
from analytics.columns import now
from analytics.database.sharing_tables import report_links
from analytics.interviewlab.tables import belongs, moment_for, users
from analytics.settings import Settings

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 90
_TOKEN_BYTES: Final = 32
# Of links that opened nothing any more, as many are still listed.
_MOST_ENDED: Final = 10
_NAMES: Final = (
    "id", "user_id", "since", "until", "without_scores", "made_by", "made_at", "expires_at", "revoked_at", "openings",
    "opened_at", "zone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A link to the report of a person over a period, in days of a time zone; `may_revoke` is for the viewer."""

    id: str
    user_id: int
    since: date | None
    until: date | None
    without_scores: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    openings: int
    opened_at: datetime | None
    zone: str | None = None
    may_revoke: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether the link is neither expired nor revoked."""
        return self.revoked_at is None and self.expires_at > now()


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A valid link, and its maker with their present rights."""

    link: Link
    maker: Viewer


def make_link(
    viewer: Viewer,
    db: Connection,
    user_id: int,
    *,
    days: int = USUAL_DAYS,
    without_scores: bool = False,
    since: date | None = None,
    until: date | None = None,
    zone: str = "UTC",
) -> tuple[Link, str]:
    """Make a link to a person's report and return it with its token, which is not stored.

    The days of the period are those of a time zone.
    """
    require_seeing(viewer, db, user_id)
    if not viewer.may_link:
        raise NotAllowedError("Links to reports are switched off here.")
    if not 1 <= days <= MOST_DAYS:
        raise CoachingError(f"A link lasts from 1 to {MOST_DAYS} days.")
    if since is not None and until is not None and since > until:
        raise CoachingError("The last day is before the first.")
    require_room(viewer, db, LINKS, user_id)
    token, at = secrets.token_urlsafe(_TOKEN_BYTES), moment_for(db, user_id)
    link = Link(
        str(uuid4()), user_id, since, until, without_scores, viewer.actor, at, at + timedelta(days=days), None, 0, None,
        zone,
    )  # fmt: skip
    kept: dict[str, Any] = {name: getattr(link, name) for name in _NAMES}
    kept |= {"token_hash": _hash(token), "made_as": viewer.role.value, "maker_id": viewer.user_id}
    db.execute(sa.insert(report_links).values(kept))
    record(
        db, viewer.actor, "make_report_link", user_id=user_id, link=link.id, days=days, without_scores=without_scores
    )
    return replace(link, may_revoke=True), token


def links_of(viewer: Viewer, db: Session, user_id: int) -> list[Link]:
    """List the links to a person's report, valid ones first, then recent others; empty for a person not seen."""
    statement = (
        sa.select(*(report_links.c[name] for name in _NAMES))
        .where(visible_of_person(viewer.role, report_links.c.user_id, report_links.c.made_at))
        .order_by(report_links.c.made_at.desc(), report_links.c.id)
    )
    rows = db.execute(statement, {"user_id": user_id, **viewer.parameters}).mappings()
    links = [replace(Link(**row), may_revoke=_may_revoke(viewer, row)) for row in rows]
    return [link for link in links if link.is_open] + [link for link in links if not link.is_open][:_MOST_ENDED]


def revoke_link(viewer: Viewer, db: Connection, link_id: str) -> Link:
    """Revoke a link at once and for good; for its maker, the person it is about, and admins.

    One that was revoked before stays as it is.
    """
    statement = sa.select(*(report_links.c[name] for name in _NAMES)).where(report_links.c.id == link_id)
    row = db.execute(statement).mappings().first()
    if row is None or not _sees(viewer, db, row):
        raise MissingError("There is no such link.")
    if not _may_revoke(viewer, row):
        raise NotAllowedError("Only who made this link, the candidate or an admin may revoke it.")
    link = replace(Link(**row), may_revoke=True)
    if link.revoked_at is not None:
        return link
    at = now()
    db.execute(sa.update(report_links).where(report_links.c.id == link_id).values(revoked_at=at))
    record(db, viewer.actor, "revoke_report_link", user_id=link.user_id, link=link_id)
    return replace(link, revoked_at=at)


def find_link(db: Session, token: str, settings: Settings) -> OpenedLink | None:
    """Find a link by its token; None if it is unknown, expired or revoked, or its maker may no longer sign in.

    Whether the maker still sees the person is told by what they then read.
    """
    names = ("made_as", "maker_id")
    statement = (
        sa.select(*(report_links.c[name] for name in (*_NAMES, *names)))
        .join(users, users.c.id == report_links.c.user_id)
        .where(
            report_links.c.token_hash == _hash(token),
            report_links.c.revoked_at.is_(None),
            report_links.c.expires_at > now(),
            belongs(report_links.c.made_at, users),
        )
    )
    row = db.execute(statement).mappings().first()
    if row is None:
        return None
    link = Link(**{name: row[name] for name in _NAMES})
    kept = {"user_id": row["maker_id"], "made_at": link.made_at}
    maker = resolve_maker(db, link.made_by, settings, made_as=Role(row["made_as"]), **kept)
    return None if maker is None or not maker.may_link else OpenedLink(link, maker)


def count_opening(db: Connection, link_id: str) -> bool:
    """Count an opening; False if the link was revoked or removed in the meantime."""
    opened = (
        sa.update(report_links)
        .where(report_links.c.id == link_id, report_links.c.revoked_at.is_(None))
        .values(openings=report_links.c.openings + 1, opened_at=now())
        .returning(report_links.c.id)
    )
    return db.execute(opened).first() is not None


def _sees(viewer: Viewer, db: Connection, row: sa.RowMapping) -> bool:
    visible = visible_of_person(viewer.role, report_links.c.user_id, report_links.c.made_at)
    statement = sa.select(report_links.c.id).where(report_links.c.id == row["id"], visible)
    return db.execute(statement, {"user_id": row["user_id"], **viewer.parameters}).first() is not None


def _may_revoke(viewer: Viewer, row: sa.RowMapping) -> bool:
    return viewer.administers or row["made_by"] == viewer.actor or row["user_id"] == viewer.user_id


def _hash(token: str) -> str:
    # 256 random bits need no salt and no slow hash: nobody can try them all.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
