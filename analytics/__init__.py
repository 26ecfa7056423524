"""Interview skills: how they develop, with the evidence, over an interview platform's database."""

from analytics.service import InterviewAnalytics, NotFoundError, SkillDataPoint

__all__ = ["InterviewAnalytics", "NotFoundError", "SkillDataPoint"]
