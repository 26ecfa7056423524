"""Verdicts, given, withdrawn and read: a level on the written anchors, a reason, and its sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.access.audit import record
from analytics.access.blind import find_hidden
from analytics.access.viewer import Viewer
from analytics.breakdown.reading.transcript import remembered_transcript
from analytics.breakdown.rubric import LEVELS
from analytics.coaching.access import CoachingError, clean_text, require_about
from analytics.coaching.limits import VERDICTS, require_room
from analytics.columns import now
from analytics.database.schema import AWAY, stale_candidates
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import belongs, interviews
from analytics.queries.interviews import conversation
from analytics.scores.verdict_scores import score_of
from analytics.skills import SKILL_KEYS
from analytics.verdicts.access import JudgedInterview, may_judge, require_judging, select_interview

LONGEST_REASON: Final = 300
MOST_SENTENCES: Final = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the history; without a level it means *not assessed*, or with `withdrawn` a withdrawal.

    `stands` is whether it is what its giver says now. `given_by` is None where the viewer is not told.
    """

    id: int
    skill: str
    level: int | None
    withdrawn: bool
    reason: str
    sentences: tuple[str, ...]
    blind: bool
    given_by: str | None
    given_at: datetime
    yours: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class SkillVerdicts:
    """The verdicts on one skill of an interview, newest first.

    An interviewee is given what stands, and no names: the verdict may be the answer to their request for review.
    """

    skill: str
    history: tuple[Verdict, ...]

    @property
    def standing(self) -> tuple[Verdict, ...]:
        """Return the standing verdicts, one per person."""
        return tuple(verdict for verdict in self.history if verdict.stands)

    @property
    def counts(self) -> Verdict | None:
        """Return the verdict that counts in charts: the newest standing one."""
        return next(iter(self.standing), None)

    @property
    def own(self) -> Verdict | None:
        """Return the viewer's standing verdict."""
        return next((verdict for verdict in self.standing if verdict.yours), None)

    @property
    def mean(self) -> float | None:
        """Average the levels of the standing verdicts; None without any."""
        levels = [verdict.level for verdict in self.standing if verdict.level is not None]
        return sum(levels) / len(levels) if levels else None

    @property
    def score(self) -> float | None:
        """Return the counting verdict as a score from 0 to 1; None for *not assessed* or without a verdict."""
        return score_of(self.counts.level) if self.counts else None


@dataclass(frozen=True, slots=True)
class InterviewVerdicts:
    """The verdicts of an interview by skill, and whether the viewer may give one."""

    may_judge: bool
    by_skill: Mapping[str, SkillVerdicts]


NO_VERDICTS: Final = InterviewVerdicts(may_judge=False, by_skill={key: SkillVerdicts(key, ()) for key in SKILL_KEYS})


def give_verdict(
    viewer: Viewer,
    db: Session | Connection,
    interview_id: int,
    skill: str,
    level: int | None,
    *,
    reason: str,
    sentences: Sequence[str] = (),
) -> None:
    """Record the level that a skill shows in an interview; None means that it cannot be assessed.

    For coaches of the candidate and admins, nobody for themselves. `sentences` are ids of the transcript (`S12`, `C1`).
    Raises `CoachingError` for what cannot be kept. What the same person said before stays in the history.
    """
    interview = require_judging(viewer, db, interview_id)
    require_about(viewer, db, interview.user_id, None, skill)
    if level is not None and (isinstance(level, bool) or level not in LEVELS):
        raise CoachingError("A level is a whole number from 1 to 5.")
    reason = clean_text(" ".join(reason.split()), longest=LONGEST_REASON)
    if not reason:
        raise CoachingError("Give a reason in one line.")
    require_room(viewer, db, VERDICTS, interview_id)
    rests_on = _rests_on(viewer, db, interview_id, sentences)
    said = {"level": level, "withdrawn": False, "reason": reason, "sentences": json.dumps(rests_on)}
    _add(viewer, db, interview, skill, said)
    record(
        db, viewer.actor, "give_verdict", interview_id=interview_id, user_id=interview.user_id, skill=skill, level=level
    )


def withdraw_verdict(viewer: Viewer, db: Session | Connection, interview_id: int, skill: str) -> None:
    """Withdraw the viewer's verdict on a skill; raises `CoachingError` if there is none."""
    interview = require_judging(viewer, db, interview_id)
    require_about(viewer, db, interview.user_id, None, skill)
    if _rows(db, interview_id, viewer.actor, skill)[:1] in ([], [True]):
        raise CoachingError("You have given no verdict on this skill.")
    _add(viewer, db, interview, skill, {"level": None, "withdrawn": True, "reason": "", "sentences": "[]"})
    record(db, viewer.actor, "withdraw_verdict", interview_id=interview_id, user_id=interview.user_id, skill=skill)


