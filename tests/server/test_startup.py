"""A copy starts in the order in which its first visitors need it, who may come all at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.support.databases import ROOT, Databases
from tests.support.ports import free_port
from tests.support.world import populate

# A busy machine takes minutes for what a quiet one does in seconds.
_PATIENCE = 600

PREPARED = """
import sys, app
before = "pandas" in sys.modules
app.prepare()
print(before, hasattr(sys.modules.get("pandas"), "Series"))
"""


def test_pandas_is_whole_before_a_figure_asks_for_it(tmp_path: Path) -> None:
    # Plotly looks it up among what is imported, and takes it half imported by another visitor's page.
    with _program(PREPARED, tmp_path) as program:
        assert program.communicate(timeout=_PATIENCE)[0].split() == ["False", "True"]


IN_ORDER = """
import gc, sys, app

def show_imported():
    print(*(name for name in ("pandas", "fastapi", "dbos") if name in sys.modules), sep=",")

show_imported()
app.begin()
app.prepare()
show_imported()
app.complete()
show_imported()
app.runtime.jobs().stop()
print(gc.get_freeze_count() > 200_000, len(gc.get_objects()) < gc.get_freeze_count() / 10, sep=",")
"""


def test_each_part_of_the_program_is_imported_when_somebody_needs_it(tmp_path: Path) -> None:
    with _program(IN_ORDER, tmp_path) as program:
        at_first, for_pages, at_last, frozen = program.communicate(timeout=_PATIENCE)[0].splitlines()
    assert (at_first, for_pages, at_last) == ("", "pandas", "pandas,fastapi,dbos")
    # What is not frozen, the collector goes through again and again.
    assert frozen == "True,True"


REPORT = """
import sys, app
from analytics.access.viewer import TRUSTED
from analytics.database.sessions import reading

app.begin()
app.prepare()
app.complete()
app.runtime.jobs().stop()  # they import what they need beside
imported = set(sys.modules)
from analytics.report.html import report_html
from analytics.report.pdf import report_pdf
from analytics.views.report import view_report

with reading(app.runtime.engine()) as db:
    report = view_report(TRUSTED, 11, app.runtime.settings().targets, db)
print(len(report_pdf(report)) > 10_000 and "<svg" in report_html(report))
print(*sorted(set(sys.modules) - imported))
"""


def test_the_first_report_waits_for_no_import(tmp_path: Path, sqlite_databases: Databases) -> None:
    # Its trends take scipy, which takes longer to import than several reports to make; the demo has it earlier.
    with sqlite_databases.fresh() as database:
        populate(database)
        with _program(REPORT, tmp_path, DATABASE_URL=database.url) as program:
            made, *imported = program.communicate(timeout=_PATIENCE)[0].splitlines()
    assert (made, imported) == ("True", [""])


SLOWLY = """
import sys, app, uvicorn

whole = app.prepare

def prepare():
    sys.stdin.readline()
    whole()

app.prepare = prepare
uvicorn.run(app.app, port=int(sys.argv[1]), log_level="warning")
"""


def test_only_the_pages_own_files_are_served_before_the_program_is_prepared(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://localhost:{port}"
    with _program(SLOWLY, tmp_path, str(port)) as program:
        page = _as_soon_as_it_answers(f"{url}/")
        assert "content-security-policy" in page.headers
        script = re.search(r'src="\./(static/js/[^"]+)"', page.text)
        assert script is not None
        assert httpx2.get(f"{url}/{script[1]}").status_code == 200
        for path in ("_stcore/health", "readyz", "api/v1/skills", "media/x.csv", "people"):
            with pytest.raises(httpx2.ReadTimeout):
                httpx2.get(f"{url}/{path}", timeout=0.3)
        with pytest.raises(TimeoutError), connect(f"ws://localhost:{port}/_stcore/stream", open_timeout=0.3):
            pass

        assert program.stdin is not None
        program.stdin.write("go on\n")
        program.stdin.flush()
        assert httpx2.get(f"{url}/_stcore/health", timeout=120).status_code == 200
        with connect(f"ws://localhost:{port}/_stcore/stream"):
            pass
        # Made for the first request, should it come before its turn.
        assert httpx2.get(f"{url}/api/nowhere", timeout=120).json()["status"] == 404


@contextmanager
def _program(text: str, folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(
        [sys.executable, "-c", text, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "DATA_DIR": str(folder / "data")} | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield program
    finally:
        program.terminate()
        program.communicate(timeout=120)


def _as_soon_as_it_answers(url: str, seconds: float = 180) -> httpx2.Response:
    give_up = time.monotonic() + seconds
    while True:
        try:
            return httpx2.get(url)
        except httpx2.ConnectError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
