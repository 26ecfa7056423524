"""The breakdown in a real browser, against a real server that speaks the model's protocol, well and badly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from analytics.breakdown import FeedbackGenerator
from analytics.breakdown.versions import save
from analytics.database.engine import create_engine_for
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILLS
from tests.support import dashboard
from tests.support.chromium import PageLog, settled
from tests.support.dashboard import Dashboard
from tests.support.doubles import SETTINGS, Double, conversation, honest, message
from tests.support.model_server import ModelServer
from tests.support.platform_rows import add, feedback, interview, person

SAMPLES = 2
CALLS = 4 + 1 + 2 + 1
ADDRESS = "/interview?interview=17"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as started:
        yield started


@pytest.fixture(scope="module")
def program(server: ModelServer, folder: Path) -> Iterator[Dashboard]:
    """The demo with a language model connected."""
    model = {"OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "double", "MODEL_SAMPLES": str(SAMPLES)}
    limits = {"MODEL_TIMEOUT": "8", "MODEL_RETRIES": "1"}
    with dashboard.serve(folder, **model, **limits) as running:
        say_less(folder, [17, 18, 19, 20, 30, 106])
        yield running
        print(running.log)


def say_less(folder: Path, numbers: list[int]) -> None:
    """Take what is written from the platform's feedback, so that a few points say more than it does."""
    engine = create_engine_for(f"sqlite:///{folder / 'data' / 'demo.db'}")
    with engine.begin() as connection:
        for number in numbers:
            one = interviews.c.id == number
            held = connection.execute(sa.select(interviews.c.feedback).where(one)).scalar_one()
            bare = {key: held[key] for key in held if key.endswith("_score") or key == "code_submissions_count"}
            connection.execute(sa.update(interviews).where(one).values(feedback=bare))
    engine.dispose()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("breakdown")


@pytest.fixture(scope="module")
def long_interview(program: Dashboard, folder: Path) -> int:
    """An interview of 127 messages, whose quotes stand on the last of its five pages."""
    number = 9_500
    small_talk = [
        message(role, f"{said} {place}.")
        for place in range(60)
        for role, said in (("assistant", "Shall we take question"), ("user", "I would rather answer a later one than"))
    ]
    held = [*small_talk, *conversation()]
    engine = create_engine_for(f"sqlite:///{folder / 'data' / 'demo.db'}")
    row = interview(number, 1, conversation_history=held, feedback=feedback(0.5, 0.5, 0.6, 0.7))
    add(engine, rows=[row])
    made = FeedbackGenerator(SETTINGS, client=Double(honest)).generate_feedback(held)
    save.save(engine, number, made, version_id="long", by="coach@example.org", write_back=True)
    engine.dispose()
    return number


@pytest.fixture
def opened(program: Dashboard, server: ModelServer, page: Page) -> Callable[..., Page]:
    server.forget()

    def opens(path: str) -> Page:
        page.goto(program.url + path)
        return settled(page)

    return opens


def press(page: Page) -> None:
    button = page.get_by_role("button", name="Regenerate")
    expect(button).to_be_enabled()
    button.click()


def said(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_text(text).first).to_be_visible()
    settled(page)


def made(page: Page) -> None:
    said(page, re.compile(r"Version \d+ is shown: "))


def test_a_press_is_followed_left_and_found_again(opened: Callable[..., Page], server: ModelServer) -> None:
    page = opened(f"{ADDRESS}")
    said(page, "Feedback from InterviewLab")
    said(page, re.compile(r"About \d+ s and [\d,]+ tokens\."))
    server.tell([{"hang": 3}] * 4)
    press(page)
    said(page, "Reading for communication")
    said(page, re.compile(r"0 of about \d+ calls answered"))
    expect(page.get_by_role("button", name="Regenerate")).to_have_count(0)
    # Left, and found again where it is by now: under way or, on a slow machine, at its end.
    page = opened("/")
    page = opened(ADDRESS)
    said(page, "16 claims, all with quotes")
    assert len(server.requests) == CALLS
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()


