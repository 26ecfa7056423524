"""The finished breakdown: what is shown, stored, and written back to the platform's feedback."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field, ValidationError

from analytics import judges
from analytics.breakdown.assessment.claims import Claim, ClaimFault, DroppedClaim, Kind
from analytics.breakdown.assessment.reviews import Priority, QuestionReview
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage
from analytics.interviewlab.feedback import POINTS, State, read_feedback, words
from analytics.interviewlab.feedback import SkillBreakdown as StoredBreakdown
from analytics.skills import BY_KEY, CODE_KEYS, SKILL_KEYS, overall
from analytics.text import storable

FORMAT: Final = 1
MODEL_ANALYST: Final = judges.MODEL_ANALYST
RECORDED_ANALYST: Final = judges.RECORDED_ANALYST
# Where a skill keeps its claims of each kind.
LISTS: Final[Mapping[Kind, str]] = {
    "strength": "strengths",
    "weakness": "weaknesses",
    "recommendation": "recommendations",
    "missed_opportunity": "missed_opportunities",
    "better_wording": "better_wordings",
}
REQUIRED_TEXTS: Final = ("summary", "detailed_feedback")
# Begins the summary that we write, so that it is known again.
_SUMMARY: Final = "Skill breakdown: "
OFFLINE_ANALYST: Final = judges.OFFLINE_ANALYST


class SkillBreakdown(Record):
    """One skill: its score with the range of ratings, and points that rest on the transcript.

    Only the state `scored` carries numbers; otherwise `reason` says why not. `coverage` is the share of the interview
    that was read, 0 to 1. `made` counts the points the analyst made, `dropped` those not accepted, `left_out` good
    ones beyond three. `score_from` says where a score came from that this run did not make; `points_from` the same for
    the points. `missed_opportunities` and `better_wordings` came later than the rest. `bounded` says that the score is
    the lower of two, since the claims alone spoke for another level than the transcript.
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
    missed_opportunities: tuple[Claim, ...] = ()
    better_wordings: tuple[Claim, ...] = ()
    bounded: bool = False
    reason: Outcome | None = None
    coverage: float = 1.0
    made: int = 0
    left_out: int = 0
    dropped: tuple[DroppedClaim, ...] = ()
    score_from: str | None = None
    points_from: str | None = None
    usage: Usage = Usage()

    def model_post_init(self, _context: object, /) -> None:
        """Refuse a number unless the state is `scored`, and that state without a number."""
        if (self.state is State.SCORED) != (self.score is not None):
            raise ValueError(f"a skill that is {self.state} cannot have the score {self.score}")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return all points, kind by kind."""
        return tuple(claim for name in LISTS.values() for claim in getattr(self, name))

    @property
    def quoted(self) -> int:
        """Count the points that rest on a quote."""
        return sum(bool(claim.quotes) for claim in self.claims)

    @property
    def faults(self) -> dict[ClaimFault, int]:
        """Count the dropped points by what was wrong with them."""
        kinds = [entry.fault for entry in self.dropped]
        return {fault: kinds.count(fault) for fault in dict.fromkeys(kinds)}

    def with_former(self, former: SkillBreakdown, source: str, *, code_unseen: bool = False) -> SkillBreakdown:
        """Keep a former value where this run made none.

        A skill that failed keeps all of it, as does code quality where code was reviewed that is not stored
        (`code_unseen`); one read offline keeps its score. `source` says where the former value comes from, for the page
        ("version 3", "the platform").
        """
        if self.state is State.FAILED or (code_unseen and self.reason is Outcome.NO_CODE):
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
            scored = former.model_dump(include={"state", "score", "low", "high", "low_agreement", "levels", "bounded"})
            return self.model_copy(update={**scored, "score_from": former.score_from or source})
        return self


class Provenance(Record):
    """How a breakdown was made and what it took, also to tell later whether it is out of date."""

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
    messages that could not be read, `notes` are sentences about anything else that was left out. `reviews_without_code`
    counts the platform's code reviews whose code is not stored. `questions` say what was asked and answered,
    `priorities` what to work on first; `post` is the level of the post by whose measure it was rated.
    """

    format: int = Field(default=FORMAT, ge=FORMAT, le=FORMAT)
    skill_breakdown: dict[str, SkillBreakdown]
    provenance: Provenance
    submissions: int = 0
    reviews_without_code: int = 0
    skipped: int = 0
    withheld: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    questions: tuple[QuestionReview, ...] = ()
    priorities: tuple[Priority, ...] = ()
    post: str = ""

    @property
    def overall(self) -> float | None:
        """Return the weighted average of the scored skills; None without any."""
        return overall({key: skill.score for key, skill in self.skill_breakdown.items()})

    @property
    def points(self) -> int:
        """Count all points."""
        return sum(len(skill.claims) for skill in self.skill_breakdown.values())

    @property
    def quoted(self) -> int:
        """Count the points that rest on a quote."""
        return sum(skill.quoted for skill in self.skill_breakdown.values())

    def with_former(self, former: Mapping[str, SkillBreakdown], source: str) -> InterviewFeedback:
        """Keep former values where this run made none; see `SkillBreakdown.with_former`."""
        code_unseen = self.reviews_without_code > 0
        kept = {
            key: skill.with_former(former[key], source, code_unseen=code_unseen) if key in former else skill
            for key, skill in self.skill_breakdown.items()
        }
        return self.model_copy(update={"skill_breakdown": kept})

    def to_platform(self, existing: object = None) -> dict[str, Any]:
        """Write the breakdown in the platform's own shape, into a copy of its feedback.

        Keys that are not ours stay as they are. A skill that failed keeps its stored score and points, as does code
        quality where code was reviewed that is not stored; one read offline keeps its stored score; the platform's
        placeholder is none. Without any score there is no `overall_score`. What the platform's own models require is
        there: `summary` and `detailed_feedback` are written where it has none, or a placeholder. NUL, lone surrogates
        and numbers JSON does not have, which the database would refuse, are taken out.
        """
        before: dict[str, Any] = existing if isinstance(existing, dict) else {}
        stored = read_feedback(before, holds_code=lambda: self.submissions > 0)
        scores = {key: self._platform_score(key, stored.skills[key].score) for key in SKILL_KEYS}
        lists = {key: self._platform_points(key, stored.skills[key]) for key in self.skill_breakdown}
        combined = {name: [text for said in lists.values() for text in said[name]] for name in POINTS}
        details = before.get("skill_breakdown")
        breakdown: dict[str, Any] = dict(details) if isinstance(details, dict) else {}
        after = {key: value for key, value in before.items() if key != "overall_score"}
        for key, said in lists.items():
            other = breakdown.get(key)
            breakdown[key] = {**(other if isinstance(other, dict) else {}), "score": scores[key], **said}
            if isinstance(before.get(f"{key}_feedback"), dict):
                after[f"{key}_feedback"] = {**before[f"{key}_feedback"], **said}
        keeps_code = self._keeps("code_quality", stored.skills["code_quality"].score)
        told = {key: score for key, score in scores.items() if keeps_code or not self._without_code(key)}
        weighed = overall(told)
        after |= {f"{key}_score": score for key, score in scores.items()}
        after |= {} if weighed is None else {"overall_score": weighed}
        after |= {
            "code_submissions_count": self.submissions or (stored.code_submissions if keeps_code else 0),
            "skill_breakdown": breakdown,
            **combined,
            **_required_texts(before, told, combined),
        }
        cleaned: dict[str, Any] = _storable(after)
        return cleaned

    def to_json(self) -> str:
        """Serialise everything, for our own table."""
        return json.dumps(_storable(self.model_dump(mode="json")), ensure_ascii=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes | Mapping[str, Any]) -> InterviewFeedback:
        """Parse what `to_json` wrote; raises ValueError for anything else, including another format version."""
        try:
            return cls.model_validate_json(json.dumps(text) if isinstance(text, Mapping) else text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise ValueError(f"not a stored breakdown: {first['loc']}: {first['msg']}") from None

    def _without_code(self, key: str) -> bool:
        return key in CODE_KEYS and self.skill_breakdown[key].reason is Outcome.NO_CODE

    def _keeps(self, key: str, stored: float | None) -> bool:
        """Return whether a skill keeps what the platform stored about it, as this run could not read it."""
        if self.skill_breakdown[key].state is State.FAILED:
            return True
        return self._without_code(key) and self.reviews_without_code > 0 and stored is not None

    def _platform_score(self, key: str, stored: float | None) -> float | None:
        skill = self.skill_breakdown[key]
        if self._keeps(key, stored):
            return skill.score if skill.score is not None else stored
        if skill.score is not None:
            return skill.score
        if self._without_code(key):
            return 0.0
        return stored if skill.reason is Outcome.OFFLINE else None

    def _platform_points(self, key: str, stored: StoredBreakdown) -> dict[str, list[str]]:
        if self._keeps(key, stored.score):
            return {name: list(getattr(stored, name)) for name in POINTS}
        skill = self.skill_breakdown[key]
        points = {name: [claim.sentence for claim in getattr(skill, name)] for name in POINTS}
        # The platform has no lists of their own for these.
        points["weaknesses"] += [claim.text for claim in skill.missed_opportunities]
        points["recommendations"] += [f'Say it like this: "{claim.text}"' for claim in skill.better_wordings]
        return points


def is_ours(summary: str) -> bool:
    """Return whether a stored summary was written by this program and not by the platform."""
    return summary.startswith(_SUMMARY)


def write_out(strengths: Sequence[str], weaknesses: Sequence[str]) -> str:
    """Format points as one text, which stands in the platform's feedback where it has none of its own."""
    return " ".join(f"{text.rstrip('.')}." for text in (*strengths, *weaknesses))


def _required_texts(
    before: Mapping[str, Any], scores: Mapping[str, float | None], points: Mapping[str, list[str]]
) -> dict[str, str]:
    """Return the texts that the platform's models require, where it has none of its own about the interview."""
    summary, detailed = (words(before.get(name)) for name in REQUIRED_TEXTS)
    scored_skills = [f"{BY_KEY[key].label} {score:.2f}" for key, score in scores.items() if score is not None]
    ours = is_ours(summary)
    return {
        "summary": summary if summary and not ours else f"{_SUMMARY}{', '.join(scored_skills) or 'no scores'}.",
        "detailed_feedback": detailed
        if detailed and not ours
        else write_out(points["strengths"], points["weaknesses"]),
    }


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
