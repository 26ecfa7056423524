"""`pip install .`: the wheel is typed, holds the migrations and data files, and can be imported elsewhere."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from analytics.version import VERSION

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# What the package is tried with, away from this folder.
USE = """
import analytics, analytics.aio, sys
from analytics.database import create_engine_for, migrations
from analytics.database.sessions import reading
from analytics.demo.load import load_demo
from analytics import InterviewAnalytics
assert analytics.__file__.startswith(sys.argv[1]), analytics.__file__
assert migrations.newest()
engine = create_engine_for("sqlite:///" + sys.argv[2], create=True)
load_demo(engine)
with reading(engine) as db:
    print(InterviewAnalytics().get_skill_averages(1, db)["technical"])
"""


def uv(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uv", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--offline", "--out-dir", folder, ROOT)
    (made,) = folder.glob("*.whl")
    return made


def test_it_holds_everything_and_nothing_else(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    own = {path.relative_to(ROOT).as_posix() for path in (ROOT / "analytics").rglob("*") if path.is_file()}
    assert {name for name in held if ".dist-info/" not in name and name[-1] != "/"} == {
        name for name in own if "__pycache__" not in name
    }
    assert {"analytics/py.typed", "analytics/database/migrations/script.py.mako", "analytics/report/report.typ"} <= held


def test_it_can_be_installed_and_used_elsewhere(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    uv("pip", "install", "--offline", "--no-deps", "--target", target, wheel)
    code = f"import sys; sys.path.insert(0, {str(target)!r})\n{USE}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(target), str(tmp_path / "file.db")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert 0 < float(done.stdout) < 1


def test_it_asks_for_what_the_dashboard_pins_and_no_more() -> None:
    assert PROJECT["version"] == VERSION
    pinned = [line for line in (ROOT / "requirements.in").read_text().splitlines() if line and line[0] != "#"]
    names = {Requirement(line).name for line in pinned}
    asked = {Requirement(line).name for line in PROJECT["dependencies"]}
    # Streamlit is for the pages, and pandas for its tables.
    assert asked == names - {"streamlit", "pandas"}
