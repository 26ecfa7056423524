"""A model's review of each question in three lines, and its priorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.breakdown.assessment.answers import PriorityPoint
from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.assessment.findings import Findings, SkillAnswer
from analytics.breakdown.assessment.plain_text import remark
from analytics.breakdown.assessment.support import claims_of
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.records import Record


class QuestionReview(Record):
    """A question (`Q3`, in a message): what it asked for, what the answer held, what it left out (may be empty)."""

    id: str
    message: int
    asked: str
    held: str
    left_out: str


class Priority(Record):
    """A priority: a claim of a skill, by its text, and the reason."""

    skill: str
    text: str
    reason: str


def review_questions(prepared: PreparedInterview, answers: Sequence[SkillAnswer]) -> tuple[QuestionReview, ...]:
    """Read the reviews of the questions, in order; a question with an unusable line is left out."""
    lines = {sentence.id: sentence.text for sentence in prepared.transcript.sentences}
    asked = {question.id: question for question in prepared.questions}
    reviews: dict[str, QuestionReview] = {}
    for answer in answers:
        points = answer.points
        for entry in points.questions if points is not None else ():
            question = asked.get(entry.question)
            if question is None or question.id in reviews:
                continue
            said = [question.text, *(lines[line] for line in question.answer if line in lines)]
            texts = [remark(text, said, prepared.private) for text in (entry.asked, entry.held, entry.left_out)]
            if texts[0] and texts[1] is not None and texts[2] is not None:
                reviews[question.id] = QuestionReview(
                    id=question.id,
                    message=question.messages[0],
                    asked=texts[0],
                    held=texts[1],
                    left_out=texts[2],
                )
    return tuple(reviews[question.id] for question in prepared.questions if question.id in reviews)


def read_priorities(
    prepared: PreparedInterview, findings: Mapping[str, Findings], chosen: Sequence[PriorityPoint]
) -> tuple[Priority, ...]:
    """Read at most two priorities, each of which must be a shown weakness or missed opportunity."""
    numbered = claims_of(findings)
    priorities: list[Priority] = []
    for point in chosen:
        if not 1 <= point.claim <= len(numbered):
            continue
        skill, claim = numbered[point.claim - 1]
        reason = remark(point.reason, [claim.text, *(quote.text for quote in claim.quotes)], prepared.private)
        shown = claim in findings[skill].claims and _is_open(claim)
        if reason and shown and all(other.text != claim.text for other in priorities):
            priorities.append(Priority(skill=skill, text=claim.text, reason=reason))
    return tuple(priorities[:2])


def _is_open(claim: Claim) -> bool:
    return claim.kind in ("weakness", "missed_opportunity", "recommendation")
