"""Whether a version is still what an interview shows.

It is where the platform's feedback holds it, or, where nothing is written back (`WRITE_BACK=off`), for as long as the
platform stores the very feedback that the version stands in for.
"""

from __future__ import annotations

from typing import Final

from analytics.breakdown.assessment.result import REQUIRED_TEXTS, InterviewFeedback
from analytics.breakdown.versions.version import Version, read_as_stored
from analytics.database.json_text import parse_json
from analytics.interviewlab.feedback import State
from analytics.skills import SKILL_KEYS

# The part of the platform's feedback that a breakdown is written into.
KEYS: Final = (
    "overall_score",
    *(f"{key}_score" for key in SKILL_KEYS),
    "code_submissions_count",
    "skill_breakdown",
    "strengths",
    "weaknesses",
    "recommendations",
)
# What a breakdown fills in where the platform has nothing, or a placeholder, or keeps a second copy.
FILLED_IN: Final = (*REQUIRED_TEXTS, *(f"{key}_feedback" for key in SKILL_KEYS))


def is_current(version: Version, breakdown: InterviewFeedback, replaces: str | None, text: str | None) -> bool:
    """Return whether the platform's feedback still holds a version, or the version still replaces it."""
    if replaces is not None:
        return replaces == replaced_text(text)
    raw = parse_json(text)
    if _holds(raw, write_into(version, breakdown, raw)):
        return True
    # What is read as failed may have been written back with a number that is no score.
    failed = any(skill.state is State.FAILED for skill in breakdown.skill_breakdown.values())
    return failed and _holds(raw, write_into(version, read_as_stored(version), raw))


def _holds(raw: object, written: object) -> bool:
    if not isinstance(raw, dict) or not isinstance(written, dict):
        return bool(written == raw)
    # Earlier versions of this program wrote null for an overall score that is now left out.
    return all(written.get(key) == raw.get(key) for key in KEYS)


def replaced_text(text: str | None) -> str:
    """Return the stored form of the platform's feedback, to tell later whether it has changed."""
    return "null" if text is None else text


def write_into(version: Version, breakdown: InterviewFeedback, existing: object) -> object:
    """Return the platform's feedback with a version written into it, leaving all other fields as they are."""
    if not version.origin.is_platform:
        return breakdown.to_platform(existing)
    raw = parse_json(version.stored)
    if not isinstance(raw, dict) or not isinstance(existing, dict):
        return raw
    ours = (*KEYS, *FILLED_IN)
    return {key: value for key, value in existing.items() if key not in ours} | {
        key: raw[key] for key in ours if key in raw
    }