def test_a_quote_leads_to_the_marked_sentence(opened: Callable[..., Page]) -> None:
    page = opened("/interview?interview=18")
    press(page)
    made(page)
    chip = page.get_by_role("link", name=re.compile(r"S\d+")).first
    quoted = re.search(r"S\d+", chip.inner_text())
    assert quoted is not None
    chip.click()
    heading = page.locator(f"#{chip.get_attribute('href').removeprefix('#')}")  # type: ignore[union-attr]
    expect(heading).to_be_in_viewport()
    message = page.get_by_test_id("stChatMessage").filter(has=heading)
    expect(message.get_by_text(quoted[0], exact=True)).to_be_visible()
    # A link to a sentence leads to it, and marks it most of all.
    page = opened(f"/interview?interview=18&quote={quoted[0]}")
    expect(page.get_by_test_id("stChatMessage").get_by_text(quoted[0], exact=True)).to_be_in_viewport()
    assert f"quote={quoted[0]}" in page.url
    page = opened("/interview?interview=18&quote=S99999")
    said(page, "is not a quote from this interview")


def test_a_quote_on_another_page_of_a_long_conversation_is_turned_to(
    opened: Callable[..., Page], long_interview: int, page_log: PageLog
) -> None:
    page = opened(f"/interview?interview={long_interview}")
    said(page, "Messages 1–30 of 127")
    card = page.get_by_role("button", name=re.compile(r"S\d+"))
    quoted = re.search(r"S\d+", card.first.inner_text())
    assert quoted is not None
    message = page.get_by_test_id("stChatMessage").filter(has_text="I measured each stage first")
    expect(message).to_have_count(0)
    card.first.click()
    mark = message.get_by_text(quoted[0], exact=True)
    expect(mark).to_be_in_viewport()
    # In another colour than what is merely quoted.
    colour = "element => getComputedStyle(element).backgroundColor"
    other = page.locator(".stMarkdownColoredBackground").filter(has_text="accented words")
    assert message.locator(".stMarkdownColoredBackground").evaluate(colour) != other.evaluate(colour)
    said(page, "Messages 121–127 of 127")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"(?=.*message=122)(?=.*quote={quoted[0]})"))
    # Pressed once more from elsewhere, it leads there once more.
    settled(page)
    page.get_by_test_id("stChatMessage").last.evaluate("element => element.scrollIntoView({block: 'start'})")
    expect(mark).not_to_be_in_viewport()
    link = page.get_by_role("link", name=quoted[0]).first
    link.click()
    expect(mark).to_be_in_viewport()
    # Whoever gets the address lands there, and whoever turns the page does not come back to it.
    page = opened(f"/interview?interview={long_interview}&quote={quoted[0]}")
    expect(mark).to_be_in_viewport()
    page.get_by_role("button", name="Earlier").first.click()
    said(page, "Messages 91–120 of 127")
    expect(page).not_to_have_url(re.compile("quote="))
    page.get_by_role("button", name=re.compile(quoted[0])).first.click()
    expect(mark).to_be_in_viewport()
    page_log.assert_stayed_here()


def test_versions_are_compared_approved_accepted_and_restored(opened: Callable[..., Page], server: ModelServer) -> None:
    page = opened("/interview?interview=19")
    press(page)
    made(page)
    page.get_by_role("button", name="Approve version 2").click()
    said(page, "Version 2 is approved.")
    # What comes after an approved version stands beside it.
    press(page)
    said(page, "Version 3 stands beside the approved one")
    said(page, "Version 3 is ready. Version 2 (approved) stays until you switch.")
    page.get_by_role("button", name="Compare", exact=True).click()
    settled(page)
    said(page, "What changed")
    expect(page.get_by_text("kept", exact=True).first).to_be_visible()
    expect(page.get_by_text("approved by coach")).to_have_count(1)
    page.get_by_role("button", name="Use version 3").click()
    said(page, "Version 3 is shown now.")
    settled(page)
    page.get_by_role("button", name="Restore").last.click()
    said(page, "Version 1 restored.")
    said(page, "Feedback from InterviewLab, restored as version 4")
    expect(page.get_by_text("Version 4", exact=True)).to_be_visible()


def test_why_this_score_shows_the_anchor_and_the_evidence(opened: Callable[..., Page]) -> None:
    page = opened("/interview?interview=20")
    press(page)
    made(page)
    page.get_by_text("Why this score").first.click()
    said(page, re.compile(r"Level \d of 5:"))
    said(page, re.compile(rf"{SAMPLES} ratings of the verified claims"))
    why = page.get_by_test_id("stExpanderDetails").filter(has_text="ratings of the verified claims")
    expect(why.get_by_role("listitem").first).to_contain_text("Strength:")
    # The ids of lines are for the model.
    expect(why).not_to_contain_text(re.compile(r"\b[SC]\d+\b"))


