"""Open every page of the demo and make a report: no image is built where something was cut that is needed.

What this imports is compiled on the way, so that a read-only image starts as fast as the program does elsewhere. The
page's own files are compressed, so that no visitor waits for it.
"""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Final

from docx import Document  # noqa: F401 - to have it imported
from streamlit.file_util import get_static_dir
from streamlit.testing.v1 import AppTest

import app
from analytics import runtime
from analytics.access.viewer import TRUSTED
from analytics.database.sessions import reading
from analytics.report.html import report_html
from analytics.report.pdf import report_pdf
from analytics.server.compressed_files import compress_ahead
from analytics.service import InterviewAnalytics
from analytics.skills import SKILLS

_FRAME: Final = Path(app.__file__).parent / "pages" / "frame.py"
_ADDRESSES: Final[dict[str, dict[str, str]]] = {
    "candidates": {},
    "candidate": {"candidate": "1"},
    "compare": {"candidate": "1"},
    "interview": {"interview": "1"},
    "judge": {},
    "people": {},
    "add": {},
}


def compress_page_files() -> None:
    """Compress the scripts and styles that a browser loads, as well as can be; it takes a minute of a processor."""
    static = Path(get_static_dir()) / "static"
    compress_ahead((file for file in static.rglob("*") if file.suffix in {".js", ".css"}), app.COMPRESSED)


def start_as_it_is_run() -> None:
    """Start the program by its command and stop it; raises where it does not get ready or does not end well."""
    port = "8501"
    command = ["streamlit", "run", "app.py", "--server.port", port]
    with subprocess.Popen(command, cwd=_FRAME.parents[1]) as program:
        try:
            while not _answers(f"http://127.0.0.1:{port}/readyz"):
                if program.poll() is not None:
                    raise RuntimeError("The program cannot start.")
                time.sleep(0.2)
        finally:
            program.send_signal(signal.SIGTERM)
    if program.returncode not in (0, -signal.SIGTERM):
        raise RuntimeError(f"The program ended with {program.returncode}.")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except OSError:
        return False


def check() -> None:
    """Start the program and draw its pages; raises where one cannot be drawn, or no report made."""
    app.begin()
    app.prepare()
    app.complete()
    for name, address in _ADDRESSES.items():
        page = AppTest.from_file(str(_FRAME), default_timeout=300)
        for key, value in address.items():
            page.query_params[key] = value
        if name != "candidates":
            page.switch_page(f"{name}.py")
        page.run()
        if page.exception:
            raise RuntimeError(f"The page {name} cannot be drawn: {page.exception[0].value}")
    with reading(runtime.engine()) as db:
        report = InterviewAnalytics(TRUSTED).get_report(1, db, targets={skill.key: 0.8 for skill in SKILLS})
    if not (report_pdf(report).startswith(b"%PDF") and "<html" in report_html(report)):
        raise RuntimeError("No report can be made.")
    runtime.jobs().stop()


if __name__ == "__main__":
    compress_page_files()
    start_as_it_is_run()
    check()
