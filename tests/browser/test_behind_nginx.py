"""Behind nginx with `deploy/nginx.conf`, at the root of a host and below a path, everything is where it belongs."""

from __future__ import annotations

import gzip
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from playwright.sync_api import Page, expect

from tests.support import dashboard, nginx
from tests.support.chromium import PageLog, address, settled
from tests.support.ports import free_port


@pytest.fixture(scope="module", params=["/", "/skills/"])
def site(request: pytest.FixtureRequest, filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo behind nginx; gives its address, which ends with a slash."""
    program = nginx.executable()
    if program is None:
        pytest.skip(nginx.MISSING)
    path: str = request.param
    folder, web = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("nginx")
    shutil.copytree(filled, folder / "data")
    port, proxy = free_port(), free_port()
    command = dashboard.build_command(port)
    command += ["--server.baseUrlPath", path.strip("/")]
    with (
        dashboard.launched(command, folder, port, below=path.rstrip("/"), DATA_DIR=str(folder / "data")),
        nginx.running(program, web, nginx.site(proxy, [port], path=path)),
    ):
        yield f"http://localhost:{proxy}{path}"


def asked(url: str, **headers: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers.get("Content-Encoding", ""), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, "", error.read()


def test_the_way_from_the_roster_to_an_interview_stays_below_the_path(site: str, page: Page, page_log: PageLog) -> None:
    page.goto(site)
    settled(page)
    page.locator("[class*=st-key-row_] a").first.click()
    page.wait_for_url(f"{site}candidate?**")
    settled(page)
    candidate = address(page)["candidate"]
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    # The same address in a new tab, as a link in a mail is opened.
    page.reload()
    settled(page)
    assert address(page)["candidate"] == candidate
    page.goto(f"{site}compare")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page_log.assert_no_errors()
    here = urlsplit(site)
    outside = [
        url
        for url in page_log.requests
        if urlsplit(url).scheme not in {"data", "blob"} and not urlsplit(url).path.startswith(here.path)
    ]
    assert outside == []


def test_programs_find_the_api_and_the_probes_there(site: str) -> None:
    assert asked(f"{site}healthz")[0] == 200
    assert json.loads(asked(f"{site}readyz")[2])["status"] == "ready"
    status, _, body = asked(f"{site}api/v1/openapi.json")
    assert (status, json.loads(body)["info"]["title"]) == (200, "Interview Skill Analytics")
    assert asked(f"{site}api/v1/nonsense")[0] == 404
    # Figures are for whoever runs the program.
    assert asked(f"{site}metrics")[0] == 404


def test_the_page_s_files_arrive_compressed(site: str, page: Page, page_log: PageLog) -> None:
    page.goto(site)
    settled(page)
    script = next(url for url in page_log.requests if urlsplit(url).path.endswith(".js"))
    for accepted, coding, decode in (("gzip, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress)):
        status, encoding, body = asked(script, **{"Accept-Encoding": accepted})
        assert (status, encoding) == (200, coding)
        assert decode(body) == asked(script)[2]
