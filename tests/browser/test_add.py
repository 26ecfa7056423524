"""Adding an interview in a real browser: dropped, corrected, saved, broken down, and corrected again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from analytics.breakdown import InterviewFeedback
from analytics.database.engine import create_engine_for
from analytics.database.schema import breakdown_versions
from analytics.interviewlab.tables import interviews
from tests.support import chromium, dashboard
from tests.support.chromium import settled
from tests.support.dashboard import Dashboard

ANSWERS = (
    "First I would look at the logs, because the error came only at night. For example, last March a job held a lock. "
    "Then I checked the memory of each worker, and I compared it with the day before, so that I could rule it out.",
    "I chose a queue instead of a second worker because it absorbs peaks, and I measured 40 requests a second. "
    "If the queue is full, it refuses, and the caller tries again later with a longer pause each time.",
    "In the end the error rate fell from two per cent to none, and I wrote a test so that it does not come back. "
    "Next time I would start with a graph of locks, because it shows the cause in a minute instead of an hour.",
)
QUESTIONS = ("Hi Grace, what was your hardest bug?", "Why a queue and not a second worker?", "What came of it?")
TEAMS = "WEBVTT\n\n" + "\n".join(
    f"00:0{place}:01.000 --> 00:0{place}:10.000\n<v Ada Lovelace>{question}</v>\n\n"
    f"00:0{place}:11.000 --> 00:0{place}:50.000\n<v Grace Hopper>{answer}</v>\n"
    for place, (question, answer) in enumerate(zip(QUESTIONS, ANSWERS, strict=True))
)
# The last question carries the candidate's name.
TEXT = (
    f"Tom Reed: {QUESTIONS[0].replace('Grace', 'Priya')}\nPriya Shah: {ANSWERS[0]}\nTom Reed: {QUESTIONS[1]}\n"
    f"Priya Shah: {ANSWERS[1]}\nTom Reed: Thanks.\nPriya Shah: {QUESTIONS[2]}\nTom Reed: I mean the errors.\n"
    f"Priya Shah: {ANSWERS[2]}\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[Dashboard]:
    """An empty workspace for one person."""
    with dashboard.serve(folder, OWNER_EMAIL="me@example.org") as running:
        yield running
        print(running.log)


@pytest.fixture
def opened(own: Dashboard, page: Page) -> Callable[[str], Page]:
    def opens(path: str) -> Page:
        page.goto(own.url + path)
        return settled(page)

    return opens


def drop(page: Page, *files: tuple[str, str]) -> None:
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": text.encode()} for name, text in files]
    )
    expect(page.get_by_text("Who is the candidate?")).to_be_visible()
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    chromium.choose(page, page.get_by_role("combobox", name=re.compile(label)).first, option)
    settled(page)


def give(page: Page, text: str, speaker: str) -> None:
    """Assign a turn to a speaker, found by its text: after a change, its number may be another turn's."""
    row = page.locator("[class*='_turn_'][class*='_row']").filter(has_text=text)
    chromium.choose(page, row.get_by_role("combobox"), speaker)
    settled(page)


def say_when(page: Page) -> None:
    began = page.get_by_test_id("stDateTimeInput")
    # What is typed while the page is drawn again is lost.
    for _ in range(6):
        settled(page)
        began.locator("[contenteditable=true], input").first.click()
        page.keyboard.type("202603021100")
        page.keyboard.press("Tab")
        settled(page)
        if began.get_by_text("2026", exact=True).count():
            return
    raise AssertionError("The date was never taken.")


def save(page: Page, name: str, email: str) -> None:
    page.get_by_label("Name", exact=True).last.fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("E-mail").press("Tab")
    settled(page)
    say_when(page)
    page.get_by_role("button", name="Save", exact=True).click()


def candidate(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).first.check(force=True)
    settled(page)


def reassign_on_its_page(page: Page) -> None:
    """Give the first answer to the interviewer; the version is out of date from then on."""
    expect(page.get_by_text("may be out of date")).to_have_count(0)
    page.get_by_text("Change speakers").click()
    give(page, ANSWERS[0], "Tom Reed")
    page.get_by_role("button", name="Save speakers").click()
    expect(page.get_by_text("may be out of date")).to_be_visible()
    settled(page)


def stored(folder: Path) -> list[list[dict[str, object]]]:
    engine = create_engine_for(f"sqlite:///{folder / 'data' / 'own.db'}")
    with engine.connect() as connection:
        found = connection.execute(sa.select(interviews.c.conversation_history).order_by(interviews.c.id)).scalars()
        held = list(found)
    engine.dispose()
    return held


def quotes(folder: Path) -> list[str]:
    """What the newest breakdown quotes."""
    engine = create_engine_for(f"sqlite:///{folder / 'data' / 'own.db'}")
    with engine.connect() as connection:
        made = connection.execute(sa.select(breakdown_versions.c.breakdown)).scalars().all()[-1]
    engine.dispose()
    breakdown = InterviewFeedback.model_validate_json(made)
    return [
        quote.text for skill in breakdown.skill_breakdown.values() for claim in skill.claims for quote in claim.quotes
    ]


