"""Struck claims: marked as wrong by a coach, hidden, kept in their version, and not written again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access import orphans
from analytics.access.audit import record
from analytics.access.viewer import Viewer
from analytics.coaching.access import CoachingError, clean_text, require_coaching
from analytics.coaching.limits import STRUCK, require_room
from analytics.columns import now
from analytics.database.review_tables import struck_claims as table
from analytics.interviewlab.feedback import Feedback, SkillBreakdown
from analytics.interviewlab.tables import belongs, interviews
from analytics.reviews.owner import LONGEST_REASON, owner_of

# Under what the platform lists each kind of claim: it has three lists.
_LISTS: Final = {
    "strength": "strengths",
    "weakness": "weaknesses",
    "missed_opportunity": "weaknesses",
    "recommendation": "recommendations",
    "better_wording": "recommendations",
}


@dataclass(frozen=True, slots=True)
class ClaimKey:
    """What identifies a claim: its kind, its text, and the ids it cites."""

    skill: str
    kind: str
    claim: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StruckClaim:
    """A struck claim of an interview, and the reason."""

    interview_id: int
    key: ClaimKey
    reason: str
    struck_by: str
    struck_at: datetime


def strike(viewer: Viewer, db: Connection, interview_id: int, keys: Sequence[ClaimKey], reason: str) -> None:
    """Strike claims for one reason; for coaches of the candidate and admins.

    The first is the one that was meant, the others fall with it. Whether it is shown is the caller's to look.
    """
    reason = clean_text(reason, longest=LONGEST_REASON)
    if not reason:
        raise CoachingError("Say what is wrong with this claim.")
    require_room(viewer, db, STRUCK, interview_id)
    _append(viewer, db, interview_id, keys, reason, struck=True)


def take_back(viewer: Viewer, db: Connection, interview_id: int, claim: ClaimKey) -> None:
    """Restore a struck claim with what depended on it; raises `CoachingError` if it is not struck."""
    struck = {one.key: one for one in struck_claims(db, interview_id=interview_id)}
    meant = next((one for key, one in struck.items() if _as_tuple(key) == _as_tuple(claim)), None)
    if meant is None:
        owner_of(viewer, db, interview_id)
        raise CoachingError("This claim is not marked as wrong.")
    together = [
        key for key, one in struck.items() if (one.struck_at, one.key.skill) == (meant.struck_at, meant.key.skill)
    ]
    _append(viewer, db, interview_id, sorted(together, key=lambda key: key != meant.key), "", struck=False)


def struck_claims(
    db: Session | Connection, *, interview_id: int | None = None, user_id: int | None = None
) -> tuple[StruckClaim, ...]:
    """List the struck claims of an interview or a person, without access control."""
    column = interviews.c.id if user_id is None else interviews.c.user_id
    statement = (
        sa.select(table)
        .join(interviews, interviews.c.id == table.c.interview_id)
        .where(column == (interview_id if user_id is None else user_id), belongs(table.c.struck_at))
        .order_by(table.c.id)
    )
    latest: dict[tuple[int, str, str, str], sa.RowMapping] = {}
    for row in db.execute(statement).mappings():
        latest[row["interview_id"], row["skill"], row["kind"], row["claim"]] = row
    return tuple(
        StruckClaim(
            row["interview_id"],
            ClaimKey(row["skill"], row["kind"], row["claim"], tuple(row["evidence"].split())),
            row["reason"],
            row["struck_by"],
            row["struck_at"],
        )
        for row in latest.values()
        if row["struck"]
    )


def feedback_without(feedback: Feedback, struck: Iterable[ClaimKey]) -> Feedback:
    """Remove struck claims from a feedback: from their skill, and from the lists and texts over all skills."""
    skills = dict(feedback.skills)
    gone: set[tuple[str, str]] = set()
    for key in struck:
        name = _LISTS[key.kind]
        before: tuple[str, ...] = getattr(skills[key.skill], name)
        left = tuple(text for text in before if not _says(text, key))
        gone |= {(name, text) for text in before if text not in left}
        changed: dict[str, Any] = {name: left}
        skills[key.skill] = replace(skills[key.skill], **changed)
    if not gone:
        return feedback
    whole: dict[str, Any] = {
        name: _without(getattr(feedback, name), name, gone, skills.values()) for name in set(_LISTS.values())
    }
    detailed = feedback.detailed_feedback
    for _, text in gone:
        detailed = detailed.replace(f"{text.rstrip('.')}.", "")
    return replace(feedback, skills=skills, detailed_feedback=detailed.strip(), **whole)


def _as_tuple(key: ClaimKey) -> tuple[str, str, str]:
    return key.skill, key.kind, key.claim


def _without(
    texts: tuple[str, ...], name: str, gone: set[tuple[str, str]], skills: Iterable[SkillBreakdown]
) -> tuple[str, ...]:
    # What another skill says as well stays.
    said = {text for skill in skills for text in getattr(skill, name)}
    return tuple(text for text in texts if (name, text) not in gone or text in said)


def _says(text: str, key: ClaimKey) -> bool:
    """Return whether a text of the platform's lists is a claim, as `InterviewFeedback.to_platform` writes it there."""
    if key.kind == "better_wording":
        return text == f'Say it like this: "{key.claim}"'
    return text == key.claim or text.startswith(f"{key.claim} How to notice progress: ")


def _append(
    viewer: Viewer, db: Connection, interview_id: int, keys: Sequence[ClaimKey], reason: str, *, struck: bool
) -> None:
    user_id, created_at = owner_of(viewer, db, interview_id)
    require_coaching(viewer, db, user_id)
    orphans.remove(db, interview_id)
    moment = max(now(), created_at)
    for key in keys:
        values = {"interview_id": interview_id, "skill": key.skill, "kind": key.kind, "claim": key.claim}
        values |= {"evidence": " ".join(key.evidence), "struck": struck, "reason": reason}
        db.execute(sa.insert(table).values(values | {"struck_by": viewer.actor, "struck_at": moment}))
    action = "strike_claim" if struck else "unstrike_claim"
    record(db, viewer.actor, action, interview_id=interview_id, user_id=user_id, skill=keys[0].skill, kind=keys[0].kind)
