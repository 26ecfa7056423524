"""Feedback on an interview as InterviewLab stores it."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from typing import Final

from analytics.demo.texts import PARTS, Data, Interview
from analytics.interviewlab.feedback import PLATFORM_FAILURE, PLATFORM_FAILURE_SCORE
from analytics.skills import BY_KEY, SKILL_KEYS

_MOST_POINTS: Final = 3


def platform_overall(stored: Mapping[str, float]) -> float:
    """Weigh four stored scores as the platform does, counting code quality without code as 0."""
    return round(math.fsum(BY_KEY[skill].weight * stored[skill] for skill in SKILL_KEYS), 4)


def feedback_on(scores: Mapping[str, float], interview: Interview, older: bool, *, current: bool = False) -> Data:
    """Build feedback as the platform stores it; without code its code quality is 0.

    `older` feedback has no points about single skills; InterviewLab's `current` code stores them twice.
    """
    quality = _quality(interview)
    stored = {skill: quality if skill == "code_quality" else scores[skill] for skill in SKILL_KEYS}
    points = {skill: {part: interview.points[skill][part][:_MOST_POINTS] for part in PARTS} for skill in SKILL_KEYS}
    best_first = sorted((skill for skill in SKILL_KEYS if stored[skill]), key=stored.__getitem__, reverse=True)
    strengths = _first_points(points, "strengths", best_first)
    weaknesses = _first_points(points, "weaknesses", best_first[::-1])
    topics = ", ".join(topic[:1].lower() + topic[1:] for topic in interview.topics)
    breakdown = {"skill_breakdown": {skill: {"score": stored[skill], **points[skill]} for skill in SKILL_KEYS}}
    return {
        "overall_score": platform_overall(stored),
        **{f"{skill}_score": stored[skill] for skill in SKILL_KEYS},
        **({} if older else breakdown),
        **(copy.deepcopy({f"{skill}_feedback": points[skill] for skill in SKILL_KEYS}) if current else {}),
        "strengths": strengths,
        "weaknesses": weaknesses,
        "recommendations": _first_points(points, "recommendations", best_first[::-1]),
        "summary": f"{interview.title}. Topics: {topics}. Strongest: {BY_KEY[best_first[0]].label.lower()}. "
        f"Most room to grow: {BY_KEY[best_first[-1]].label.lower()}.",
        "detailed_feedback": " ".join(f"{point}." for point in strengths + weaknesses),
        "topics_covered": list(interview.topics),
        "code_submissions_count": len(interview.qualities),
        "average_code_quality": quality,
    }


def failed_feedback(interview: Interview) -> Data:
    """Build what the platform stores when its own model call failed."""
    quality = _quality(interview)
    stored = dict.fromkeys(SKILL_KEYS, PLATFORM_FAILURE_SCORE) | {"code_quality": quality}
    return {
        "overall_score": PLATFORM_FAILURE_SCORE,
        **{f"{skill}_score": stored[skill] for skill in SKILL_KEYS},
        "skill_breakdown": {skill: {"score": stored[skill], **{part: [] for part in PARTS}} for skill in SKILL_KEYS},
        "strengths": [],
        "weaknesses": [PLATFORM_FAILURE],
        "recommendations": ["Review the interview transcript manually"],
        "summary": "Interview completed. Feedback generation encountered an issue.",
        "detailed_feedback": f"{PLATFORM_FAILURE} due to an error.",
        "topics_covered": list(interview.topics),
        "code_submissions_count": len(interview.qualities),
        "average_code_quality": quality,
    }


def _quality(interview: Interview) -> float:
    return round(sum(interview.qualities) / len(interview.qualities), 2) if interview.qualities else 0.0


def _first_points(points: Mapping[str, Mapping[str, list[str]]], part: str, skills: Iterable[str]) -> list[str]:
    return [points[skill][part][0] for skill in skills if points[skill][part]][:_MOST_POINTS]
