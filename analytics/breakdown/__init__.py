"""The breakdown of an interview by a language model, each claim tied to what was said."""

from __future__ import annotations

from analytics.breakdown.assessment.claims import Claim, ClaimFault
from analytics.breakdown.assessment.findings import Findings, SkillAnswer
from analytics.breakdown.assessment.result import InterviewFeedback, Provenance, SkillBreakdown
from analytics.breakdown.assessment.scoring import Level
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.llm.prompts import prompt_hash
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.estimate import Estimate
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.reading.transcript import Quote, Transcript, read_transcript, transcript_hash
from analytics.breakdown.rubric import RUBRICS, rubric_hash
from analytics.breakdown.run_limits import Event, RunLimits

__all__ = [
    "RUBRICS",
    "Claim",
    "ClaimFault",
    "Estimate",
    "Event",
    "FeedbackGenerator",
    "Findings",
    "InterviewFeedback",
    "Level",
    "ModelSettings",
    "Outcome",
    "PreparedInterview",
    "Provenance",
    "Quote",
    "RunLimits",
    "SkillAnswer",
    "SkillBreakdown",
    "Transcript",
    "prompt_hash",
    "read_transcript",
    "rubric_hash",
    "transcript_hash",
]
