"""The content security policy in a real browser: everything works under it, and what is injected does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import PageLog, settled
from tests.support.dashboard import Dashboard, build_command, launched
from tests.support.identity_provider import Provider, running_provider, sign_in
from tests.support.ports import free_port


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


def test_signing_in_works_under_the_policy_and_its_cookies_are_kept_close(
    provider: Provider, page: Page, page_log: PageLog, filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "data")
    port = free_port()
    url = f"http://localhost:{port}"
    provider.write_secrets(tmp_path, url)
    provider.knows("lead", email="lead@example.org", email_verified=True)
    command = build_command(port)
    violations = watch(page)
    with launched(command, tmp_path, port, ADMIN_EMAILS="lead@example.org", DATA_DIR=str(tmp_path / "data")):
        page.goto(url)
        sign_in(page, "lead")
        page.wait_for_url(f"{url}/**")
        expect(page.get_by_role("heading", name="Candidates")).to_be_visible(timeout=40_000)
        assert violations() == []
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies(url)}
        page.goto("about:blank")
    # The provider's own page asks for its own things elsewhere.
    page_log.requests = [request for request in page_log.requests if request.startswith(url)]
    forget_probes(page_log)
    page_log.console_errors = [error for error in page_log.console_errors if url in error]
    assert cookies["_streamlit_user"]["httpOnly"]
    # The token against cross-site requests is read by the page's own script; it opens nothing by itself.
    assert {name for name, cookie in cookies.items() if not cookie["httpOnly"]} <= {"_streamlit_xsrf"}
    assert all(cookie["sameSite"] in {"Lax", "Strict"} for cookie in cookies.values() if cookie["httpOnly"])


PAGES = ("/", "/candidate?candidate=1", "/compare?interviews=1,2,3", "/interview?interview=1", "/people")


@pytest.mark.parametrize("path", PAGES)
def test_pages_work_under_the_policy(demo: Dashboard, page: Page, page_log: PageLog, path: str) -> None:
    violations = watch(page)
    settled_at(page, demo.url + path)
    for opener in page.get_by_text("Show as a table").all():
        opener.click()
        settled(page)
    if path.startswith("/candidate"):
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download as CSV").first.click()
        assert download.value.suggested_filename.endswith(".csv")
    assert violations() == []
    forget_probes(page_log)


def test_the_api_documentation_works_under_the_policy(demo: Dashboard, page: Page) -> None:
    violations = watch(page)
    page.goto(f"{demo.url}/api/v1/docs")
    expect(page.get_by_text("/candidates", exact=True)).to_be_visible()
    assert violations() == []


ATTACK = """
async () => {
  window.broken = [];
  const script = document.createElement("script");
  script.textContent = "window.broken.push('inline script')";
  document.body.append(script);
  const image = document.createElement("img");
  image.setAttribute("onerror", "window.broken.push('handler')");
  image.src = "/no-image.png?" + Math.random();
  document.body.append(image);
  setTimeout(() => { try { window.broken.push(eval("'eval'")); } catch { } });
  const link = document.createElement("a");
  link.href = "javascript:window.broken.push('link')";
  document.body.append(link);
  link.click();
  for (const address of ["http://127.0.0.2:9/", "ws://127.0.0.2:9/"]) {
    await new Promise((done) => {
      addEventListener("securitypolicyviolation", done, {once: true});
      setTimeout(done, 1500);
      if (address.startsWith("ws")) { try { new WebSocket(address); } catch { done(); } }
      else fetch(address).catch(() => done());
    });
  }
  const picture = document.createElement("img");
  picture.src = "http://127.0.0.2:9/pixel.png";
  document.body.append(picture);
  await new Promise((done) => setTimeout(done, 300));
  return window.broken;
}
"""


def attack(page: Page, url: str) -> tuple[list[str], list[str]]:
    """Do in a page what an injected text would; gives what ran, and which other hosts were asked."""
    asked: list[str] = []
    page.context.on("requestfailed", lambda request: asked.append(f"{request.url} {request.failure}"))
    settled_at(page, url)
    ran = page.evaluate(ATTACK)
    return ran, [entry for entry in asked if "127.0.0.2" in entry and "csp" not in entry.lower()]


def test_what_is_injected_neither_runs_nor_calls_home(demo: Dashboard, page: Page, page_log: PageLog) -> None:
    assert attack(page, demo.url) == ([], [])
    assert any("Content Security Policy" in error for error in page_log.console_errors)
    page_log.forget_errors()
    page_log.requests = [url for url in page_log.requests if "127.0.0.2" not in url]


def test_without_the_policy_it_would(demo: Dashboard, browser: Browser) -> None:
    context = browser.new_context(bypass_csp=True)
    ran, asked = attack(context.new_page(), demo.url)
    context.close()
    assert {"inline script", "handler", "eval", "link"} <= set(ran)
    assert asked


def watch(page: Page) -> Callable[[], list[str]]:
    """Write down what the policy stops on a page from its first moment on.

    Not the page's own question whether it may use WebAssembly, which it asks for 64-bit numbers and can do without.
    """
    page.add_init_script(
        "window.stopped = []; addEventListener('securitypolicyviolation',"
        " (event) => window.stopped.push(event.violatedDirective + ' ' + event.blockedURI))"
    )
    return lambda: [stopped for stopped in page.evaluate("window.stopped") if not stopped.endswith("wasm-eval")]


def forget_probes(page_log: PageLog) -> None:
    """Drop what the page logs when it looks for its server below the path of a deep link."""
    page_log.console_errors = [error for error in page_log.console_errors if "/_stcore/" not in error]


def settled_at(page: Page, url: str) -> None:
    page.goto(url)
    settled(page)
