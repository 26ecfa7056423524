"""The offline analyst: rules over measurable signals, for when no language model is connected.

It counts what can be counted - words that mark structure, hedges, reasons, alternatives, checks; size and complexity
of code - and points to the sentences or lines that show it. It does not understand what was said, so it gives no
scores.
"""

from __future__ import annotations

from analytics.breakdown.evidence import Verifier
from analytics.breakdown.findings import Findings
from analytics.breakdown.gate import has_code
from analytics.breakdown.offline_code import read_code
from analytics.breakdown.offline_points import Finder
from analytics.breakdown.offline_speech import read_speech
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.plan import Prepared


def offline_findings(prepared: Prepared, skill: str) -> Findings:
    """Read a skill by rules; at most three points of each kind, each cited and verified like a model's."""
    finder = Finder()
    if skill == "code_quality":
        read_code([submission for submission in prepared.transcript.submissions if has_code(submission)], finder)
    else:
        withheld = set(prepared.withheld)
        answers = [
            [sentence for sentence in turn.sentences if sentence.id not in withheld]
            for turn in prepared.transcript.turns
        ]
        read_speech(skill, [answer for answer in answers if answer], finder)
    verifier = Verifier(prepared.transcript, prepared.private, frozenset(prepared.withheld), skill)
    verified = verifier.verify(finder.points())
    return Findings(
        skill=skill,
        claims=verified.claims,
        union=verified.claims,
        dropped=verified.dropped,
        made=len(verified.claims) + len(verified.dropped),
        coverage=prepared.coverage(skill, range(len(prepared.parts))),
        outcome=Outcome.OFFLINE,
    )
