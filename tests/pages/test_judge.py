"""The page Judge: figures in words, disagreements that open, interviews to rate, and nothing corrected in silence."""

from __future__ import annotations

import pytest

from analytics.access.viewer import TRUSTED
from analytics.agreement import audits
from analytics.agreement.audit import CLAIMS, Audit
from analytics.agreement.shifts import Shift
from analytics.database.sessions import writing
from analytics.judges import JudgeKind, judge_of
from tests.support.agreement import rated
from tests.support.databases import Database
from tests.support.visitor import Visit, Visitor

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
KIND = [(level, min((level - 1) / 4 + 0.125, 1.0)) for level in (1, 2, 3, 4, 4, 3, 2, 3) * 5]


def tables(page: Visit) -> str:
    return " ".join(str(table.value.to_dict()) for table in page.at.table)


def test_interviews_are_drawn_and_open_from_the_page(database: Database, visitor: Visitor) -> None:
    rated(database, [(3, 0.5)] * 3)
    page = visitor.open("judge")
    next(button for button in page.at.button if "at random for me" in button.label).click()
    visitor.again(page)
    assert [str(done.value) for done in page.at.success] == [
        "3 interviews chosen. Scores of interviews you have not rated are hidden from you now."
    ]
    assert "3 interviews to rate, 0 rated." in page.text
    assert sum(link.label.endswith("Interview 2") for link in page.at.page_link) == 1


def test_the_numbers_behind_the_circles_open(database: Database, visitor: Visitor) -> None:
    rated(database, [(3, 0.5)] * 3)
    page = visitor.open("judge")
    page.at.session_state["agreement_table"] = True
    visitor.again(page)
    assert "'Interviews': {0: '3'}" in tables(page)
    assert "This did not work" not in page.text


def test_without_levels_the_page_says_where_they_come_from(visitor: Visitor) -> None:
    page = visitor.open("judge")
    assert "No interview has been rated by a person yet" in page.text
    assert "Not tested yet" in page.text
    assert "calibrated" not in page.text.lower()


def test_a_calibrated_and_lenient_judge_is_corrected_only_where_somebody_switches_it_on(
    database: Database, visitor: Visitor
) -> None:
    rated(database, [*KIND, (1, 0.9)])
    page = visitor.open("judge")
    assert "It agrees with people better than a judge who always says level 3." in page.text
    assert "of a level higher than people do" in tables(page)
    assert "judge **4.6**" in page.text
    (switch,) = page.at.toggle
    assert not switch.value
    drawn = page.figure()
    switch.set_value(True)
    visitor.again(page)
    assert "(corrected)" in page.text
    assert "judge **4.6**" not in page.text
    assert page.figure()["data"][1]["y"] != drawn["data"][1]["y"]
    # What the judge said stays what it said: figures are those of the scores as they are.
    assert "of a level higher than people do" in tables(page)


def test_few_pairs_are_not_judged_by(database: Database, visitor: Visitor) -> None:
    rated(database, [(1, 1.0), (3, 0.5)])
    page = visitor.open("judge")
    assert "Cannot tell yet: 2 interviews have both a person's level and this judge's score. 28 more" in page.text
    assert "judge **5**" in page.text
    assert list(page.at.toggle) == []


def test_what_an_audit_found_is_shown(database: Database, visitor: Visitor) -> None:
    judge = judge_of(JudgeKind.RULES)
    found = Shift("hedged", "communication", 12, -1.58, -2.16, -1.01, 0.001)
    with writing(database.engine) as db:
        audits.keep(TRUSTED, db, Audit(judge, CLAIMS, 108, 0, (found,)))
    page = visitor.open("judge")
    assert "Communication comes out 1.6 claims lower where the same is said with" in page.text
    assert "No bias found" not in page.text


def test_an_audit_of_too_few_breakdowns_finds_nothing_fair(database: Database, visitor: Visitor) -> None:
    few = Shift("hedged", "communication", 2, None, None, None, None)
    with writing(database.engine) as db:
        audits.keep(TRUSTED, db, Audit(judge_of(JudgeKind.RULES), CLAIMS, 108, 100, (few,)))
    page = visitor.open("judge")
    assert "Cannot tell: too few breakdowns came through." in page.text
    assert "No bias found" not in page.text


def test_interviews_are_offered_to_rate_only_while_there_are_any(database: Database, visitor: Visitor) -> None:
    nothing = "Nothing to choose"
    page = visitor.open("judge")
    assert nothing in page.text
    assert "Rate some below" not in page.text
    assert not [button for button in page.at.button if "at random" in button.label]
    rated(database, [(3, 0.5)] * 2)
    page = visitor.open("judge")
    assert nothing not in page.text
    next(button for button in page.at.button if "at random" in button.label).click()
    visitor.again(page)
    # Both have been chosen: there is no third.
    assert "2 interviews to rate, 0 rated." in page.text
    assert nothing in page.text
    assert not [button for button in page.at.button if "at random" in button.label]
