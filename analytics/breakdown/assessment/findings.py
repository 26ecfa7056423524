"""A model's findings for one skill, verified: the answers of all parts and the repair, merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.claims import (
    KINDS,
    MOST,
    Claim,
    ClaimFault,
    DroppedClaim,
    Kind,
    VerifiedClaims,
    most_of,
)
from analytics.breakdown.assessment.verification import ClaimVerifier, repeats
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.records import Record, Usage

# Faults that another try would not mend: the point is there already, there is no room for it, or it was struck.
_FINAL: Final = frozenset({ClaimFault.DUPLICATE, ClaimFault.TOO_MANY, ClaimFault.NO_WEAKNESS, ClaimFault.STRUCK})


class SkillAnswer(Record):
    """A model's raw answer about one skill in one part of the interview, or the outcome instead of it."""

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
    """The verified claims of a skill: `claims` are shown, `union` is all of them, for the rating.

    `outcome` says why there is nothing to rate, though where nothing was found the answers are; `made` counts the
    points of the answers before any repair.
    """

    skill: str
    claims: tuple[Claim, ...] = ()
    union: tuple[Claim, ...] = ()
    dropped: tuple[DroppedClaim, ...] = ()
    made: int = 0
    left_out: int = 0
    coverage: float = 0.0
    outcome: Outcome | None = None
    model: str = ""
    usage: Usage = Usage()

    def of(self, kind: Kind) -> tuple[Claim, ...]:
        """Return the shown claims of one kind."""
        return tuple(claim for claim in self.claims if claim.kind == kind)

    @property
    def verified(self) -> VerifiedClaims:
        """Return the input of a repair: accepted claims, and dropped ones that might be mended."""
        mendable = tuple(entry for entry in self.dropped if entry.fault not in _FINAL)
        return VerifiedClaims(claims=self.claims, dropped=mendable)

    @property
    def needs_repair(self) -> bool:
        """Return whether a repair is worth a call: most claims were dropped and some of them can be mended."""
        return bool(self.verified.dropped) and 2 * len(self.union) < self.made


def verify_answers(
    prepared: PreparedInterview, skill: str, answers: Sequence[SkillAnswer], repair: SkillAnswer | None = None
) -> Findings:
    """Verify the answers of all parts and choose up to three points of each kind, alternating between parts."""
    verifier = ClaimVerifier(
        prepared.transcript,
        prepared.private,
        frozenset(prepared.withheld),
        skill,
        prepared.questions,
        struck=prepared.struck_of(skill),
    )
    read = [(answer.part, points) for answer in answers if (points := answer.points) is not None]
    verified = [verifier.verify(points) for _, points in read]
    claims, union, repeated = _choose(verified)
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


def _choose(verified: Sequence[VerifiedClaims]) -> tuple[tuple[Claim, ...], tuple[Claim, ...], list[DroppedClaim]]:
    # What is shown, all that was verified, and what says again what another part said.
    union: list[Claim] = []
    repeated: list[DroppedClaim] = []
    for kind in KINDS:
        for rank in range(MOST):
            for part in verified:
                for claim in part.of(kind)[rank : rank + 1]:
                    if repeats(kind, claim.text, union):
                        entry = DroppedClaim(kind=kind, text=claim.text, ids=claim.evidence, fault=ClaimFault.DUPLICATE)
                        repeated.append(entry)
                    else:
                        union.append(claim)
    return choose_shown(union), tuple(union), repeated


def choose_shown(union: Sequence[Claim]) -> tuple[Claim, ...]:
    """Choose the claims to show: the first of each kind, and advice only for weaknesses that are shown."""
    shown: list[Claim] = []
    for claim in union:
        room = sum(other.kind == claim.kind for other in shown) < most_of(claim.kind)
        answered = claim.kind != "recommendation" or any(other.text == claim.answers for other in shown)
        if room and answered:
            shown.append(claim)
    return tuple(shown)


def _replacements(new: Sequence[Claim], dropped: Sequence[DroppedClaim]) -> tuple[Claim, ...]:
    # A repair mends what was dropped; it is no second helping.
    room = Counter(entry.kind for entry in dropped)
    replacements: list[Claim] = []
    for claim in new:
        if room[claim.kind] > 0:
            room[claim.kind] -= 1
            replacements.append(claim)
    texts = {claim.text for claim in replacements}
    gone = {claim.text for claim in new if claim.kind == "weakness"} - texts
    return tuple(claim for claim in replacements if claim.answers not in gone)


def _without_replaced(dropped: Sequence[DroppedClaim], added: Sequence[Claim]) -> list[DroppedClaim]:
    replaced = Counter(claim.kind for claim in added)
    left: list[DroppedClaim] = []
    # What could be mended is what was: the others stay counted.
    for entry in sorted(dropped, key=lambda entry: entry.fault in _FINAL):
        if replaced[entry.kind] > 0:
            replaced[entry.kind] -= 1
        else:
            left.append(entry)
    return left
