"""The report as one HTML document without scripts, links or external resources."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from analytics.report.content import Report
from analytics.report.drawing import draw_progression


def report_html(report: Report, *, pdf: str | None = None) -> str:
    """Return the report as a complete document; every text is escaped. `pdf` is where the same report is as a PDF."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8"))
    drawings = [Markup(draw_progression(skill)) for skill in report.skills]
    return template.render(report=report, pdf=pdf, skills=list(zip(report.skills, drawings, strict=True)))
