"""Interview skills: how they develop, with the evidence, read from an interview platform's database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from analytics.version import VERSION

# Before anything imports NumPy. The matrices here are small and many people ask at once: OpenBLAS's threads wait for
# cores that are busy, and what takes 0.1 ms alone took 20 ms and more beside other work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = VERSION

if TYPE_CHECKING:
    from analytics.service import InterviewAnalytics, NotFoundError, SkillDataPoint

__all__ = ["InterviewAnalytics", "NotFoundError", "SkillDataPoint"]


def __getattr__(name: str) -> Any:
    """Import the service when somebody asks for it: most of its parts are of use without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from analytics import service

    return getattr(service, name)
