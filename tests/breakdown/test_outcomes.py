"""The sentences about what went wrong, and the page of the documentation that explains them."""

from __future__ import annotations

from pathlib import Path

from analytics.breakdown.assemble import FAILING
from analytics.breakdown.outcomes import Outcome

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "breakdown.md").read_text(encoding="utf-8")
# Those are no failures of the model: nobody connected one, or somebody asked to stop.
OTHERWISE = {Outcome.NOT_CONFIGURED, Outcome.CANCELLED}


def test_every_failure_is_explained_in_the_words_of_the_page() -> None:
    explained = {outcome for outcome in Outcome if f"| {outcome.sentence} |" in DOCUMENTED}
    assert explained == FAILING - OTHERWISE
