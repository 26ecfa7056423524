"""The report as a PDF of one or two pages: tagged, with selectable text and embedded fonts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final, Literal

import typst

from analytics.report.content import Report
from analytics.report.drawing import describe, draw_progression


class ReportError(RuntimeError):
    """A report that cannot be typeset."""


TEMPLATE: Final = files(__package__).joinpath("report.typ").read_bytes()
_WITHOUT_LETTERS: Final = "This PDF's fonts lack some of the letters in it. The HTML report shows all of them."


def report_pdf(report: Report, *, paper: Literal["a4", "us-letter"] = "a4") -> bytes:
    """Typeset the report as PDF/UA-1, or, saying so, without that standard if the fonts lack some of its letters.

    The texts go in as data, never as markup: what a candidate wrote cannot become an instruction to the setter. Raises
    `ReportError` where the setter refuses the report altogether.
    """
    try:
        return _set(report, paper, "ua-1")
    except typst.TypstError:
        pass
    try:
        return _set(replace(report, limits=[*report.limits, _WITHOUT_LETTERS]), paper, None)
    except typst.TypstError as error:
        raise ReportError("The report could not be made as a PDF. Download it as HTML instead.") from error


def build_inputs(report: Report, paper: str) -> dict[str, str]:
    """Return what the template reads: the report as JSON."""
    content = asdict(report) | {"title": report.title, "footer": report.footer, "paper": paper}
    for skill, line in zip(content["skills"], report.skills, strict=True):
        del skill["points"]
        skill |= {"drawing": draw_progression(line), "description": describe(line), "target": f"{line.target:.2f}"}
    return {"report": json.dumps(content)}


def _set(report: Report, paper: str, standard: Literal["ua-1"] | None) -> bytes:
    return typst.compile(
        TEMPLATE,
        format="pdf",
        sys_inputs=build_inputs(report, paper),
        pdf_standards=standard,
        timestamp=int(datetime.now(UTC).timestamp()),
    )
