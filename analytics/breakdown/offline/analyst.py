"""The offline analyst, used when no language model is connected: rules over measurable signals.

It says of an answer how vague its words are and whether what was asked for - a reason, a measurement, a name - is
there, and of code how large and tangled it is. It does not understand what was said, so it gives no scores; a claim of
its own that could not be verified is not made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.findings import Findings
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.offline.code import read_code
from analytics.breakdown.offline.exchange import Exchange
from analytics.breakdown.offline.points import Finder
from analytics.breakdown.offline.speech import read_speech
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.eligibility import has_code
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.skills import CODE_KEYS


def offline_findings(prepared: PreparedInterview, skill: str, exchanges: Sequence[Exchange]) -> Findings:
    """Assess a skill by rules; at most three points of each kind, cited and verified like a model's."""
    finder = Finder()
    if skill in CODE_KEYS:
        read_code([submission for submission in prepared.transcript.submissions if has_code(submission)], finder)
    else:
        read_speech(skill, exchanges, finder)
    hidden, struck = frozenset(prepared.withheld), prepared.struck_of(skill)
    verifier = ClaimVerifier(prepared.transcript, prepared.private, hidden, skill, struck=struck)
    verified = verifier.verify(finder.points())
    dropped = tuple(entry for entry in verified.dropped if entry.fault is ClaimFault.STRUCK)
    return Findings(
        skill=skill,
        claims=verified.claims,
        union=verified.claims,
        dropped=dropped,
        made=len(verified.claims) + len(dropped),
        coverage=prepared.coverage(skill, range(len(prepared.parts))),
        outcome=Outcome.OFFLINE,
    )


def read_exchanges(prepared: PreparedInterview) -> Iterator[Exchange]:
    """Read the questions with their answers, and answer by answer what nobody asked for."""
    withheld = set(prepared.withheld)
    by_id = {sentence.id: sentence for sentence in prepared.transcript.sentences if sentence.id not in withheld}
    questions = [(question.text, question.answer) for question in prepared.questions]
    asked = {label for _, answer in questions for label in answer}
    unasked = [("", [sentence.id for sentence in turn.sentences]) for turn in prepared.transcript.turns]
    for text, labels in (*questions, *((text, [each for each in ids if each not in asked]) for text, ids in unasked)):
        answer = tuple(by_id[label] for label in labels if label in by_id)
        if answer:
            yield Exchange(text, answer)
