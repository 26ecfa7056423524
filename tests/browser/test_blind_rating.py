"""A coach rates an interview before they see what a model says of it: by keyboard, to the reveal."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from analytics.access.viewer import TRUSTED
from analytics.breakdown.versions.shown import shown_breakdown
from analytics.database.sessions import reading
from analytics.queries import candidates
from analytics.queries.verdicts import counting_of_candidate
from analytics.roster import order
from analytics.roster import page as roster_page
from analytics.skills import SKILL_KEYS, SKILLS
from tests.support.chromium import settled
from tests.support.demo import Demo


def press(page: Page, name: str) -> None:
    """Go to a button and press it, with the keyboard alone."""
    button = page.get_by_role("button", name=name).first
    button.press("Enter")
    settled(page)


def test_a_coach_rates_blind_by_keyboard_and_then_sees(demo: Demo, page: Page) -> None:
    with reading(demo.engine) as db:
        first = roster_page.page(TRUSTED, db, sort=order.Sort.NAME).rows[0]
        history = candidates.skill_history(TRUSTED, db, first.user_id) or []
        latest = history[-1].interview_id
        shown = shown_breakdown(TRUSTED, db, latest)
    assert shown is not None
    claims = [claim for skill in shown.feedback.skills.values() for claim in (*skill.strengths, *skill.weaknesses)]
    assert claims
    demo.open(page, f"/interview?interview={latest}")
    expect(page.get_by_text(claims[0], exact=False).first).to_be_visible()
    press(page, "Rate before you see")
    expect(page.get_by_text("You rate before you see.", exact=False)).to_be_visible()
    for claim in claims:
        expect(page.get_by_text(claim, exact=False)).to_have_count(0)

    for place, skill in enumerate(SKILLS):
        card = page.locator(f".st-key-verdict_{skill.key}")
        card.get_by_role("button").press("Enter")
        form = page.get_by_role("radiogroup", name=skill.label)
        expect(form).to_be_visible()
        form.get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        for _ in range(place + 1):
            page.keyboard.press("ArrowDown")
        reason = page.get_by_role("textbox", name="Reason, in one line")
        reason.focus()
        page.keyboard.type(f"Heard it for {skill.label.lower()}")
        save = page.get_by_role("button", name="Save verdict")
        save.press("Enter")
        expect(page.get_by_text(f"Your verdict on {skill.label.lower()} is saved.")).to_be_visible()
        settled(page)

    # All four are in: both numbers and the claims are there.
    expect(page.get_by_text(claims[0], exact=False).first).to_be_visible()
    expect(page.get_by_text("Coach’s verdict: Level 2 of 5 (0.25)")).to_be_visible()
    with reading(demo.engine) as db:
        counting = counting_of_candidate(TRUSTED, db, first.user_id)
    assert [counting[latest, key].level for key in SKILL_KEYS] == [2, 3, 4, 5]

    press(page, "Withdraw")
    press(page, "Withdraw verdict")
    expect(page.get_by_text("is withdrawn.", exact=False)).to_be_visible()
    # What was seen once stays seen.
    expect(page.get_by_text(claims[0], exact=False).first).to_be_visible()
