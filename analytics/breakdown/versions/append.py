"""The steps of a change: keep the former feedback, append a version, show it, write it back, audit it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access import audit
from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.versions.current import replaced_text, write_into
from analytics.breakdown.versions.locking import LockedInterview
from analytics.breakdown.versions.version import (
    COLUMNS,
    PLATFORM,
    Origin,
    Source,
    Version,
    VersionError,
    from_platform,
    version_of,
)
from analytics.columns import now
from analytics.database.errors import DatabaseError
from analytics.database.schema import breakdown_versions, shown_versions, skill_scores, stale_candidates
from analytics.database.sessions import upsert
from analytics.interviewlab.feedback import Unreadable, read_feedback
from analytics.interviewlab.tables import interviews
from analytics.scores import version_scores
from analytics.scores.skill_scores import holds_code

NOT_APPROVED: Final = {"approved_by": None, "approved_at": None}
_MEANWHILE: Final = f"{PLATFORM} has just changed this interview. Try again in a moment."


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """A saved breakdown: its version's id and number, and whether it is shown.

    `poorer` says why it is a draft beside what is shown; empty where it is none.
    """

    version_id: str
    number: int
    shown: bool
    poorer: str = ""


def keep_former(connection: Connection, locked: LockedInterview) -> tuple[str, InterviewFeedback] | None:
    """Keep the platform's feedback as a version before it is replaced, unless it is one already.

    Gives the former breakdown and the words for where it comes from; None where there was none.
    """
    current = locked.current()
    if current is not None:
        return f"version {current[0].number}", current[1]
    if locked.text is None or locked.raw is None:
        return None
    version = _find_platform_version(connection, locked) or append(
        connection,
        locked,
        version_id=str(uuid.uuid4()),
        by=PLATFORM,
        source=Source.PLATFORM,
        origin=Origin(analyst=PLATFORM, holds_code=holds_code(connection, locked.interview_id)),
        stored=locked.text,
    )
    return f"version {version.number} ({PLATFORM})", from_platform(locked.raw, version.origin.holds_code)


def _find_platform_version(connection: Connection, locked: LockedInterview) -> Version | None:
    """Find the platform's own feedback among the versions: a draft may stand beside it, which had it kept."""
    own = sa.select(*COLUMNS).where(
        breakdown_versions.c.interview_id == locked.interview_id,
        breakdown_versions.c.source == Source.PLATFORM,
        breakdown_versions.c.breakdown == locked.text,
    )
    row = connection.execute(own.order_by(breakdown_versions.c.number.desc()).limit(1)).first()
    return None if row is None else version_of(row)


def append(
    connection: Connection,
    locked: LockedInterview,
    *,
    version_id: str,
    by: str,
    source: Source,
    origin: Origin,
    stored: str,
) -> Version:
    """Append a version under the next number, without showing it."""
    version = Version(
        id=version_id,
        interview_id=locked.interview_id,
        number=_next_number(connection, locked.interview_id),
        created_at=max(now(), locked.created_at),
        created_by=by,
        source=source,
        origin=origin,
        stored=stored,
    )
    row = version_scores.StoredVersion(
        id=version.id,
        interview_id=version.interview_id,
        number=version.number,
        created_at=version.created_at,
        provenance=origin.model_dump_json(),
        breakdown=stored,
    )
    connection.execute(sa.insert(breakdown_versions).values(**row._asdict(), created_by=by, source=source))
    version_scores.add(connection, [row])
    return version


def show(
    connection: Connection,
    locked: LockedInterview,
    version: Version,
    breakdown: InterviewFeedback,
    by: str,
    write_back: bool,
) -> None:
    """Show a version from now on, and write it back or serve it instead; any approval of another version ends.

    Raises `DatabaseError` where nothing is written back and the platform has stored other feedback meanwhile.
    """
    written = write_into(version, breakdown, locked.raw)
    if write_back:
        try:
            connection.execute(
                sa.update(interviews).where(interviews.c.id == locked.interview_id).values(feedback=written)
            )
        except RecursionError:
            raise VersionError("The platform's feedback is nested too deeply to be written again.") from None
    elif locked.completed:
        _replace_scores(connection, locked, written)
        # From here on the platform's writes wait for these rows. Nobody held its row before, and scores of newer
        # feedback would be gone.
        text = sa.select(sa.cast(interviews.c.feedback, sa.Text)).where(interviews.c.id == locked.interview_id)
        if connection.execute(text).scalar() != locked.text:
            raise DatabaseError(_MEANWHILE)
    values = {
        "version_id": version.id,
        "replaces": None if write_back else replaced_text(locked.text),
        "served": None if write_back else _serve(version, written),
        **NOT_APPROVED,
        "changed_at": max(now(), locked.created_at),
        "changed_by": by,
    }
    statement = upsert(connection, shown_versions).values(interview_id=locked.interview_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["interview_id"], set_=values))


def _serve(version: Version, written: object) -> str:
    # What no parser takes, of the platform's, stays as it was stored.
    return version.stored if isinstance(written, Unreadable) else json.dumps(written)


def _replace_scores(connection: Connection, locked: LockedInterview, written: object) -> None:
    """Write the narrow copy ourselves: nothing is written back that a trigger could follow.

    In PostgreSQL, where the platform may be writing at this moment, the report has them read once more.
    """
    connection.execute(sa.delete(skill_scores).where(skill_scores.c.interview_id == locked.interview_id))
    rows = [
        {
            "interview_id": locked.interview_id,
            "skill": key,
            "user_id": locked.user_id,
            "completed_at": locked.date,
            "state": skill.state,
            "reason": skill.reason,
            "score": skill.score,
        }
        for key, skill in read_feedback(
            written, holds_code=partial(holds_code, connection, locked.interview_id)
        ).skills.items()
    ]
    connection.execute(sa.insert(skill_scores), rows)
    unsure = locked.interview_id if connection.dialect.name == "postgresql" else None
    connection.execute(sa.insert(stale_candidates).values(user_id=locked.user_id, interview_id=unsure))


def _next_number(connection: Connection, interview_id: int) -> int:
    highest = sa.select(sa.func.max(breakdown_versions.c.number)).where(
        breakdown_versions.c.interview_id == interview_id
    )
    return (connection.execute(highest).scalar() or 0) + 1


def record(
    connection: Connection, by: str, action: str, locked: LockedInterview, version: Version, **detail: Any
) -> None:
    """Record a change in the audit trail."""
    audit.record(
        connection,
        by,
        action,
        interview_id=locked.interview_id,
        user_id=locked.user_id,
        version=version.number,
        **detail,
    )
