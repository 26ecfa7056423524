"""Trends of scores, with their uncertainty."""

from __future__ import annotations

from analytics.trends.analysis import Trends, analyse, compare

__all__ = ["Trends", "analyse", "compare"]
