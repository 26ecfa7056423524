"""What a model found for one skill, verified: the answers of all parts and of the repair made into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from analytics.breakdown.answers import Points
from analytics.breakdown.evidence import MOST, Claim, Dropped, Fault, Kind, Verified, Verifier, repeats
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.plan import Prepared
from analytics.breakdown.records import Record, Usage

# Faults that another try would not mend: the point is there already, or there is no room for it.
_FINAL: Final = frozenset({Fault.DUPLICATE, Fault.TOO_MANY, Fault.NO_WEAKNESS})


class SkillAnswer(Record):
    """A model's answer about one skill in one part of the interview, as it came; or the outcome instead of it."""

    skill: str
    part: int
    answer: dict[str, Any] | None
    outcome: Outcome | None = None
    model: str = ""
    usage: Usage = Usage()

    @property
    def points(self) -> Points | None:
        """Read the answer."""
        return None if self.answer is None else Points.model_validate(self.answer)


class Findings(Record):
    """What stands of a skill's answers: `claims` are shown, `union` is everything verified, for the rating.

    `outcome` says why there is nothing to rate; `made` counts the points of the answers before any repair.
    """

    skill: str
    claims: tuple[Claim, ...] = ()
    union: tuple[Claim, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    made: int = 0
    left_out: int = 0
    coverage: float = 0.0
    outcome: Outcome | None = None
    model: str = ""
    usage: Usage = Usage()

    @property
    def verified(self) -> Verified:
        """Give what a repair is asked about: what stands, and what might be mended."""
        mendable = tuple(entry for entry in self.dropped if entry.fault not in _FINAL)
        return Verified(claims=self.claims, dropped=mendable)

    @property
    def needs_repair(self) -> bool:
        """Tell whether a repair call may add a point."""
        return any(len(self.verified.of(entry.kind)) < MOST for entry in self.verified.dropped)


def verify_answers(
    prepared: Prepared, skill: str, answers: Sequence[SkillAnswer], repair: SkillAnswer | None = None
) -> Findings:
    """Verify the answers of all parts and choose up to three points of each kind, taking turns between the parts."""
    verifier = Verifier(prepared.transcript, prepared.private, frozenset(prepared.withheld), skill)
    read = [(answer.part, points) for answer in answers if (points := answer.points) is not None]
    verified = [verifier.verify(points) for _, points in read]
    claims, union, repeated = _chosen(verified)
    dropped = [entry for part in verified for entry in part.dropped] + repeated
    spent = [*answers, *([repair] if repair is not None else [])]
    fixed = repair.points if repair is not None else None
    if fixed is not None:
        added = _replacements(verifier.verify(fixed, claims).claims[len(claims) :], dropped)
        claims, union = claims + added, union + added
        dropped = _without_replaced(dropped, added)
    made = sum(points.count for _, points in read)
    outcome = None
    if not read:
        outcome = next((answer.outcome for answer in answers if answer.outcome is not None), Outcome.NOTHING_FOUND)
    elif not claims:
        outcome = Outcome.NO_EVIDENCE if made else Outcome.NOTHING_FOUND
    return Findings(
        skill=skill,
        claims=claims,
        union=union,
        dropped=tuple(dropped),
        made=made,
        left_out=len(union) - len(claims),
        coverage=prepared.coverage(skill, [part for part, _ in read]),
        outcome=outcome,
        model=next((answer.model for answer in answers if answer.model), ""),
        usage=sum((answer.usage for answer in spent), Usage()),
    )


def _chosen(verified: Sequence[Verified]) -> tuple[tuple[Claim, ...], tuple[Claim, ...], list[Dropped]]:
    # What is shown, all that was verified, and what says again what another part said.
    shown: list[Claim] = []
    union: list[Claim] = []
    repeated: list[Dropped] = []
    kinds: tuple[Kind, ...] = ("strength", "weakness", "recommendation")
    for kind in kinds:
        for rank in range(MOST):
            for part in verified:
                for claim in part.of(kind)[rank : rank + 1]:
                    if repeats(kind, claim.text, union):
                        entry = Dropped(kind=kind, text=claim.text, ids=claim.evidence, fault=Fault.DUPLICATE)
                        repeated.append(entry)
                        continue
                    union.append(claim)
                    room = sum(other.kind == kind for other in shown) < MOST
                    answered = kind != "recommendation" or any(other.text == claim.answers for other in shown)
                    if room and answered:
                        shown.append(claim)
    return tuple(shown), tuple(union), repeated


def _replacements(new: Sequence[Claim], dropped: Sequence[Dropped]) -> tuple[Claim, ...]:
    # A repair mends what was dropped; it is no second helping.
    room = Counter(entry.kind for entry in dropped)
    taken: list[Claim] = []
    for claim in new:
        if room[claim.kind] > 0:
            room[claim.kind] -= 1
            taken.append(claim)
    kept = {claim.text for claim in taken}
    gone = {claim.text for claim in new if claim.kind == "weakness"} - kept
    return tuple(claim for claim in taken if claim.answers not in gone)


def _without_replaced(dropped: Sequence[Dropped], added: Sequence[Claim]) -> list[Dropped]:
    replaced = Counter(claim.kind for claim in added)
    left: list[Dropped] = []
    # What could be mended is what was: the others stay counted.
    for entry in sorted(dropped, key=lambda entry: entry.fault in _FINAL):
        if replaced[entry.kind] > 0:
            replaced[entry.kind] -= 1
        else:
            left.append(entry)
    return left
