"""On the pages: seeing a score or a claim differently, the answer, a claim that is wrong, and rating oneself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa

from analytics.api import PREFIX
from analytics.columns import now
from analytics.interviewlab.tables import interviews
from analytics.reviews.requests import Step
from analytics.reviews.struck import ClaimKey
from pages.parts.markdown import plain
from tests.support.api_client import SETTINGS, bearer, client, platform_token
from tests.support.breakdowns import generated
from tests.support.reviews import WRONG, answer, ask, seen, strike
from tests.support.versions import save
from tests.support.visitor import Visit, Visitor, dashboard_of, errors
from tests.support.world import PEOPLE, World

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
# The ends of keys that stand for the score itself, and for the claim.
SCORE = "technical_score_e3b0c442"
STRIKE = f"strike_technical_weakness_{sha256(WRONG.claim.encode()).hexdigest()[:8]}"


@pytest.fixture
def visitor(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    with dashboard_of(monkeypatch, DATABASE_URL=world.database.url, SELF_RATING="on") as somebody:
        yield somebody


def shown_to(visitor: Visitor, who: str, page: str = "interview", **address: str) -> Visit:
    visitor.claims |= {"sub": who, "email": PEOPLE[who].email}
    return visitor.open(page, **({"interview": "101"} if page == "interview" else {}), **address)


def opened(visitor: Visitor, page: Visit, key: str) -> None:
    """Open a popover or an expander, as a press does."""
    page.at.session_state[key] = True
    visitor.again(page)


def press(visitor: Visitor, page: Visit, label: str) -> None:
    next(button for button in page.at.button if button.label == label).click()
    visitor.again(page)


def test_an_interviewee_asks_and_the_coach_answers(world: World, visitor: Visitor) -> None:
    page = shown_to(visitor, "interviewee")
    opened(visitor, page, f"ask_{SCORE}")
    press(visitor, page, "Ask for a review")
    assert errors(page) == ["Say how you see it."]
    page.at.text_area[0].set_value("I did say why")
    press(visitor, page, "Ask for a review")
    assert "Waits for a coach" in page.text
    assert "You see this differently: “I did say why”  \n" in page.text
    assert ", today · score then 0.50" in page.text
    roster = shown_to(visitor, "coach", "candidates")
    assert "Asked for a review today" in roster.text
    opened(visitor, roster, "review_queue")
    (link,) = [one for one in roster.at.page_link if "Technical" in one.label]
    assert "interview=101" in link.proto.query_string
    assert "about=technical" in link.proto.query_string
    # Two requests about one skill are told apart by their interviews.
    assert link.label.count(" · ") == 3
    coach = shown_to(visitor, "coach", about="technical")
    (request,) = seen(world, "coach").requests
    opened(visitor, coach, f"answer_{request.id}")
    coach.at.text_area[0].set_value("It stays as no figure was given")
    press(visitor, coach, "Answer")
    again = shown_to(visitor, "interviewee")
    assert "**It stays as it is**: “It stays as no figure was given”" in again.text
    assert "a coach ·" in again.text
    assert plain(PEOPLE["coach"].email) not in again.text
    opened(visitor, again, f"again_{request.id}")
    again.at.text_area[0].set_value("There was one")
    press(visitor, again, "Ask an admin")
    assert "Waits for an admin" in again.text
    assert "An admin answers this." in shown_to(visitor, "coach").text
    answer(world, request.id, Step.VERDICT, who="admin", level=4)
    told = {who: shown_to(visitor, who).text for who in ("interviewee", "coach")}
    assert all("Coach’s verdict: Level 4 of 5" in text for text in told.values())
    # Neither with the answer nor with the verdict.
    name = plain(PEOPLE["admin"].email)
    assert {who: text.count(name) for who, text in told.items()} == {"interviewee": 0, "coach": 2}


def test_what_changed_between_versions_leaves_struck_claims_out(world: World, visitor: Visitor) -> None:
    save(world.database, generated())
    claim = ClaimKey("technical", "weakness", "Leaves a known gap in the verification open.")

    def compared() -> tuple[str, str, str]:
        """What is told of communication, of technical, and everywhere."""
        page = shown_to(visitor, "coach")
        opened(visitor, page, "versions")
        told = page.text.split("**What changed**")[1]
        first, technical = told.split("**Technical**")
        return first, technical.split("**Problem solving**")[0], page.text

    assert all("Leaves a known gap" in told for told in compared())
    strike(world, claim)
    communication, technical, everything = compared()
    assert "Leaves a known gap" in communication
    assert "Leaves a known gap" not in technical
    assert "Claims that a coach marked as wrong are left out. The versions keep them." in everything


def test_a_coach_strikes_a_claim_and_shows_it_again(world: World, visitor: Visitor) -> None:
    ask(world, "communication")
    page = shown_to(visitor, "coach")
    assert WRONG.claim in page.text
    opened(visitor, page, STRIKE)
    next(one for one in page.at.text_input if one.label == "What is wrong with it?").set_value("He did sum up")
    press(visitor, page, "Mark as wrong")
    assert [one.key.skill for one in seen(world, "coach").struck] == ["technical"]
    before = shown_to(visitor, "coach").text.count(WRONG.claim)
    assert shown_to(visitor, "interviewee").text.count(WRONG.claim) == before == 3
    opened(visitor, page, "struck")
    assert f"~~{WRONG.claim}~~" in page.text
    press(visitor, page, "Show again")
    assert shown_to(visitor, "interviewee").text.count(WRONG.claim) == 4
    # An interviewee strikes nothing, and is not told what was struck.
    assert STRIKE not in shown_to(visitor, "interviewee").at.session_state


def test_one_rates_oneself_before_the_scores_of_a_new_interview_are_sent(world: World, visitor: Visitor) -> None:
    with world.database.platform_engine.begin() as connection:
        new = {"completed_at": now() - timedelta(days=1)}
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(new))
    asked = client(world, SETTINGS.with_changes(self_rating=True))
    headers = bearer(platform_token(PEOPLE["interviewee"].user_id))

    def technical(interview: int) -> float | None:
        told = asked.get(f"{PREFIX}/interviews/{interview}/skills", headers=headers).json()
        score: float | None = told["skill_breakdown"]["technical"]["score"]
        return score

    page = shown_to(visitor, "interviewee")
    assert "How do you rate yourself" in page.text
    assert (WRONG.claim in page.text, "0.50" in page.text) == (False, False)
    assert (technical(101), technical(102)) == (None, 0.6)
    assert WRONG.claim in shown_to(visitor, "coach").text
    press(visitor, page, "Save and show the scores")
    assert errors(page) == ["Choose a level for a skill, or show the scores without rating."]
    next(one for one in page.at.radio if one.label == "Technical").set_value(4)
    press(visitor, page, "Save and show the scores")
    assert "0.50" in page.text
    assert "You rated yourself: level 4 of 5" in page.text
    assert "You rated yourself: skipped" in page.text
    assert technical(101) == 0.5
    assert "Self-rating: level 4 of 5" in shown_to(visitor, "coach").text
    candidate = shown_to(visitor, "coach", "candidate", candidate="11")
    assert "cannot tell yet, 1 of 6 interviews have both numbers" in candidate.text
