"""What is installed is pinned, by hash where it is deployed, and asked about where the advisories can be reached."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support import advisories
from tests.support.ports import free_port

ROOT = Path(__file__).parents[1]
PINS, DEVELOPMENT, LOCK = (ROOT / name for name in ("requirements.txt", "requirements-dev.txt", "requirements.lock"))
HASH = re.compile(r" \\\n    --hash=sha256:([0-9a-f]{64})")


def pinned(text: str) -> list[str]:
    return HASH.sub("", text).splitlines()


def locks(lock: str, pins: str) -> bool:
    """Tell whether a lock holds exactly these pins, each with hashes."""
    entries = re.split(r"\n(?! )", lock.rstrip("\n"))
    return pinned(lock) == pins.splitlines() and all(HASH.search(entry) for entry in entries)


def test_the_lock_holds_the_same_pins_with_hashes() -> None:
    lock, pins = LOCK.read_text(), PINS.read_text()
    assert locks(lock, pins)
    # It would be seen if a pin moved, were missing, or stood there without a hash.
    first = pins.splitlines()[0]
    assert not locks(lock.replace(first, f"{first}.1", 1), pins)
    assert not locks(lock, f"{pins}something==1.0\n")
    entry = re.split(r"\n(?! )", lock)[0]
    assert not locks(lock.replace(entry, HASH.sub("", entry)), pins)


def test_pins_say_nothing_about_where_they_were_found() -> None:
    for path in (PINS, DEVELOPMENT, LOCK):
        for line in pinned(path.read_text()):
            assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+( ; .+)?", line), line
            assert "/" not in line


def test_what_is_tried_here_is_what_is_deployed() -> None:
    here = [Requirement(line) for line in pinned(LOCK.read_text())]
    needed = [entry for entry in here if entry.marker is None or entry.marker.evaluate()]
    assert len(needed) > 60
    assert {entry.name: version(entry.name) for entry in needed} == {
        entry.name: str(entry.specifier).removeprefix("==") for entry in needed
    }
    shared = set(pinned(PINS.read_text())) & set(pinned(DEVELOPMENT.read_text()))
    names = [{line.partition("==")[0] for line in pinned(path.read_text())} for path in (PINS, DEVELOPMENT)]
    assert {line.partition("==")[0] for line in shared} == names[0] & names[1]


@pytest.mark.heavy
def test_a_package_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    """The hashes are held against what is installed: here a package of our own, with a right hash and a wrong one."""
    wheel = tmp_path / "something-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, text in WHEEL.items():
            packed.writestr(f"something-1.0.dist-info/{name}", text)
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert installs(tmp_path, right).returncode == 0
    refused = installs(tmp_path, right[::-1])
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr


WHEEL = {
    "METADATA": "Metadata-Version: 2.1\nName: something\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


def installs(folder: Path, digest: str) -> subprocess.CompletedProcess[str]:
    (folder / "lock").write_text(f"something==1.0 --hash=sha256:{digest}\n")
    options = ["--require-hashes", "--no-index", "--find-links", str(folder), "--dry-run", "-r", str(folder / "lock")]
    command = [sys.executable, "-m", "pip", "--isolated", "install", "--disable-pip-version-check", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    written = tmp_path / "pins.txt"
    written.write_text("something==1.0\nother==2.0\n")
    return written


def asked(weak: str | None) -> Callable[[Request], Response]:
    """Be an advisory database that knows of one weak package, or of none."""

    def answer(request: Request) -> Response:
        query = json.loads(request.get_data())
        if weak is None or query.get("package", {}).get("name") != weak:
            return Response("{}")
        return Response(json.dumps({"vulns": [{"id": "PYSEC-2026-1", "details": "Weak.", "affected": []}]}))

    return answer


def test_an_advisory_about_what_is_pinned_fails(
    httpserver: HTTPServer, pins: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/none").respond_with_handler(asked(None))
    httpserver.expect_request("/one").respond_with_handler(asked("other"))
    assert advisories.audit(httpserver.url_for("/none"), [pins]) == 0
    assert advisories.audit(httpserver.url_for("/one"), [pins]) != 0
    said = capfd.readouterr()
    assert "PYSEC-2026-1" in said.out
    assert advisories.NOT_ASKED not in said.out


@pytest.mark.heavy
def test_where_nobody_can_be_asked_it_is_said_within_seconds(pins: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (free_port(), silent.getsockname()[1]):
            began = time.monotonic()
            assert advisories.audit(f"http://127.0.0.1:{port}/", [pins]) == 0
            assert time.monotonic() - began < 5
            assert capsys.readouterr().out == f"{advisories.NOT_ASKED}\n"
