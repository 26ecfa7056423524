"""How far each judge can be trusted, by skill, on the interviews the viewer sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.agreement.audits import KeptAudit, latest
from analytics.agreement.figures import Agreement, agreement
from analytics.agreement.pairs import (
    Heading,
    Key,
    PersonsLevel,
    Rating,
    headings,
    human_levels_of,
    latest_of,
    list_repeats,
    ratings,
)
from analytics.agreement.queue import QueuedInterview, can_draw, queue_of
from analytics.breakdown import InterviewFeedback
from analytics.breakdown.versions.shown import shown_breakdown
from analytics.judges import Judge
from analytics.scores.version_scores import judges_by_key
from analytics.skills import SKILL_KEYS

MOST_DISAGREEMENTS: Final = 10


@dataclass(frozen=True, slots=True)
class LevelPair:
    """A person's level of an interview and the judge's; `seen` is whether the rater could see the judge's."""

    interview_id: int
    person: float
    judge: float
    seen: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A pair that lies far apart, with its interview and the first quote of its shown claims, if any."""

    pair: LevelPair
    interview: Heading
    quote: str | None


@dataclass(frozen=True, slots=True)
class SkillAgreement:
    """One skill: the pairs, their agreement, the judge's consistency, and the largest disagreements.

    `retest` compares the first and the last of several ratings of one interview.
    """

    skill: str
    agreement: Agreement
    retest: Agreement
    pairs: tuple[LevelPair, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def seen(self) -> int:
        """Count the pairs whose rater could see the judge's score."""
        return sum(pair.seen for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """One judge, with every skill in order."""

    judge: Judge
    skills: tuple[SkillAgreement, ...]

    @property
    def pairs(self) -> int:
        """Count the pairs of all skills."""
        return sum(skill.agreement.pairs for skill in self.skills)

    def of(self, skill: str) -> SkillAgreement:
        """Return one skill."""
        return next(each for each in self.skills if each.skill == skill)


@dataclass(frozen=True, slots=True)
class JudgeView:
    """All compared judges (most pairs first), the audits, and the rating queue.

    `levels` counts what people said of skills, `judges` is empty where no judge has rated the same. `may_draw` is
    whether any interview is left to add to the queue.
    """

    levels: int
    judges: tuple[JudgeAgreement, ...]
    audits: Sequence[KeptAudit]
    queue: Sequence[QueuedInterview]
    may_draw: bool


def view_judge(viewer: Viewer, db: Session) -> JudgeView:
    """Compare people's levels with each judge's last rating of the same skill.

    For coaches and admins; raises `NotAllowedError` for everybody else.
    """
    if not viewer.sees_others:
        raise NotAllowedError("Only coaches and admins see how far the judge can be trusted.")
    people = human_levels_of(viewer, db)
    again = list_repeats(viewer, db)
    given = ratings(viewer, db, {*(interview_id for interview_id, _ in people), *again})
    keys = {rating.judge for each in given.values() for rating in each}
    shown = headings(viewer, db, {interview_id for interview_id, _ in people})
    quotes = _Quotes(viewer, db)
    judges = [
        JudgeAgreement(
            judge,
            tuple(
                _skill(skill, tuple(_pairs(key, skill, people, given)), _pair_retests(key, skill, given), shown, quotes)
                for skill in SKILL_KEYS
            ),
        )
        for key, judge in judges_by_key(db, keys).items()
        if key in keys
    ]
    return JudgeView(
        levels=len(people),
        judges=tuple(sorted(judges, key=lambda each: (-each.pairs, each.judge.label, each.judge.key))),
        audits=latest(viewer, db),
        queue=queue_of(viewer, db),
        may_draw=can_draw(viewer, db),
    )


class _Quotes:
    # The first quote of a skill in what an interview shows; each interview is read once.

    def __init__(self, viewer: Viewer, db: Session) -> None:
        self._viewer, self._db = viewer, db
        self._read: dict[int, InterviewFeedback | None] = {}

    def first(self, interview_id: int, skill: str) -> str | None:
        if interview_id not in self._read:
            shown = shown_breakdown(self._viewer, self._db, interview_id)
            self._read[interview_id] = shown.breakdown if shown is not None else None
        breakdown = self._read[interview_id]
        claims = breakdown.skill_breakdown[skill].claims if breakdown is not None else ()
        return next((quote.id for claim in claims for quote in claim.quotes), None)


def _skill(
    skill: str,
    pairs: tuple[LevelPair, ...],
    retested: Sequence[tuple[float, float]],
    shown: Mapping[int, Heading],
    quotes: _Quotes,
) -> SkillAgreement:
    apart = sorted((pair for pair in pairs if abs(pair.judge - pair.person) >= 1), key=_far_apart)
    return SkillAgreement(
        skill=skill,
        agreement=agreement([(pair.person, pair.judge) for pair in pairs]),
        retest=agreement(retested),
        pairs=pairs,
        disagreements=tuple(
            Disagreement(pair, shown[pair.interview_id], quotes.first(pair.interview_id, skill))
            for pair in apart[:MOST_DISAGREEMENTS]
            if pair.interview_id in shown
        ),
    )


def _pairs(
    judge: str, skill: str, people: dict[Key, PersonsLevel], given: dict[Key, list[Rating]]
) -> Iterable[LevelPair]:
    for (interview_id, of), person in people.items():
        rating = latest_of(given.get((interview_id, of), ())).get(judge) if of == skill else None
        if rating is not None:
            yield LevelPair(interview_id, person.level, rating.level, not person.blind)


def _pair_retests(judge: str, skill: str, given: dict[Key, list[Rating]]) -> list[tuple[float, float]]:
    retested = []
    for (_, of), each in given.items():
        own = [rating.level for rating in each if rating.judge == judge and rating.judged_at is not None]
        if of == skill and len(own) > 1:
            retested.append((own[0], own[-1]))
    return retested


def _far_apart(pair: LevelPair) -> tuple[float, int]:
    return -abs(pair.judge - pair.person), pair.interview_id