def test_cancelled_nothing_changes(opened: Callable[..., Page], server: ModelServer) -> None:
    page = opened("/interview?interview=21")
    server.tell([{"hang": 60}] * 8)
    press(page)
    said(page, "Reading for communication")
    page.get_by_role("button", name="Cancel").click()
    said(page, "Cancelled. Nothing was changed.")
    said(page, "Feedback from InterviewLab")


BAD = {
    "429 then 200": (
        [{"status": 429, "headers": {"Retry-After": "0"}, "when": f'skill "{skill.label}"'} for skill in SKILLS],
        "16 claims, all with quotes",
    ),
    "hanging": ([{"hang": 60}] * 60, "did not answer in time"),
    "cut streams": ([{"cut": 30}] * 60, "connection to the language model's server failed"),
    "refusals": ([{"refusal": "I cannot assess people."}] * 60, "declined to assess this interview"),
    "HTML": ([{"body": "<html><script>alert(1)</script></html>"}] * 60, "No language model answers at this address"),
    "wrong schema": ([{"answer": {"verdict": "great"}}] * 60, "could not be used"),
    "no key": ([{"status": 401}] * 60, "did not accept our key"),
}


@pytest.mark.parametrize("place", range(len(BAD)), ids=list(BAD))
def test_whatever_the_server_does_is_told_in_one_sentence(
    opened: Callable[..., Page], server: ModelServer, place: int
) -> None:
    behaviours, sentence = list(BAD.values())[place]
    page = opened(f"/interview?interview={30 + place}")
    server.tell(behaviours)
    press(page)
    said(page, re.compile(sentence))
    if place:
        said(page, re.compile("Nothing was changed"))
        said(page, "Feedback from InterviewLab")
    expect(page.get_by_role("button", name="Regenerate")).to_be_enabled()


def test_interviewees_see_it_and_start_nothing(opened: Callable[..., Page]) -> None:
    # One of the person whom the demo lets one look as.
    page = opened("/interview?interview=106")
    press(page)
    made(page)
    page = opened("/interview?interview=106&view_as=Interviewee")
    said(page, "12 claims, all with quotes")
    for name in ("Regenerate", "Approve version 2"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_text("Versions", exact=True).click()
    said(page, "Version 1")
    expect(page.get_by_role("button", name="Restore")).to_have_count(0)
    expect(page.get_by_text("admin@")).to_have_count(0)


def test_what_another_judge_scored_is_scored_again_from_the_candidates_page(
    opened: Callable[..., Page], folder: Path
) -> None:
    engine = create_engine_for(f"sqlite:///{folder / 'data' / 'demo.db'}")
    held = [
        interview(9_600 + place, 900, conversation_history=conversation(), feedback=feedback(0.5, 0.5, 0.6, 0.7))
        for place in range(1, 4)
    ]
    add(engine, people=[person(900, full_name="Three Scored")], rows=held)
    engine.dispose()
    page = opened("/candidate?candidate=900")
    expect(page.get_by_text("another judge")).to_have_count(0)
    page = opened("/interview?interview=9603")
    press(page)
    made(page)
    page = opened("/candidate?candidate=900")
    said(page, re.compile("Scoring these 2 interviews again with the present judge would let them count"))
    said(page, "All, as scored")
    page.get_by_role("button", name="Score again").click()
    said(page, re.compile(r"2 interviews: about [\d,]+ tokens"))
    page.get_by_role("button", name="Score 2 interviews").click()
    expect(page.get_by_text("another judge")).to_have_count(0)
    settled(page)
    # All three are one judge's now, so there is nothing to choose.
    expect(page.get_by_text("All, as scored")).to_have_count(0)
    expect(page.get_by_role("button", name="Score again")).to_have_count(0)


def test_without_a_model_the_button_still_works(page: Page, tmp_path: Path) -> None:
    with dashboard.serve(tmp_path) as program:
        page.goto(program.url + ADDRESS)
        settled(page)
        expect(page.get_by_role("button", name="Draft from rules")).to_be_visible()
        page.get_by_role("button", name="Draft from rules").click()
        # Rules score nothing, so what InterviewLab wrote stays until somebody decides otherwise.
        said(page, "Version 2 is a draft: it has no scores. What is shown stays until you switch.")
        said(page, "Feedback from InterviewLab")
        page.get_by_role("button", name="Use version 2").click()
        said(page, "Version 2 is shown now.")
        said(page, "Draft from simple rules, made without a language model. Scores are unchanged.")
        said(page, "Connect a model")
        said(page, re.compile("Score kept from version 1"))
        page.goto("about:blank")
