from __future__ import annotations

import pytest

from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.claims import Claim, ClaimFault
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import Quote, read_transcript
from tests.support.doubles import conversation, points


def claim(*texts: str) -> Claim:
    quotes = [
        Quote(id=f"S{number}", message=0, place="content", start=0, end=len(text), text=text)
        for number, text in enumerate(texts, 1)
    ]
    return Claim(kind="weakness", text="Names no case of it.", quotes=tuple(quotes))


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (("Stopping.", "I see a week too late that it was good enough."), "S2"),
        (("I see a week too late that it was good enough.", "Stopping there is hard for me."), "S1"),
        (("Stopping.", "Always."), "S1"),
        (("是的。", "我们把查询从四百毫秒降到了八十毫秒。"), "S2"),
    ],
)
def test_the_quote_to_show_alone_is_the_first_that_says_something_by_itself(texts: tuple[str, ...], shown: str) -> None:
    assert claim(*texts).main_quote.id == shown
    assert claim(*texts).evidence == tuple(f"S{number}" for number in range(1, len(texts) + 1))


@pytest.mark.parametrize(
    ("struck", "cited", "dropped"),
    [
        ("C1:3", "C1:3-4", True),
        ("C1:3", "C1:2-3", True),
        ("C1:3", "C1", True),
        ("C1", "C1:3", True),
        ("C1:2-3", "C1:3-4", True),
        ("C1:3", "C1:4", False),
        ("C1:4-5", "C1:2-3", False),
        ("C2:3", "C1:3", False),
    ],
)
def test_a_struck_claim_is_not_made_again_of_some_of_its_lines(struck: str, cited: str, dropped: bool) -> None:
    text = "Missing prices would end the computation with an exception."
    verifier = ClaimVerifier(
        read_transcript(conversation()), Private(), frozenset(), "code_quality", struck={("weakness", struck)}
    )
    verified = verifier.verify(Points.model_validate(points(weaknesses=[(text, [cited])])))
    assert [entry.fault for entry in verified.dropped] == ([ClaimFault.STRUCK] if dropped else [])
    # A strength of the same lines is another claim.
    praise = verifier.verify(Points.model_validate(points([("A plain loop keeps the purpose visible.", [cited])])))
    assert len(praise.claims) == 1
