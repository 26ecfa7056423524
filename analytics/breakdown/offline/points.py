"""The points of the offline rules, in the form of a model's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.breakdown.assessment.answers import Advice, Point, Points
from analytics.breakdown.assessment.claims import MOST


@dataclass(frozen=True, slots=True)
class Weakness:
    """The text of a weakness, what to practise, and how progress shows."""

    text: str
    practise: str
    notice: str


class Finder:
    """Collects points in order of importance, weaknesses with their advice."""

    def __init__(self) -> None:
        self._strengths: dict[str, list[str]] = {}
        self._weaknesses: dict[Weakness, list[str]] = {}

    def strength(self, text: str, ids: Sequence[str]) -> None:
        """Add a strength, supported by the first two ids."""
        self._strengths.setdefault(text, list(ids)[:2])

    def weakness(self, advised: Weakness, ids: Sequence[str]) -> None:
        """Add a weakness, supported by the first two ids."""
        self._weaknesses.setdefault(advised, list(ids)[:2])

    def cited(self) -> set[str]:
        """Return the ids that the points cite."""
        return {label for ids in (*self._strengths.values(), *self._weaknesses.values()) for label in ids}

    def points(self) -> Points:
        """Return at most three of each kind."""
        weaknesses = list(self._weaknesses.items())[:MOST]
        return Points(
            strengths=[Point(ids=ids, text=text) for text, ids in list(self._strengths.items())[:MOST]],
            weaknesses=[Point(ids=ids, text=advised.text) for advised, ids in weaknesses],
            recommendations=[
                Advice(weakness=number, practise=advised.practise, notice=advised.notice)
                for number, (advised, _) in enumerate(weaknesses, 1)
            ],
        )
