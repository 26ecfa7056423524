"""One candidate: how the skills develop, what to work on next, and every interview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access.blind import find_hidden
from analytics.access.viewer import Viewer
from analytics.breakdown.versions import shown
from analytics.bridges import NO_BRIDGES, on_one_scale
from analytics.candidate import focus
from analytics.candidate.focus import Focus, Recommendation
from analytics.candidate.kinds import mix_sentences
from analytics.candidate.skill_trends import SkillTrend, on_their_scale, skill_trends
from analytics.cohort import Cohort
from analytics.queries import candidates, interviews, tags
from analytics.queries.candidates import Candidate, Known, SkillRecord
from analytics.queries.feedback import FeedbackRow
from analytics.queries.interviews import InterviewRow
from analytics.reviews.requests import ReviewState, requests_about
from analytics.reviews.self_ratings import SelfView, self_ratings_of, self_views
from analytics.skills import SKILL_KEYS

MOST_EVIDENCE: Final = 3
# Each interview looked at is a statement more.
_LOOKED_AT: Final = 2


class Evidence(NamedTuple):
    """The quotes that show a weakness in what to work on next, and the advice on it."""

    skill: str
    interview_id: int
    title: str
    date: datetime | None
    weakness: str
    quote_id: str
    quote: str
    advice: str


class JudgedAverages(NamedTuple):
    """The average of each skill, and the judge on whose scale it is told; both None for a skill without scores."""

    averages: dict[str, float | None]
    judges: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A candidate's skills and interviews.

    `history` is in interview order, `interviews` the latest first. `kinds` are those of all the candidate's
    interviews, as are `difficulties`. `trends` holds every skill by its key, told on the scale of one judge; `told` are
    the records on that scale, `everybody` what the cohort is known by. `mixes` say that the kinds of interview changed,
    `is_filtered` that other interviews are left out. `focus`, `evidence` and `recommendations` are empty before the
    first score; `evidence` rests on the latest breakdowns that quote. `hidden` are the interviews that the viewer has
    to rate first; nothing here rests on them. `self_views` tell how they rate themselves, `reviews` by interview and
    skill where the last request for review of a score stands.
    """

    known: Known
    history: list[SkillRecord]
    interviews: list[InterviewRow]
    trends: Mapping[str, SkillTrend]
    focus: Focus
    recommendations: list[Recommendation]
    evidence: list[Evidence]
    kinds: tuple[str, ...] = ()
    difficulties: tuple[int, ...] = ()
    told: Sequence[SkillRecord] = ()
    everybody: Cohort = field(default_factory=cohort.usual, repr=False, compare=False)
    mixes: tuple[str, ...] = ()
    is_filtered: bool = False
    hidden: frozenset[int] = frozenset()
    self_views: tuple[SelfView, ...] = ()
    reviews: Mapping[tuple[int, str], ReviewState] = field(default_factory=dict)

    @property
    def candidate(self) -> Candidate:
        """Return the person."""
        return self.known.candidate

    @property
    def is_scored(self) -> bool:
        """Return whether any skill has a score, by a judge or by a coach's verdict."""
        return any(record.shown_score is not None for record in self.history)

    @property
    def left_out(self) -> list[int]:
        """List the scored interviews left out of all trends because of another judge, earliest first."""
        ids = {interview_id for trend in self.trends.values() for interview_id in trend.left_out_interviews}
        return [number for number in dict.fromkeys(record.interview_id for record in self.history) if number in ids]

    @property
    def is_moved(self) -> bool:
        """Return whether other judges' scores were converted to the newest one's scale."""
        return any(trend.moved for trend in self.trends.values())

    @property
    def newest(self) -> Mapping[str, SkillTrend]:
        """Return the trends of the newest judge's scores alone, without positions in the cohort; computed on demand."""
        if not self.is_moved:
            return self.trends
        return _without_position(skill_trends(self.history, self.everybody, across=False))

    @property
    def judges(self) -> int:
        """Count the scores of each judge."""
        return len({record.judge for record in self.history if record.score is not None})


