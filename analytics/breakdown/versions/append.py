"""The steps of a change: keep what is there, append a version, show it, write it back and into the audit trail."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from analytics import audit
from analytics.breakdown.holding import Held
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.standing import replaced_text, written_into
from analytics.breakdown.versions import PLATFORM, Origin, Source, Version, VersionError, from_platform
from analytics.database import DatabaseError, execute, now
from analytics.feedback import Unreadable, read_feedback
from analytics.schema import breakdown_versions, interviews, shown_versions, skill_scores, stale_candidates

NOT_APPROVED: Final = {"approved_by": None, "approved_at": None}
_MEANWHILE: Final = f"{PLATFORM} has just changed this interview. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a new breakdown: its version's id and number, and whether it is the one shown."""

    version_id: str
    number: int
    shown: bool


def keep_former(connection: Connection, held: Held) -> tuple[str, InterviewFeedback] | None:
    """Keep what is about to be replaced: the platform's own feedback becomes a version, unless it is one already.

    Gives the former breakdown and the words for where it comes from; None where there was none.
    """
    current = held.current()
    if current is not None:
        return f"version {current[0].number}", current[1]
    if held.text is None or held.raw is None:
        return None
    version = append(
        connection,
        held,
        version_id=str(uuid.uuid4()),
        by=PLATFORM,
        source=Source.PLATFORM,
        origin=Origin(analyst=PLATFORM),
        stored=held.text,
    )
    return f"version {version.number} ({PLATFORM})", from_platform(held.raw)


def append(
    connection: Connection, held: Held, *, version_id: str, by: str, source: Source, origin: Origin, stored: str
) -> Version:
    """Append a version under the next number, without showing it."""
    version = Version(
        id=version_id,
        interview_id=held.interview_id,
        number=_next_number(connection, held.interview_id),
        created_at=now(),
        created_by=by,
        source=source,
        origin=origin,
        stored=stored,
    )
    execute(
        connection,
        sa.insert(breakdown_versions).values(
            id=version.id,
            interview_id=version.interview_id,
            number=version.number,
            created_at=version.created_at,
            created_by=by,
            source=source,
            breakdown=stored,
            provenance=origin.model_dump_json(),
        ),
    )
    return version


def show(
    connection: Connection, held: Held, version: Version, breakdown: InterviewFeedback, by: str, write_back: bool
) -> None:
    """Show a version from now on, and write it back or serve it instead; an approval of another one ends.

    Raises `DatabaseError` where nothing is written back and the platform has stored other feedback meanwhile.
    """
    written = written_into(version, breakdown, held.raw)
    if write_back:
        try:
            connection.execute(
                sa.update(interviews).where(interviews.c.id == held.interview_id).values(feedback=written)
            )
        except RecursionError:
            raise VersionError("The platform's feedback is nested too deeply to be written again.") from None
    elif held.completed:
        _replace_scores(connection, held, written)
        # From here on the platform's writes wait for these rows. Nobody held its row before, and scores of newer
        # feedback would be gone.
        text = sa.select(sa.cast(interviews.c.feedback, sa.Text)).where(interviews.c.id == held.interview_id)
        if connection.execute(text).scalar() != held.text:
            raise DatabaseError(_MEANWHILE)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {
        "version_id": version.id,
        "replaces": None if write_back else replaced_text(held.text),
        "served": None if write_back else _served(version, written),
        **NOT_APPROVED,
        "changed_at": now(),
        "changed_by": by,
    }
    statement = insert(shown_versions).values(interview_id=held.interview_id, **values)
    execute(connection, statement.on_conflict_do_update(index_elements=["interview_id"], set_=values))


def _served(version: Version, written: object) -> str:
    # What no parser takes, of the platform's, stays as it was stored.
    return version.stored if isinstance(written, Unreadable) else json.dumps(written)


def _replace_scores(connection: Connection, held: Held, written: object) -> None:
    """Write the narrow copy ourselves: nothing is written back that a trigger could follow.

    In PostgreSQL, where the platform may be writing at this moment, the report has them read once more.
    """
    execute(connection, sa.delete(skill_scores).where(skill_scores.c.interview_id == held.interview_id))
    rows = [
        {
            "interview_id": held.interview_id,
            "skill": key,
            "user_id": held.user_id,
            "completed_at": held.date,
            "state": skill.state,
            "reason": skill.reason,
            "score": skill.score,
        }
        for key, skill in read_feedback(written).skills.items()
    ]
    execute(connection, sa.insert(skill_scores), rows)
    unsure = held.interview_id if connection.dialect.name == "postgresql" else None
    execute(connection, sa.insert(stale_candidates).values(user_id=held.user_id, interview_id=unsure))


def _next_number(connection: Connection, interview_id: int) -> int:
    highest = sa.select(sa.func.max(breakdown_versions.c.number)).where(
        breakdown_versions.c.interview_id == interview_id
    )
    return (execute(connection, highest).scalar() or 0) + 1


def record(connection: Connection, by: str, action: str, held: Held, version: Version, **detail: Any) -> None:
    """Note a change in the audit trail."""
    audit.record(
        connection,
        by,
        action,
        interview_id=held.interview_id,
        user_id=held.user_id,
        version=version.number,
        **detail,
    )
