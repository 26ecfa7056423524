"""Changes to an added interview: its speakers, and its deletion with everything that depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.viewer import NotAllowedError, Viewer, scope
from analytics.breakdown import read_transcript
from analytics.database.json_text import parse_json
from analytics.database.schema import breakdown_jobs
from analytics.importing.add import messages
from analytics.importing.citations import cites_anything, renumber_citations, renumbered
from analytics.importing.dependents import delete_rows_about
from analytics.importing.errors import AddError
from analytics.importing.lines import Line
from analytics.interviewlab.tables import interviews
from analytics.queries.interviews import conversation
from analytics.queries.tags import AddedBy, find_adder
from analytics.transcripts.model import Transcript, Turn

_NOT_ADDED: Final = "This interview was not added here, or you do not have access."


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """The stored conversation of an added interview, and which speaker is the candidate."""

    transcript: Transcript
    candidate: str | None


def may_change(viewer: Viewer, added: AddedBy) -> bool:
    """Return whether a viewer who sees an added interview may change its speakers."""
    return viewer.may_add and (viewer.sees_others or added.added_by == viewer.actor)


def may_delete(viewer: Viewer, added: AddedBy) -> bool:
    """Return whether a viewer who sees an added interview may delete it; its adder may even where adding is off."""
    return viewer.administers or added.added_by == viewer.actor


def read_stored(viewer: Viewer, db: Session | Connection, interview_id: int) -> StoredConversation | None:
    """Read an added interview's conversation for editing; None if it was not added here."""
    added = find_adder(viewer, db, interview_id)
    column = sa.cast(interviews.c.conversation_history, sa.Text)
    document = db.execute(sa.select(column).where(interviews.c.id == interview_id)).scalar()
    read = parse_json(document)
    if added is None or not isinstance(read, list):
        return None
    turns, candidate = [], None
    for message in read:
        metadata = message.get("metadata") or {}
        name = metadata.get("speaker")
        if message.get("role") == "user":
            candidate = candidate or name
        turns.append(Turn(name, str(message.get("content") or ""), metadata.get("at")))
    return StoredConversation(Transcript(added.format, tuple(turns)), candidate)


def change_speakers(
    viewer: Viewer, connection: Connection, interview_id: int, transcript: Transcript, candidate: str
) -> None:
    """Store new speakers; no word of the conversation changes, and its breakdowns become out of date.

    What requests for review and verdicts cite of it stays with its words.

    Raises `AddError`, and `NotAllowedError` for whoever may not change it.
    """
    before = read_stored(viewer, connection, interview_id)
    added = find_adder(viewer, connection, interview_id)
    if before is None or added is None:
        raise AddError(_NOT_ADDED)
    if not may_change(viewer, added):
        raise NotAllowedError("Only whoever added an interview, coaches and admins may say who spoke in it.")
    if candidate not in transcript.speakers:
        raise AddError(f"Say who the candidate is: {', '.join(transcript.speakers[:10])}.")
    if _words(before.transcript) != _words(transcript):
        raise AddError("The conversation has changed meanwhile. Open the interview again.")
    row = Line.model_validate(
        {
            "id": "speakers",
            "person": {"email": "nobody@example.org"},
            "title": "speakers",
            "transcript": messages(transcript, candidate),
        }
    ).row()
    changed = {name: row[name] for name in ("conversation_history", "turn_count", "updated_at")}
    cited = cites_anything(connection, interview_id)
    read = read_transcript(conversation(viewer, connection, interview_id) if cited else None)
    connection.execute(sa.update(interviews).where(interviews.c.id == interview_id).values(changed))
    if cited:
        read_anew = read_transcript(conversation(viewer, connection, interview_id))
        renumber_citations(connection, interview_id, renumbered(read, before.transcript, read_anew, transcript))
    record(
        connection,
        viewer.actor,
        "change_speakers",
        interview_id=interview_id,
        speakers=len(transcript.speakers),
        turns=len(transcript.turns),
    )


def delete_interview(viewer: Viewer, connection: Connection, interview_id: int) -> None:
    """Delete an added interview with its scores, versions, jobs, tags and everything else that depends on it.

    The person stays. Raises `AddError`, and `NotAllowedError` for whoever may not delete it.
    """
    added = find_adder(viewer, connection, interview_id)
    if added is None:
        raise AddError(_NOT_ADDED)
    if not may_delete(viewer, added):
        raise NotAllowedError("Only whoever added an interview, and admins, may delete it.")
    jobs = breakdown_jobs.c.interview_id == interview_id
    unfinished = sa.select(breakdown_jobs.c.id).where(jobs, breakdown_jobs.c.finished_at.is_(None))
    if connection.execute(unfinished).first():
        raise AddError("A breakdown of this interview is being made. Cancel it, or wait, and try again.")
    user_id = connection.execute(sa.select(interviews.c.user_id).where(interviews.c.id == interview_id)).scalar()
    delete_rows_about(connection, [interview_id])
    connection.execute(
        sa.delete(interviews).where(interviews.c.id == interview_id, scope(viewer.role, interviews.c.user_id)),
        dict[str, Any](viewer.parameters),
    )
    record(connection, viewer.actor, "delete_interview", interview_id=interview_id, user_id=user_id)


def _words(transcript: Transcript) -> list[str]:
    return " ".join(turn.text for turn in transcript.turns).split()
