"""A recording in a real browser: dropped, written down by the model's server, and then a transcript like any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import dashboard
from tests.support.chromium import settled
from tests.support.dashboard import Dashboard
from tests.support.secrets import API_KEY
from tests.support.transcription_server import RECORDING, TranscriptionServer
from tests.support.waiting import wait_until


@pytest.fixture
def server() -> Iterator[TranscriptionServer]:
    with TranscriptionServer([{"hang": 1.5}]) as started:
        yield started


@pytest.fixture
def own(tmp_path: Path, server: TranscriptionServer) -> Iterator[Dashboard]:
    settings = {"OPENAI_API_KEY": API_KEY, "OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "double"}
    with dashboard.serve(tmp_path, OWNER_EMAIL="me@example.org", MODEL_TRANSCRIBES="writer-1", **settings) as running:
        yield running
        print(running.log)


def drop(page: Page, content: bytes) -> None:
    page.get_by_text("Add a recording").click()
    inputs = page.locator("input[type=file]")
    inputs.last.set_input_files([{"name": "talk.wav", "mimeType": "audio/wav", "buffer": content}])
    expect(page.get_by_text("talk.wav")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Write down").click()


def have_written(page: Page, own: Dashboard) -> None:
    page.goto(f"{own.url}/add")
    settled(page)
    drop(page, RECORDING)
    expect(page.get_by_text("is being written down")).to_be_visible()
    # Somebody who comes back finds it, without having dropped anything again.
    page.goto(f"{own.url}/add")
    expect(page.get_by_text("OpenAI, 4 turns, 2 speakers")).to_be_visible()
    expect(page.get_by_text("This looks like Speaker B")).to_be_visible()
    settled(page)


def test_a_recording_becomes_a_transcript_though_the_page_is_left(
    own: Dashboard, server: TranscriptionServer, page: Page
) -> None:
    have_written(page, own)
    assert [form["file"] for form in server.requests] == [("recording.wav", RECORDING)]
    page.get_by_role("radio", name="Speaker B").first.check(force=True)
    settled(page)
    page.get_by_label("Name", exact=True).last.fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("E-mail").press("Tab")
    settled(page)
    page.get_by_test_id("stDateTimeInput").locator("[contenteditable=true], input").first.click()
    page.keyboard.type("202603021100")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved: Recording")).to_be_visible()
    settled(page)
    # It is not offered again, and sending it again leads to no second call.
    expect(page.get_by_text("OpenAI, 4 turns")).to_have_count(0)
    page.get_by_role("link", name="Open the interview").click()
    expect(page.get_by_text("It absorbs peaks, and I measured it.").first).to_be_visible()
    page.goto(f"{own.url}/add")
    settled(page)
    drop(page, RECORDING)
    expect(page.get_by_text("This recording has been added already.")).to_be_visible()
    assert len(server.requests) == 1


def test_what_is_typed_stays_while_the_jobs_are_away_and_whoever_is_called_the_candidate(
    own: Dashboard, page: Page, tmp_path: Path
) -> None:
    have_written(page, own)
    page.get_by_role("radio", name="Speaker A").first.check(force=True)
    name, email = page.get_by_label("Name", exact=True).last, page.get_by_label("E-mail")
    # A name that nobody typed follows the candidate; one that somebody typed does not.
    expect(name).to_have_value("Speaker A")
    name.fill("Grace Hopper")
    name.press("Tab")
    settled(page)
    page.get_by_role("radio", name="Speaker B").first.check(force=True)
    expect(page.get_by_text("This looks like Speaker B")).to_have_count(0)
    with sqlite3.connect(next(tmp_path.glob("data/*.db"))) as database:
        database.execute("ALTER TABLE breakdown_jobs RENAME TO breakdown_jobs_away")
    wait_until(lambda: "durable jobs are not running" in own.log, "the jobs to stop")
    email.fill("grace@example.org")
    email.press("Tab")
    # Among what is folded away.
    expect(page.get_by_text("not set up for skill analytics")).to_have_count(1)
    expect(page.get_by_text("OpenAI, 4 turns, 2 speakers")).to_be_visible()
    with sqlite3.connect(next(tmp_path.glob("data/*.db"))) as database:
        database.execute("ALTER TABLE breakdown_jobs_away RENAME TO breakdown_jobs")
    expect(page.get_by_text("not set up for skill analytics")).to_have_count(0)
    settled(page)
    expect(name).to_have_value("Grace Hopper")
    expect(email).to_have_value("grace@example.org")
    expect(page.get_by_role("radio", name="Speaker B").first).to_be_checked()


def test_what_is_no_recording_is_not_sent(own: Dashboard, server: TranscriptionServer, page: Page) -> None:
    page.goto(f"{own.url}/add")
    settled(page)
    drop(page, b"Ann: Why a queue?\nBob: It absorbs peaks.\n")
    expect(page.get_by_text("This is no recording that is known here")).to_be_visible()
    assert server.requests == []
