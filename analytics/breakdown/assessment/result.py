"""A finished breakdown: what is shown, stored, and written back into the platform's own feedback."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field, ValidationError

from analytics.breakdown.cleaning import storable
from analytics.breakdown.evidence import Claim, Dropped, Fault
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage
from analytics.feedback import State, read_feedback
from analytics.skills import SKILL_KEYS, overall

FORMAT: Final = 1
MODEL_ANALYST: Final = "language model"
OFFLINE_ANALYST: Final = "offline analyst, no language model"


class SkillBreakdown(Record):
    """One skill: its score with the range of the ratings, and points that each rest on the transcript.

    Only the state `scored` carries numbers; otherwise `reason` says why not. `coverage` is the share of the interview
    that was read, 0 to 1. `made` counts the points the analyst made, `dropped` those not accepted, `left_out` good
    ones beyond three. `score_from` says where a score came from that this run did not make; `points_from` the same for
    the points.
    """

    skill: str
    state: State
    score: float | None = None
    low: float | None = None
    high: float | None = None
    low_agreement: bool = False
    levels: tuple[int, ...] = ()
    strengths: tuple[Claim, ...] = ()
    weaknesses: tuple[Claim, ...] = ()
    recommendations: tuple[Claim, ...] = ()
    reason: Outcome | None = None
    coverage: float = 1.0
    made: int = 0
    left_out: int = 0
    dropped: tuple[Dropped, ...] = ()
    score_from: str | None = None
    points_from: str | None = None
    usage: Usage = Usage()

    def model_post_init(self, _context: object, /) -> None:
        """Refuse a number without the state `scored`, and the state without a number."""
        if (self.state is State.SCORED) != (self.score is not None):
            raise ValueError(f"a skill that is {self.state} cannot have the score {self.score}")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Give all points: strengths, weaknesses, recommendations."""
        return self.strengths + self.weaknesses + self.recommendations

    @property
    def quoted(self) -> int:
        """Count the points that rest on a quote."""
        return sum(bool(claim.quotes) for claim in self.claims)

    @property
    def faults(self) -> dict[Fault, int]:
        """Count the dropped points by what was wrong with them."""
        found = [entry.fault for entry in self.dropped]
        return {fault: found.count(fault) for fault in dict.fromkeys(found)}

    def kept(self, former: SkillBreakdown, source: str) -> SkillBreakdown:
        """Keep a former value where this run made none.

        A skill that failed keeps all of it, one read offline its score. `source` says where the former value comes
        from, for the page ("version 3", "the platform").
        """
        if self.state is State.FAILED:
            return former.model_copy(
                update={
                    "reason": self.reason,
                    "score_from": former.score_from or source,
                    "points_from": former.points_from or source,
                    "dropped": self.dropped,
                    "usage": self.usage,
                }
            )
        if self.reason is Outcome.OFFLINE and former.score is not None:
            scored = former.model_dump(include={"state", "score", "low", "high", "low_agreement", "levels"})
            return self.model_copy(update={**scored, "score_from": former.score_from or source})
        return self


class Provenance(Record):
    """What made a breakdown, to tell later whether it is out of date and what it took."""

    analyst: str
    model: str = ""
    host: str = ""
    prompt_hash: str = ""
    rubric_hash: str = ""
    transcript_hash: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0


