"""Blind rating: the one place that decides what a coach may not see before rating an interview.

Whoever rates blind is sent nothing of what a judge said of an interview, neither score nor claim, until they have given
a verdict on each of its skills; *not assessed* is one too. What they have seen once stays seen: a verdict that is
withdrawn afterwards hides nothing again.

Whoever `rates_self` is likewise sent nothing of a new interview of their own before they rated themselves in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record, require_few_changes
from analytics.access.viewer import NotAllowedError, Role, Viewer, exclude_practice
from analytics.columns import now
from analytics.database.review_tables import self_ratings
from analytics.database.schema import skill_scores
from analytics.database.sessions import upsert
from analytics.database.verdict_tables import blind_raters, verdicts
from analytics.interviewlab.conversation import CodeSubmission, Conversation
from analytics.interviewlab.tables import belongs, interviews, users
from analytics.settings import Settings
from analytics.skills import SKILL_KEYS

# For so many days an interview is new: after that its scores show, whether somebody rated themselves or not.
NEW_DAYS: Final = 14


def mark_blind_rater(viewer: Viewer, settings: Settings, *, chosen: bool) -> Viewer:
    """Return the viewer marked as a blind rater, if they judge others and chose it or the settings require it.

    They are not told either how candidates stand among each other: that is made of every score there is.
    """
    chosen = chosen or settings.rate_blind
    if viewer.role is Role.INTERVIEWEE or not chosen:
        return viewer
    return replace(viewer, rates_blind=True, sees_cohort=False)


def has_chosen(db: Session | Connection, email: str) -> bool:
    """Return whether a person has switched blind rating on."""
    statement = sa.select(blind_raters.c.email).where(blind_raters.c.email == email)
    return bool(email) and db.execute(statement).first() is not None


def choose(viewer: Viewer, db: Connection, *, blind: bool) -> None:
    """Switch blind rating on or off for the viewer, who must be allowed to judge others."""
    if not viewer.sees_others or not viewer.email:
        raise NotAllowedError("Only coaches and admins rate interviews.")
    require_few_changes(viewer, db)
    if blind:
        chosen = {"email": viewer.email, "chosen_at": now()}
        db.execute(upsert(db, blind_raters).values(chosen).on_conflict_do_nothing())
    else:
        db.execute(sa.delete(blind_raters).where(blind_raters.c.email == viewer.email))
    record(db, viewer.actor, "rate_blind", on=blind)


def find_hidden(
    viewer: Viewer,
    db: Session | Connection,
    *,
    interview_ids: Collection[int] = (),
    user_ids: Collection[int] = (),
) -> frozenset[int]:
    """Find the interviews, among these or of these people, whose scores and claims the viewer may not see yet."""
    return frozenset(row[0] for row in _read_hidden(viewer, db, interview_ids, user_ids))


def people_with_hidden(viewer: Viewer, db: Session | Connection, user_ids: Collection[int]) -> frozenset[int]:
    """Return those of these people who have an interview in `hidden`."""
    return frozenset(row[1] for row in _read_hidden(viewer, db, (), user_ids))


def without_reviews(conversation: Conversation) -> Conversation:
    """Return a conversation without InterviewLab's reviews of the submitted code."""
    unread: dict[int, CodeSubmission] = {}
    turns = []
    for turn in conversation.turns:
        code = turn.submission
        if code is not None:
            # One submission in two turns stays one.
            blank = replace(code, quality=None, strengths=(), weaknesses=())
            turn = replace(turn, submission=unread.setdefault(id(code), blank))
        turns.append(turn)
    return replace(conversation, turns=tuple(turns))


def _read_hidden(
    viewer: Viewer, db: Session | Connection, interview_ids: Collection[int], user_ids: Collection[int]
) -> Sequence[sa.Row[int, int]]:
    if not (interview_ids or user_ids):
        return []
    own = _own_new(viewer, db, interview_ids, user_ids) if viewer.rates_self and viewer.user_id is not None else []
    if not viewer.rates_blind:
        return own
    # Only what one may judge is kept from one: not one's own interviews, nor such as go on.
    email = sa.func.lower(users.c.email)
    statement = (
        sa.select(interviews.c.id, interviews.c.user_id)
        .join(users, users.c.id == interviews.c.user_id)
        .where(
            sa.or_(interviews.c.id.in_(interview_ids), interviews.c.user_id.in_(user_ids)),
            interviews.c.status == "completed",
            interviews.c.user_id != (viewer.user_id or -1),
            exclude_practice(viewer.role, interviews.c.id),
            email != (viewer.email or "-").casefold(),
            rated_skills(viewer) < len(SKILL_KEYS),
        )
    )
    return [*own, *db.execute(statement)]


def _own_new(
    viewer: Viewer, db: Session | Connection, interview_ids: Collection[int], user_ids: Collection[int]
) -> Sequence[sa.Row[int, int]]:
    """Find the viewer's own new interviews whose skills they have neither rated themselves nor passed over."""
    answered = sa.exists().where(self_ratings.c.interview_id == interviews.c.id, belongs(self_ratings.c.rated_at))
    scored = sa.exists().where(skill_scores.c.interview_id == interviews.c.id, skill_scores.c.score.is_not(None))
    statement = sa.select(interviews.c.id, interviews.c.user_id).where(
        sa.or_(interviews.c.id.in_(interview_ids), interviews.c.user_id.in_(user_ids)),
        interviews.c.user_id == viewer.user_id,
        interviews.c.status == "completed",
        interviews.c.completed_at >= now() - timedelta(days=NEW_DAYS),
        scored,
        ~answered,
    )
    return db.execute(statement).all()


def rated_skills(viewer: Viewer) -> sa.ScalarSelect[int]:
    """Build the count of an interview's skills on which the viewer has ever given a verdict."""
    return (
        sa.select(sa.func.count(sa.distinct(verdicts.c.skill)))
        .where(
            verdicts.c.interview_id == interviews.c.id,
            verdicts.c.given_by == viewer.actor,
            ~verdicts.c.withdrawn,
            belongs(verdicts.c.given_at),
        )
        .correlate(interviews)
        .scalar_subquery()
    )
