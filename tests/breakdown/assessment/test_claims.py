from __future__ import annotations

import pytest

from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.reading.transcript import Quote


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
