"""Interview skills: how they develop, with the evidence, over an interview platform's database."""

from analytics import one_thread  # noqa: F401 - before everything that imports NumPy
from analytics.service import InterviewAnalytics, NotFoundError, SkillDataPoint

__all__ = ["InterviewAnalytics", "NotFoundError", "SkillDataPoint"]