def verdicts_of(viewer: Viewer, db: Session | Connection, interview_id: int) -> InterviewVerdicts | None:
    """Read the verdicts of each skill; None if the interview does not exist or the viewer may not see it."""
    theirs = sa.and_(verdicts.c.interview_id == interviews.c.id, belongs(verdicts.c.given_at))
    statement = (
        select_interview(viewer).add_columns(*verdicts.c).outerjoin(verdicts, theirs).order_by(verdicts.c.id.desc())
    )
    found = db.execute(statement, {"interview_id": interview_id, **viewer.parameters}).all()
    if not found:
        return None
    interview = JudgedInterview(*found[0][: len(JudgedInterview._fields)])
    rows: dict[str, list[Mapping[str, Any]]] = {key: [] for key in SKILL_KEYS}
    for one in found:
        row = dict(zip(verdicts.c.keys(), one[len(JudgedInterview._fields) :], strict=True))
        if row["skill"] in rows:
            rows[row["skill"]].append(row)
    judges = may_judge(viewer, interview)
    if find_hidden(viewer, db, interview_ids=[interview_id]):
        # What others say would move a hand that is to rate by itself.
        rows = {key: [row for row in found if row["given_by"] == viewer.actor] for key, found in rows.items()}
    by_skill = {
        key: SkillVerdicts(key, _read_verdicts(viewer, found, everything=judges)) for key, found in rows.items()
    }
    return InterviewVerdicts(judges and interview.status == "completed", by_skill)


def _read_verdicts(viewer: Viewer, rows: Sequence[Mapping[str, Any]], *, everything: bool) -> tuple[Verdict, ...]:
    """Read the rows about one skill, the latest first; those that do not stand, and names, only with `everything`."""
    heard: set[str] = set()
    told = []
    for row in rows:
        standing = row["given_by"] not in heard and not row["withdrawn"]
        heard.add(row["given_by"])
        if standing or everything:
            told.append(
                Verdict(
                    **{name: row[name] for name in ("id", "skill", "level", "withdrawn", "reason", "blind")},
                    sentences=tuple(one for one in json.loads(row["sentences"]) if not one.startswith(AWAY)),
                    given_by=row["given_by"] if everything else None,
                    given_at=row["given_at"],
                    yours=row["given_by"] == viewer.actor,
                    stands=standing,
                )
            )
    return tuple(told)


def _rests_on(viewer: Viewer, db: Session | Connection, interview_id: int, sentences: Sequence[str]) -> list[str]:
    """Select the ids that the transcript has, each once and in order."""
    ids = list(dict.fromkeys(name.strip().upper() for name in sentences if name.strip()))
    if len(ids) > MOST_SENTENCES:
        raise CoachingError(f"A verdict rests on at most {MOST_SENTENCES} sentences; these are {len(ids)}.")
    if not ids:
        return []
    transcript = remembered_transcript(conversation(viewer, db, interview_id))
    if unknown := next((name for name in ids if transcript.quote(name) is None), None):
        raise CoachingError(f"The conversation has no sentence {unknown[:20]}. Ids look like S12 or C1.")
    return ids


def _rows(db: Session | Connection, interview_id: int, given_by: str, skill: str) -> list[bool]:
    """List whether each row of one person about a skill is a withdrawal, the latest first."""
    statement = (
        sa.select(verdicts.c.withdrawn)
        .join(interviews, interviews.c.id == verdicts.c.interview_id)
        .where(
            verdicts.c.interview_id == interview_id,
            verdicts.c.skill == skill,
            verdicts.c.given_by == given_by,
            belongs(verdicts.c.given_at),
        )
    )
    return list(db.execute(statement.order_by(verdicts.c.id.desc())).scalars())


def _add(
    viewer: Viewer, db: Session | Connection, interview: JudgedInterview, skill: str, said: Mapping[str, Any]
) -> None:
    about = {"interview_id": interview.interview_id, "skill": skill}
    # Not before the interview is there, whoever's clock is behind: an older row would be about another one.
    blind = bool(find_hidden(viewer, db, interview_ids=[interview.interview_id]))
    given = {"given_by": viewer.actor, "given_at": max(now(), interview.created_at), "blind": blind}
    db.execute(sa.insert(verdicts).values(about | dict(said) | given))
    # The roster draws verdicts too.
    db.execute(sa.insert(stale_candidates).values(user_id=interview.user_id))
