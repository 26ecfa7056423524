"""Support: whether the cited lines show each claim, as judged by the model; the verifier checks provenance only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.breakdown.assessment import answers
from analytics.breakdown.assessment.claims import Claim, ClaimFault, DroppedClaim
from analytics.breakdown.assessment.findings import Findings, choose_shown
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record, Usage


class SupportAnswer(Record):
    """A model's raw verdicts on all claims of an interview; or the outcome instead of them."""

    answer: dict[str, Any] | None
    outcome: Outcome | None = None
    usage: Usage = Usage()

    @property
    def verdicts(self) -> Mapping[int, answers.Verdict]:
        """Return the verdicts by claim number; of several for one claim, the strictest."""
        if self.answer is None:
            return {}
        read = answers.Support.model_validate(self.answer).verdicts
        return {verdict.claim: verdict for verdict in sorted(read, key=_hardness)}


def claims_of(findings: Mapping[str, Findings]) -> list[tuple[str, Claim]]:
    """List all verified claims with their skills, in the order of their numbers (from 1)."""
    return [(skill, claim) for skill, found in findings.items() for claim in found.union]


def apply_support(findings: Mapping[str, Findings], answer: SupportAnswer) -> dict[str, Findings]:
    """Drop claims that their lines do not show, and mark those shown in part or not checked.

    A recommendation falls with its weakness. Where the call failed, everything stands, marked as unchecked.
    """
    verdicts = answer.verdicts
    numbers = {(skill, place): number for number, (skill, place) in enumerate(_places(findings), 1)}
    judged = {}
    for skill, found in findings.items():
        stands: list[Claim] = []
        dropped: list[DroppedClaim] = []
        for place, claim in enumerate(found.union):
            verdict = verdicts.get(numbers[skill, place])
            fault = _fault(verdict)
            if fault is None and claim.kind == "recommendation" and not _answers(claim, stands):
                fault = ClaimFault.NO_WEAKNESS
            if fault is not None:
                dropped.append(DroppedClaim(kind=claim.kind, text=claim.text, ids=claim.evidence, fault=fault))
                continue
            support = "unchecked" if verdict is None else verdict.shows
            stands.append(claim.model_copy(update={"support": support}))
        judged[skill] = _keep_supported(found, stands, dropped)
    return judged


def _places(findings: Mapping[str, Findings]) -> list[tuple[str, int]]:
    return [(skill, place) for skill, found in findings.items() for place in range(len(found.union))]


def _hardness(verdict: answers.Verdict) -> int:
    fault = _fault(verdict)
    return 2 if fault is not None else int(verdict.shows == "partly")


def _fault(verdict: answers.Verdict | None) -> ClaimFault | None:
    if verdict is None:
        return None
    if verdict.contradicts:
        return ClaimFault.CONTRADICTED
    if verdict.shows == "no":
        return ClaimFault.UNSUPPORTED
    return None if verdict.on_question else ClaimFault.OFF_QUESTION


def _answers(advice: Claim, stands: Sequence[Claim]) -> bool:
    return any(claim.kind == "weakness" and claim.text == advice.answers for claim in stands)


def _keep_supported(found: Findings, stands: Sequence[Claim], dropped: Sequence[DroppedClaim]) -> Findings:
    shown = choose_shown(stands)
    outcome = found.outcome
    if outcome is None and not shown:
        outcome = Outcome.NO_EVIDENCE
    return found.model_copy(
        update={
            "claims": shown,
            "union": tuple(stands),
            "dropped": (*found.dropped, *dropped),
            "left_out": len(stands) - len(shown),
            "outcome": outcome,
        }
    )
