"""The breakdown of an interview by a language model, every claim tied to what was said."""

from __future__ import annotations

from analytics.breakdown.evidence import Claim, Fault
from analytics.breakdown.findings import Findings, SkillAnswer
from analytics.breakdown.generator import Event, FeedbackGenerator, Run
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.plan import Estimate, Prepared
from analytics.breakdown.prompt import prompt_hash
from analytics.breakdown.result import InterviewFeedback, Provenance, SkillBreakdown
from analytics.breakdown.rubric import RUBRICS, rubric_hash
from analytics.breakdown.scoring import Level
from analytics.breakdown.settings import ModelSettings
from analytics.breakdown.transcript import Quote, Transcript, read_transcript, transcript_hash

__all__ = [
    "RUBRICS",
    "Claim",
    "Estimate",
    "Event",
    "Fault",
    "FeedbackGenerator",
    "Findings",
    "InterviewFeedback",
    "Level",
    "ModelSettings",
    "Outcome",
    "Prepared",
    "Provenance",
    "Quote",
    "Run",
    "SkillAnswer",
    "SkillBreakdown",
    "Transcript",
    "prompt_hash",
    "read_transcript",
    "rubric_hash",
    "transcript_hash",
]
