"""What the first visitors of a copy need is imported whole before they come, since they may come all at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.parts.databases import ROOT

PREPARED = """
import sys, app
before = "pandas" in sys.modules
app.prepare()
print(before, hasattr(sys.modules.get("pandas"), "Series"))
"""


def test_pandas_is_whole_before_a_figure_asks_for_it(tmp_path: Path) -> None:
    # Plotly looks it up among what is imported, and takes it half imported by another visitor's page.
    done = subprocess.run(
        [sys.executable, "-c", PREPARED],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["False", "True"], done.stderr