def test_an_empty_workspace_says_what_one_can_do(opened: Callable[[str], Page]) -> None:
    page = opened("/")
    for heading in ("Add an interview", "Connect InterviewLab", "Connect a language model"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_text("View as")).to_have_count(0)
    page.get_by_role("link", name="Add interviews").last.click()
    expect(page.get_by_role("heading", name="Add interviews", level=1)).to_be_visible()


def test_dropped_corrected_saved_broken_down_and_corrected_again(opened: Callable[[str], Page], folder: Path) -> None:
    page = opened("/add")
    drop(page, ("teams.vtt", TEAMS), ("talk.txt", TEXT), ("photo.vtt", "%PDF-1.4 no transcript"))
    expect(page.get_by_text("This is a PDF, not a transcript.")).to_be_visible()
    choose(page, "Look at", "talk.txt")
    # Nothing is assumed about who the candidate is.
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(page.get_by_text("This looks like Priya Shah. Please check.")).to_be_visible()
    give(page, QUESTIONS[2], "Tom Reed")
    candidate(page, "Priya Shah")
    save(page, "Priya Shah", "priya@example.org")
    expect(page.get_by_text("Saved: talk")).to_be_visible()
    ((*_, last),) = stored(folder)
    assert last["role"] == "user"
    assert [message["content"] for message in stored(folder)[0] if message["role"] == "user"] == list(ANSWERS)
    # The other file waits, and the same one is known.
    expect(page.get_by_text("talk.txt has been added already.")).to_be_visible()
    expect(page.get_by_text("This looks like Grace Hopper. Please check.")).to_be_visible()
    page.get_by_role("button", name="Write the breakdown").click()
    page.wait_for_url("**/interview?**")
    expect(page.get_by_text("Draft from simple rules", exact=False).first).to_be_visible()
    settled(page)
    quoted = quotes(folder)
    assert quoted
    assert all(any(quote in answer for answer in ANSWERS) for quote in quoted)
    reassign_on_its_page(page)
    for message in stored(folder)[0]:
        assert message["role"] == "assistant" or message["content"] in ANSWERS[1:]


def test_at_a_phones_width_nothing_is_cut(browser: Browser, own: Dashboard) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{own.url}/add")
    settled(page)
    drop(page, ("teams.vtt", TEAMS))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def tab_to(page: Page, wanted: Locator, most: int = 200) -> None:
    """Press Tab until what is wanted has the focus."""
    for _ in range(most):
        if wanted.evaluate("found => found === document.activeElement || found.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {wanted}")


def test_by_keyboard_alone(opened: Callable[[str], Page], folder: Path) -> None:
    page = opened("/add")
    before = len(stored(folder))
    tab_to(page, page.get_by_label("Or paste a transcript"))
    page.keyboard.insert_text(TEXT.replace("Priya", "Mei").replace("Shah", "Lin"))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Who is the candidate?")).to_be_visible()
    settled(page)
    # An arrow goes from one to the next, and chooses it.
    tab_to(page, page.get_by_role("radio", name="Tom Reed"))
    page.keyboard.press("ArrowDown")
    settled(page)
    expect(page.get_by_role("radio", name="Mei Lin")).to_be_checked()
    if before:
        tab_to(page, page.get_by_role("radio", name="Someone here already"))
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        settled(page)
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.insert_text("mei@example.org")
    page.keyboard.press("Tab")
    settled(page)
    tab_to(page, page.get_by_label("Title").last)
    page.keyboard.insert_text("By keyboard")
    tab_to(page, page.get_by_role("spinbutton", name="year, Began"))
    page.keyboard.type("202603021100")
    tab_to(page, page.get_by_role("button", name="Save", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved: By keyboard")).to_be_visible()
    settled(page)
    # The field is empty for the next one, and nothing says a second time that this one is there.
    expect(page.get_by_label("Or paste a transcript")).to_have_value("")
    expect(page.get_by_text("has been added already")).to_have_count(0)
    assert len(stored(folder)) == before + 1


def test_paper_holds_what_was_filled_in_and_nothing_to_press(opened: Callable[[str], Page]) -> None:
    page = opened("/add")
    drop(page, ("talk.txt", "Tom Reed: Why a queue?\nAda Quill: It absorbs peaks.\n"))
    candidate(page, "Ada Quill")
    page.emulate_media(media="print")
    names = page.locator(".st-key-draft").get_by_role("textbox")
    expect(names.first).to_be_visible()
    expect(page.get_by_role("combobox", name="Speaker of turn 2")).to_be_visible()
    expect(page.get_by_text("Who is the candidate?")).to_be_visible()
    chosen = page.get_by_role("radiogroup").first
    expect(chosen.get_by_text("Ada Quill")).to_be_visible()
    expect(chosen.get_by_text("Tom Reed")).to_be_hidden()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("^Swap"))).to_be_hidden()