class InterviewFeedback(Record):
    """The breakdown of one interview.

    `withheld` are the ids of lines that addressed the grader and were not shown to the model, `skipped` counts
    messages that could not be read, `notes` are sentences about anything else that was left out.
    """

    format: int = Field(default=FORMAT, ge=FORMAT, le=FORMAT)
    skill_breakdown: dict[str, SkillBreakdown]
    provenance: Provenance
    submissions: int = 0
    skipped: int = 0
    withheld: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def overall(self) -> float | None:
        """Weigh the scored skills; None when none is."""
        return overall({key: skill.score for key, skill in self.skill_breakdown.items()})

    @property
    def points(self) -> int:
        """Count all points."""
        return sum(len(skill.claims) for skill in self.skill_breakdown.values())

    @property
    def quoted(self) -> int:
        """Count the points that rest on a quote."""
        return sum(skill.quoted for skill in self.skill_breakdown.values())

    def keeping(self, former: Mapping[str, SkillBreakdown], source: str) -> InterviewFeedback:
        """Keep former values where this run made none; see `SkillBreakdown.kept`."""
        kept = {
            key: skill.kept(former[key], source) if key in former else skill
            for key, skill in self.skill_breakdown.items()
        }
        return self.model_copy(update={"skill_breakdown": kept})

    def to_platform(self, existing: object = None) -> dict[str, Any]:
        """Write the breakdown in the platform's own shape, into a copy of its feedback.

        Keys that are not ours stay as they are. A skill that failed keeps its stored score and points, one read
        offline its stored score, where those are any (the platform's placeholder is none). NUL, lone surrogates and
        numbers JSON does not have, which the database would refuse, are taken out.
        """
        before: dict[str, Any] = existing if isinstance(existing, dict) else {}
        stored = read_feedback(before)
        scores = {key: self._platform_score(key, stored.skills[key].score) for key in SKILL_KEYS}
        details = before.get("skill_breakdown")
        breakdown: dict[str, Any] = dict(details) if isinstance(details, dict) else {}
        lists: dict[str, list[str]] = {"strengths": [], "weaknesses": [], "recommendations": []}
        for key, skill in self.skill_breakdown.items():
            if skill.state is State.FAILED:
                said = {name: list(getattr(stored.skills[key], name)) for name in lists}
            else:
                said = {name: [claim.sentence for claim in getattr(skill, name)] for name in lists}
            other = breakdown.get(key)
            breakdown[key] = {**(other if isinstance(other, dict) else {}), "score": scores[key], **said}
            for name, texts in said.items():
                lists[name] += texts
        after = {
            **before,
            **{f"{key}_score": score for key, score in scores.items()},
            "overall_score": overall({key: scores[key] for key in SKILL_KEYS if not self._without_code(key)}),
            "code_submissions_count": self.submissions,
            "skill_breakdown": breakdown,
            **lists,
        }
        cleaned: dict[str, Any] = _storable(after)
        return cleaned

    def to_json(self) -> str:
        """Write everything, for our own table."""
        return json.dumps(_storable(self.model_dump(mode="json")), ensure_ascii=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes | Mapping[str, Any]) -> InterviewFeedback:
        """Read what `to_json` wrote; raises ValueError for anything else, another format included."""
        try:
            return cls.model_validate_json(json.dumps(text) if isinstance(text, Mapping) else text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise ValueError(f"not a stored breakdown: {first['loc']}: {first['msg']}") from None

    def _without_code(self, key: str) -> bool:
        return key == "code_quality" and self.skill_breakdown[key].reason is Outcome.NO_CODE

    def _platform_score(self, key: str, stored: float | None) -> float | None:
        skill = self.skill_breakdown[key]
        if skill.score is not None:
            return skill.score
        if self._without_code(key):
            return 0.0
        return stored if skill.state is State.FAILED or skill.reason is Outcome.OFFLINE else None


def _storable(value: Any) -> Any:
    # Without recursion: what the platform stored may be nested deeper than Python calls.
    root: list[Any] = [value]
    waiting: list[tuple[Any, Any]] = [(root, 0)]
    while waiting:
        holder, place = waiting.pop()
        entry = holder[place]
        if isinstance(entry, str):
            holder[place] = storable(entry)
        elif isinstance(entry, float):
            holder[place] = entry if math.isfinite(entry) else None
        elif isinstance(entry, Mapping):
            holder[place] = {storable(str(key)): inner for key, inner in entry.items()}
            waiting += [(holder[place], key) for key in holder[place]]
        elif isinstance(entry, list | tuple):
            holder[place] = list(entry)
            waiting += [(holder[place], index) for index in range(len(entry))]
    return root[0]
