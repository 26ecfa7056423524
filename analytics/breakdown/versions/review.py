"""A coach's decisions about versions: restore one, approve the shown one, accept a newer one."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from analytics.access.viewer import Viewer
from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.versions.append import NOT_APPROVED, SavedVersion, append, keep_former, record, show
from analytics.breakdown.versions.former import with_former, without_former
from analytics.breakdown.versions.locking import LockedInterview, lock_for
from analytics.breakdown.versions.struck import breakdown_without
from analytics.breakdown.versions.version import COLUMNS, Source, Version, VersionError, read_version, version_of
from analytics.columns import now
from analytics.database.schema import breakdown_versions, shown_versions
from analytics.database.sessions import writing
from analytics.reviews.struck import struck_claims


def restore(viewer: Viewer, engine: Engine, interview_id: int, number: int, *, write_back: bool) -> SavedVersion:
    """Show an older version again, as a new version with the same content; any approval of another one ends.

    Done again, since nobody heard that it was done, it changes nothing more.
    """
    with writing(engine) as connection:
        locked = lock_for(connection, viewer, interview_id, write_back)
        old = _find_version(connection, interview_id, number)
        breakdown = read_version(old)
        first = old.origin.restored or old.number
        current = _find_unapproved(locked)
        if current is not None and current.origin.restored == first and current.stored == old.stored:
            return SavedVersion(current.id, current.number, shown=True)
        keep_former(connection, locked)
        repeated = append(
            connection,
            locked,
            version_id=str(uuid.uuid4()),
            by=viewer.actor,
            source=Source.RESTORED,
            origin=old.origin.model_copy(update={"restored": first}),
            stored=old.stored,
        )
        show(connection, locked, repeated, breakdown, viewer.actor, write_back)
        record(connection, viewer.actor, "restore breakdown", locked, repeated, restored=old.number)
        return SavedVersion(repeated.id, repeated.number, shown=True)


def accept(viewer: Viewer, engine: Engine, interview_id: int, number: int, *, write_back: bool) -> SavedVersion:
    """Show a version that was waiting beside the shown one, whose approval ends; repeating it changes nothing.

    Where what it kept of the former one has changed since, a copy with what stands there now is appended and shown.
    """
    with writing(engine) as connection:
        locked = lock_for(connection, viewer, interview_id, write_back, staff=False)
        version = _find_version(connection, interview_id, number)
        current = _find_unapproved(locked)
        if current is not None and (current.id == version.id or current.origin.restored == number):
            return SavedVersion(current.id, current.number, shown=True)
        if locked.version is not None and number <= locked.version.number:
            raise VersionError(f"Version {number} is older than the one that is shown; it can be restored.")
        former = keep_former(connection, locked)
        breakdown = read_version(version)
        if former is not None:
            struck = (one.key for one in struck_claims(connection, interview_id=interview_id))
            former = former[0], breakdown_without(former[1], struck)
        renewed = breakdown if version.origin.is_platform else _renew(breakdown, former)
        if renewed != breakdown:
            version = append(
                connection,
                locked,
                version_id=str(uuid.uuid4()),
                by=viewer.actor,
                source=version.source,
                origin=version.origin.model_copy(update={"restored": version.origin.restored or number}),
                stored=renewed.to_json(),
            )
        show(connection, locked, version, renewed, viewer.actor, write_back)
        record(connection, viewer.actor, "accept breakdown", locked, version)
        return SavedVersion(version.id, version.number, shown=True)


def _renew(breakdown: InterviewFeedback, former: tuple[str, InterviewFeedback] | None) -> InterviewFeedback:
    """Take anew what a version kept of the former one: the platform may have stored other scores since."""
    made = without_former(breakdown)
    if former is not None:
        made = with_former(made, *former)
    return InterviewFeedback.from_json(made.to_json())


def approve(viewer: Viewer, engine: Engine, interview_id: int, number: int, *, approved: bool = True) -> None:
    """Approve the shown version, so that newer ones wait beside it; or withdraw the approval.

    Raises `VersionError` when another version is shown by now.
    """
    with writing(engine) as connection:
        locked = lock_for(connection, viewer, interview_id, write_back=False)
        version = _find_version(connection, interview_id, number)
        current = locked.current()
        if current is None or current[0].id != version.id:
            raise VersionError("Something else is shown by now. Look at it before you approve it.")
        if locked.approved_by == (viewer.actor if approved else None):
            return
        values = {"approved_by": viewer.actor, "approved_at": now()} if approved else NOT_APPROVED
        connection.execute(
            sa.update(shown_versions).where(shown_versions.c.interview_id == interview_id).values(**values)
        )
        action = "approve breakdown" if approved else "withdraw approval of breakdown"
        record(connection, viewer.actor, action, locked, version)


def _find_unapproved(locked: LockedInterview) -> Version | None:
    """Return the version that is shown without an approval; None where there is none."""
    current = locked.current()
    return None if current is None or locked.approved_by is not None else current[0]


def _find_version(connection: Connection, interview_id: int, number: int) -> Version:
    row = connection.execute(
        sa.select(*COLUMNS).where(
            breakdown_versions.c.interview_id == interview_id, breakdown_versions.c.number == number
        ),
    ).first()
    if row is None:
        raise VersionError(f"There is no version {number} of this interview's breakdown.")
    return version_of(row)
