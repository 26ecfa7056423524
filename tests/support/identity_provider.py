"""A real OpenID provider on loopback, and the program's settings that name it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.dashboard import ROOT
from tests.support.ports import free_port
from tests.support.secrets import CLIENT_SECRET, COOKIE_SECRET


@dataclass(frozen=True)
class Provider:
    """A running provider; the mock lets anybody sign in by their subject."""

    url: str

    def knows(self, subject: str, **claims: Any) -> None:
        """Tell the provider what to say about somebody."""
        self._put(f"/users/{subject}", claims)

    def takes(self, *secrets: str) -> None:
        """Set the client's secrets that a strict provider takes from now on."""
        self._put("/secrets", list(secrets))

    def _put(self, path: str, body: object) -> None:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="PUT"
        )
        with urllib.request.urlopen(request, timeout=60):
            pass

    def write_secrets(self, home: Path, dashboard: str, client_secret: str = CLIENT_SECRET) -> None:
        """Configure sign-in for a dashboard whose home folder this is."""
        folder = home / ".streamlit"
        folder.mkdir(exist_ok=True)
        (folder / "secrets.toml").write_text(
            "[auth]\n"
            f'redirect_uri = "{dashboard}/oauth2callback"\n'
            f'cookie_secret = "{COOKIE_SECRET}"\n'
            'client_id = "dashboard"\n'
            f'client_secret = "{client_secret}"\n'
            f'server_metadata_url = "{self.url}/.well-known/openid-configuration"\n'
            'client_kwargs = { "prompt" = "login" }\n'
        )


@contextmanager
def running_provider(*, strict: bool = False) -> Iterator[Provider]:
    """Run `oidc-provider-mock` in a process of its own; `strict` makes it check the client's secret."""
    port = free_port()
    what = ["tests.support.strict_provider", str(port)] if strict else ["oidc_provider_mock", "--port", str(port)]
    command = [sys.executable, "-W", "ignore", "-m", *what]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    provider = Provider(f"http://localhost:{port}")
    give_up = time.monotonic() + 120
    try:
        while not _answers(f"{provider.url}/.well-known/openid-configuration"):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError("The OpenID provider did not start.")
            time.sleep(0.05)
        yield provider
    finally:
        process.terminate()
        process.wait(15)


def sign_in(page: Page, subject: str) -> None:
    """Sign in from the sign-in page, at the provider, as somebody it knows."""
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(subject)
    page.get_by_role("button", name="Authorize").click()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
