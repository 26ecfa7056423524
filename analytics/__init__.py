"""Interview skills: how they develop, with the evidence, over an interview platform's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics import one_thread  # noqa: F401 - before everything that imports NumPy

if TYPE_CHECKING:
    from analytics.service import InterviewAnalytics, NotFoundError, SkillDataPoint

__all__ = ["InterviewAnalytics", "NotFoundError", "SkillDataPoint"]


def __getattr__(name: str) -> Any:
    """Import the service when somebody asks for it: most of its parts are of use without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from analytics import service

    return getattr(service, name)
