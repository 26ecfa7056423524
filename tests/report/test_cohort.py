"""Reports about many: the heat map as a document, and one file for each in a zip."""

from __future__ import annotations

import io
import re
import zipfile

from pypdf import PdfReader

from analytics.report.archive import archive
from analytics.report.cohort import CohortReport, cohort_html, cohort_pdf, cohort_report
from analytics.skills import SKILL_KEYS, SKILLS

LABELS = {skill.key: skill.label for skill in SKILLS}
TARGETS = dict.fromkeys(SKILL_KEYS, 0.8)
EVIL = '#read("/etc/passwd") <script>alert(1)</script>'


def report(people: int = 120) -> CohortReport:
    names = [EVIL, *(f"Person {number}" for number in range(1, people))]
    levels = [dict.fromkeys(SKILL_KEYS, (0.2 + number / 200, 0.03)) for number in range(people)]
    levels[1] = dict.fromkeys(SKILL_KEYS, (None, None))
    return cohort_report(names, levels, LABELS, TARGETS, made="Made on 28 Nov 2026.")


def test_the_document_holds_everybody_on_all_its_pages() -> None:
    reader = PdfReader(io.BytesIO(cohort_pdf(report())))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert len(reader.pages) > 1
    assert bool(reader.trailer["/Root"]["/MarkInfo"]["/Marked"])
    assert all(page.extract_text().count("Code quality") == 1 for page in reader.pages), "the head of the table"
    assert [number for number in range(1, 120) if f"Person {number} " not in text] == []
    assert "0.20 ▼ ± 0.03" in text
    assert "root:" not in text
    html = cohort_html(report())
    assert set(re.findall(r"\d\.\d\d", re.sub("<style>.*?</style>", "", html, flags=re.S))) <= set(
        re.findall(r"\d\.\d\d", text)
    )
    assert "<script" not in html


def test_a_level_that_cannot_be_told_from_its_target_has_a_sign_and_no_tint() -> None:
    cells = {
        level: cohort_report(["A"], [dict.fromkeys(SKILL_KEYS, level)], LABELS, TARGETS, made="").rows[0][1][0]
        for level in ((0.79, 0.05), (0.9, 0.05), (0.6, 0.05), (0.3, 0.05), (None, None))
    }
    assert [(cell.sign, cell.tint) for cell in cells.values()] == [
        ("≈", ""), ("", "green"), ("", "orange"), ("▼", "red"), ("", ""),
    ]  # fmt: skip


def test_reports_of_the_same_name_are_all_in_the_zip() -> None:
    packed = zipfile.ZipFile(io.BytesIO(archive([("ann.pdf", b"1"), ("bob.pdf", b"2"), ("ann.pdf", b"3")])))
    assert {name: packed.read(name) for name in packed.namelist()} == {
        "ann.pdf": b"1", "bob.pdf": b"2", "ann-2.pdf": b"3",
    }  # fmt: skip
