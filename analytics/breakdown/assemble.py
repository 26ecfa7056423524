"""Assembles verified findings and ratings, or the findings of the offline rules, into a breakdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from analytics.breakdown.assessment.findings import Findings
from analytics.breakdown.assessment.result import (
    MODEL_ANALYST,
    OFFLINE_ANALYST,
    InterviewFeedback,
    Provenance,
    SkillBreakdown,
)
from analytics.breakdown.assessment.reviews import Priority, QuestionReview
from analytics.breakdown.assessment.scoring import RatingAnswer, Score, bound, score_levels
from analytics.breakdown.llm.prompts import prompt_hash
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.offline.analyst import offline_findings, read_exchanges
from analytics.breakdown.offline.reviews import review_answers
from analytics.breakdown.outcomes import NOT_ASSESSABLE, Outcome
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.records import Usage
from analytics.interviewlab.feedback import State
from analytics.skills import SKILL_KEYS

FAILING: Final = frozenset(Outcome) - NOT_ASSESSABLE - {Outcome.NOTHING_FOUND, Outcome.OFFLINE}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model returned besides claims: ratings of all skills, a review of each question, the priorities.

    `other_usage` is what that took, and belongs to no one skill.
    """

    ratings: tuple[RatingAnswer, ...] = ()
    reviews: tuple[QuestionReview, ...] = ()
    priorities: tuple[Priority, ...] = ()
    other_usage: Usage = field(default_factory=Usage)


def assemble(
    prepared: PreparedInterview,
    findings: Mapping[str, Findings],
    judgement: Judgement,
    settings: ModelSettings,
    *,
    analyst: str = MODEL_ANALYST,
    seconds: float = 0.0,
) -> InterviewFeedback:
    """Assemble a model's findings and ratings; a skill without findings counts as cancelled."""
    skills = {key: _skill(prepared, key, findings.get(key), judgement.ratings) for key in SKILL_KEYS}
    provenance = Provenance(
        analyst=analyst,
        model=next((found.model for found in findings.values() if found.model), settings.model_name),
        host=settings.host if analyst == MODEL_ANALYST else "",
        prompt_hash=prompt_hash(),
        rubric_hash=prepared.rubric_hash,
        transcript_hash=prepared.transcript_hash,
        usage=sum((skill.usage for skill in skills.values()), judgement.other_usage),
        seconds=round(seconds, 3),
    )
    return _feedback(prepared, skills, provenance).model_copy(
        update={
            "questions": judgement.reviews,
            "priorities": judgement.priorities,
            "post": prepared.post,
        }
    )


def assemble_offline(prepared: PreparedInterview) -> InterviewFeedback:
    """Assess an interview by rules: claims on the same evidence, no scores."""
    skills: dict[str, SkillBreakdown] = {}
    exchanges = list(read_exchanges(prepared))
    for key in SKILL_KEYS:
        reason = prepared.gates[key].reason
        findings = offline_findings(prepared, key, exchanges) if reason is None else Findings(skill=key)
        skills[key] = _breakdown(key, State.NOT_ASSESSED, findings, reason=reason or Outcome.OFFLINE)
    provenance = Provenance(
        analyst=OFFLINE_ANALYST,
        rubric_hash=prepared.rubric_hash,
        transcript_hash=prepared.transcript_hash,
    )
    return _feedback(prepared, skills, provenance).model_copy(update={"questions": review_answers(prepared)})


def _feedback(
    prepared: PreparedInterview, skills: dict[str, SkillBreakdown], provenance: Provenance
) -> InterviewFeedback:
    return InterviewFeedback(
        skill_breakdown=skills,
        provenance=provenance,
        submissions=next(iter(prepared.gates.values())).submissions,
        reviews_without_code=prepared.transcript.reviews_without_code,
        skipped=prepared.transcript.skipped,
        withheld=prepared.withheld,
        notes=prepared.notes,
    )


def _skill(
    prepared: PreparedInterview, key: str, findings: Findings | None, ratings: Sequence[RatingAnswer]
) -> SkillBreakdown:
    reason = prepared.gates[key].reason
    if reason is not None:
        return _breakdown(key, State.NOT_ASSESSED, Findings(skill=key), reason=reason)
    findings = findings or Findings(skill=key, outcome=Outcome.CANCELLED)
    nothing = findings.outcome is Outcome.NOTHING_FOUND
    if findings.outcome is not None and not nothing:
        state = State.FAILED if findings.outcome in FAILING else State.NOT_ASSESSED
        return _breakdown(key, state, findings, reason=findings.outcome)
    levels = [level for rating in ratings if not rating.by_claims for level in rating.of(key)]
    score = score_levels(levels, len(levels))
    if isinstance(score, Outcome):
        return _breakdown(key, State.FAILED, findings, reason=score)
    by_claims = [level.level for rating in ratings if rating.by_claims for level in rating.of(key)]
    if by_claims[:1] != [None] or nothing:
        # A check that failed bounds nothing; where nothing was found there is none.
        score = bound(score, by_claims[0] if by_claims and not nothing else None)
    return _breakdown(key, State.SCORED, findings, score=score)


def _breakdown(
    key: str,
    state: State,
    findings: Findings,
    *,
    reason: Outcome | None = None,
    score: Score | None = None,
) -> SkillBreakdown:
    return SkillBreakdown(
        skill=key,
        state=state,
        score=score.score if score else None,
        low=score.low if score else None,
        high=score.high if score else None,
        low_agreement=score.low_agreement if score else False,
        levels=score.levels if score else (),
        bounded=score.bounded if score else False,
        strengths=findings.of("strength"),
        weaknesses=findings.of("weakness"),
        recommendations=findings.of("recommendation"),
        missed_opportunities=findings.of("missed_opportunity"),
        better_wordings=findings.of("better_wording"),
        reason=reason,
        coverage=findings.coverage,
        made=findings.made,
        left_out=findings.left_out,
        dropped=findings.dropped,
        usage=findings.usage,
    )
