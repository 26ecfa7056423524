"""A coach hands over a link, somebody without sign-in opens it, and it is taken back."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import settled
from tests.support.serving import Serving


def test_a_link_opens_without_sign_in_until_it_is_revoked(serving: Serving, page: Page, browser: Browser) -> None:
    cookie = serving.cookie("coach")
    assert cookie is not None
    page.context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": serving.url}])
    page.goto(f"{serving.url}/candidate?candidate=11")
    settled(page)
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_text("every score of the period")).to_be_visible()
    page.get_by_text("Leave out scores").click()
    expect(page.get_by_text("no scores, levels or charts")).to_be_visible()
    page.get_by_text("Leave out scores").click()
    expect(page.get_by_text("every score of the period")).to_be_visible()
    page.get_by_role("button", name="Make link").click()
    code = page.get_by_test_id("stCode")
    expect(code).to_be_visible()
    link = code.inner_text().strip()
    assert re.fullmatch(rf"{serving.url}/shared/[\w-]{{43}}", link)
    expect(page.get_by_text("not opened yet")).to_be_visible()

    stranger = browser.new_context()
    report = stranger.new_page()
    report.goto(link)
    expect(report.get_by_role("heading", level=1)).to_contain_text("Interviewee Marzipan")
    with report.expect_download() as waiting:
        report.get_by_role("link", name="Download as PDF").click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF")
    assert stranger.cookies() == []
    # Nothing else of the person is open.
    report.goto(f"{serving.url}/candidate?candidate=11")
    expect(report.get_by_text("Sign in to see how interview skills develop.")).to_be_visible()
    assert "Marzipan" not in report.locator("body").inner_text()

    page.reload()
    settled(page)
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_text("opened 2 times")).to_be_visible()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("at once and for good")).to_be_visible()
    page.get_by_role("button", name="Revoke for good").click()
    expect(page.get_by_text("The link no longer works.")).to_be_visible()
    answer = report.goto(link)
    assert answer is not None
    assert answer.status == 404
    expect(report.get_by_role("heading", name="Not found")).to_be_visible()
    stranger.close()
    token = link.rsplit("/", 1)[1]
    assert token not in serving.dashboard.log
