"""Ask the advisory database about everything that is installed, where it can be reached: `python -m ...advisories`."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import requests
from pip_audit._service.osv import OsvService

ROOT = Path(__file__).parents[2]
SECONDS = 3
NOT_ASKED = (
    "The advisory database cannot be reached from here: whether a dependency has a known weakness was not asked."
)


def reached(url: str) -> bool:
    """Tell whether something answers at an address, within seconds and by our own clock: looking up a name may hang."""
    answered = threading.Event()

    def ask() -> None:
        try:
            requests.post(url, data="{}", timeout=SECONDS)
        except requests.RequestException:
            return
        answered.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(SECONDS)
    return answered.is_set()


def audit(url: str, pins: list[Path]) -> int:
    """Tell how it went as a command does: 0 where nothing is known, or where nobody could be asked."""
    if not reached(url):
        print(NOT_ASKED)
        return 0
    files = [option for path in pins for option in ("-r", str(path))]
    asked = ["-s", "osv", "--osv-url", url, "--no-deps", "--disable-pip", "--progress-spinner", "off", *files]
    return subprocess.run([sys.executable, "-m", "pip_audit", *asked], check=False).returncode


if __name__ == "__main__":
    sys.exit(audit(OsvService.DEFAULT_OSV_URL, [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]))
