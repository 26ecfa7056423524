"""Skills are data: a fifth one, added to a copy of the program, is read, stored, listed, drawn and answered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import ROOT, Databases

# What a copy of the program needs, and the file of each that adding a skill touches.
PARTS = ("analytics", "pages", "tests", "docs", ".streamlit")
SKILL = '    Skill("leadership", "Leadership", 0.20, "either", "#56B4E9", "longdash", "cross"),\n'
RUBRIC = """
[skills.leadership]
looks_at = "whether others are taken along"
leaves_out = "titles"
levels = ["Alone.", "Seldom.", "Sometimes.", "Often.", "Always."]
"""
MIGRATION = '''"""The columns of the fifth skill."""

import sqlalchemy as sa
from alembic import op

revision = "fifth"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = None if op.get_bind().dialect.name == "sqlite" else "skill_analytics"
    columns = {{"leadership": sa.Double(), "leadership_p": sa.Double(), "leadership_current": sa.Double()}}
    for name, kind in columns.items():
        op.add_column("candidate_summaries", sa.Column(name, kind), schema=schema)
    label = sa.Column("leadership_label", sa.SmallInteger(), nullable=False, server_default="0")
    op.add_column("candidate_summaries", label, schema=schema)
    op.create_index(
        "candidate_summaries_by_leadership", "candidate_summaries", ["leadership", "user_id"], schema=schema
    )
'''


def add_a_skill(copy: Path) -> list[Path]:
    """Add it as `docs/architecture.md` says; gives the files that were touched."""
    skills, rubric = copy / "analytics" / "skills.py", copy / "analytics" / "breakdown" / "rubric.toml"
    versions = copy / "analytics" / "database" / "migrations" / "versions"
    newest = max(path.name for path in versions.glob("0*.py"))[:4]
    migration = versions / f"{int(newest) + 1:04}_fifth_skill.py"
    migration.write_text(MIGRATION.format(newest=newest))
    text, last = skills.read_text(), '"triangle-up"),\n'
    assert text.count(last) == 1
    skills.write_text(text.replace(last, last + SKILL))
    rubric.write_text(rubric.read_text() + RUBRIC)
    return [skills, rubric, migration]


@pytest.mark.heavy
def test_a_fifth_skill_is_everywhere(databases: Databases, tmp_path: Path) -> None:
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "fixtures"))
    touched = add_a_skill(tmp_path)
    assert len(touched) <= 8
    with databases.empty() as database:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.fifth_skill", database.url, database.platform_url],
            cwd=tmp_path, capture_output=True, text=True, timeout=280,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "everywhere" in done.stdout