def view_candidate(
    viewer: Viewer,
    user_id: int,
    targets: Mapping[str, float],
    db: Session,
    *,
    kind: str | None = None,
    difficulty: int | None = None,
) -> CandidateView | None:
    """Read a candidate, with all interviews or only those of a kind and difficulty.

    None for one who does not exist or whom the viewer may not see.
    """
    known = candidates.known_candidate(viewer, db, user_id)
    if known is None:
        return None
    history = candidates.skill_history(viewer, db, user_id, judged=known.verdicts) or []
    listed = interviews.candidate_interviews(viewer, db, user_id)
    said = tags.tags_of(viewer, db, user_id) if known.tags else {}
    everything = kind is None and difficulty is None
    if not everything:
        wanted = {
            number for number, one in said.items() if kind in (None, one.kind) and difficulty in (None, one.difficulty)
        }
        history = [record for record in history if record.interview_id in wanted]
        listed = [row for row in listed if row.interview_id in wanted]
    everybody = cohort.load(db)
    trends = _trends(viewer, history, everybody)
    told = on_their_scale(history, trends)
    choice = focus.choose_focus(trends, targets)
    # Of some kinds the latest may lie far back.
    latest = focus.LAST_BREAKDOWNS if everything else None
    feedback = shown.feedback_of(viewer, db, user_id, latest=latest) if choice.skills else []
    if not everything:
        feedback = [row for row in feedback if row.interview_id in {record.interview_id for record in history}]
    return CandidateView(
        known=known,
        history=history,
        interviews=listed,
        trends=trends,
        focus=choice,
        recommendations=focus.recommendations(feedback, told, choice.skills, trends),
        evidence=list(islice(_evidence(viewer, db, feedback, choice.skills), MOST_EVIDENCE)),
        kinds=tuple(sorted({one.kind for one in said.values() if one.kind is not None})),
        difficulties=tuple(sorted({one.difficulty for one in said.values() if one.difficulty is not None})),
        told=told,
        everybody=everybody,
        mixes=mix_sentences(told, said),
        is_filtered=not everything,
        hidden=find_hidden(viewer, db, user_ids=[user_id]),
        self_views=_self_views(viewer, user_id, history, db) if known.self_ratings else (),
        reviews=_reviews(viewer, user_id, db) if known.review_requests else {},
    )


def _reviews(viewer: Viewer, user_id: int, db: Session) -> dict[tuple[int, str], ReviewState]:
    """Return by interview and skill where the last request for review of a score stands."""
    asked = reversed(requests_about(viewer, db, user_id=user_id))
    return {(one.about.interview_id, one.about.skill): one.state for one in asked if one.about.kind is None}


def _self_views(viewer: Viewer, user_id: int, history: Sequence[SkillRecord], db: Session) -> tuple[SelfView, ...]:
    """Set how a person rates themselves beside the scores that are shown."""
    rated = self_ratings_of(viewer, db, user_id=user_id)
    scores = {(one.interview_id, one.skill): one.shown_score for one in history}
    return self_views(rated, {about: score for about, score in scores.items() if score is not None})


def _evidence(
    viewer: Viewer, db: Session, feedback: Sequence[FeedbackRow], skills: Sequence[str]
) -> Iterator[Evidence]:
    """Find weaknesses in these skills with what was said, the latest interview first."""
    latest = (row for row in feedback if any(row.read().skills[key].weaknesses for key in skills))
    for row in islice(latest, _LOOKED_AT):
        found = shown.shown_breakdown(viewer, db, row.interview_id) if row.has_version else None
        if found is None or found.breakdown is None:
            continue
        for key in skills:
            breakdown = found.breakdown.skill_breakdown.get(key)
            if breakdown is None:
                continue
            for claim in breakdown.weaknesses:
                if claim.quotes:
                    advice = next((one.text for one in breakdown.recommendations if one.answers == claim.text), "")
                    quote = claim.main_quote
                    yield Evidence(
                        key, row.interview_id, row.title, row.completed_at, claim.text, quote.id, quote.text, advice
                    )


def view_trends(viewer: Viewer, user_id: int, db: Session) -> dict[str, SkillTrend] | None:
    """Read how each skill of a candidate develops; None as in `view_candidate`."""
    history = candidates.skill_history(viewer, db, user_id)
    return None if history is None else _trends(viewer, history, cohort.load(db))


def view_averages(viewer: Viewer, user_id: int, db: Session) -> JudgedAverages | None:
    """Average each skill on the scale of its newest interview's judge; None as in `view_candidate`."""
    rows = candidates.scores_by_date(viewer, db, user_id)
    if rows is None:
        return None
    given: dict[str, list[tuple[str, float]]] = {key: [] for key in SKILL_KEYS}
    for skill, score, judge in rows:
        given[skill].append((judge, score))
    several = len({judge for _, _, judge in rows}) > 1
    bridges = cohort.load(db).bridges if several else NO_BRIDGES
    # Added up here and by date: in the order a database happens to read them, a tie may round the other way.
    scales = {key: on_one_scale(key, scores, bridges) for key, scores in given.items()}
    told = {key: [score for score in scale.scores if score is not None] for key, scale in scales.items()}
    return JudgedAverages(
        {key: sum(scores) / len(scores) if scores else None for key, scores in told.items()},
        {key: scale.judge for key, scale in scales.items()},
    )


def _trends(viewer: Viewer, history: Sequence[SkillRecord], everybody: Cohort) -> dict[str, SkillTrend]:
    """Describe the trends; how candidates do among each other is told only to a viewer who sees the cohort."""
    trends = skill_trends(history, everybody)
    return trends if viewer.sees_cohort else _without_position(trends)


def _without_position(trends: Mapping[str, SkillTrend]) -> dict[str, SkillTrend]:
    return {key: replace(trend, median=None, position=None) for key, trend in trends.items()}
