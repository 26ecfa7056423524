"""The heat map of candidates and skills as a report, and how a level is shown beside its target."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final, Literal

import typst
from jinja2 import Environment, StrictUndefined

# From how far below the target on a level is tinted as far from it.
_FAR: Final = 0.25
# Cannot be told from the target: no tint, and a sign of its own.
ALIKE: Final = "≈"
_BELOW: Final = "▼"
EXPLANATION: Final = (
    f"Current level, 0 to 1. {ALIKE} cannot be told from the target; "
    f"{_BELOW} {_FAR} or more below it; a dash: no score."
)


@dataclass(frozen=True, slots=True)
class LevelCell:
    """A level as shown: number, half its 95% interval, a sign, and a tint; each empty without a level."""

    level: str
    error: str = ""
    sign: str = ""
    tint: str = ""


@dataclass(frozen=True, slots=True)
class CohortReport:
    """The heat map as a document: skills with their targets, and each candidate's name and cells."""

    made: str
    skills: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[LevelCell]]]
    title: str = "Skills of candidates"
    explanation: str = EXPLANATION
    language: str = "en"


def tint(level: float, target: float) -> str:
    """Return the tint of a level by its distance from the target: green, orange or red."""
    if level >= target:
        return "green"
    return "orange" if level > target - _FAR else "red"


def level_cell(level: float | None, error: float | None, target: float) -> LevelCell:
    """Format a level beside its target; None for one that was not scored."""
    if level is None:
        return LevelCell("–")
    half = "" if error is None else f"± {min(error, 1.0):.2f}"
    if error is not None and abs(level - target) <= error:
        return LevelCell(f"{level:.2f}", half, ALIKE)
    colour = tint(level, target)
    return LevelCell(f"{level:.2f}", half, _BELOW if colour == "red" else "", colour)


def cohort_report(
    names: Sequence[str],
    levels: Sequence[Mapping[str, tuple[float | None, float | None]]],
    skills: Mapping[str, str],
    targets: Mapping[str, float],
    *,
    made: str,
) -> CohortReport:
    """Assemble the report; `levels` holds each level and half its interval, by candidate and skill."""
    return CohortReport(
        made=made,
        skills=[(label, f"{targets[key]:.2f}") for key, label in skills.items()],
        rows=[
            (name, [level_cell(*each[key], targets[key]) for key in skills])
            for name, each in zip(names, levels, strict=True)
        ],
    )


def cohort_html(report: CohortReport) -> str:
    """Return the report as one HTML document without scripts; every text is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files(__package__).joinpath("cohort.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(report=report)


def cohort_pdf(report: CohortReport, *, paper: Literal["a4", "us-letter"] = "a4") -> bytes:
    """Typeset the report as a tagged PDF of any number of pages, repeating the table's head."""
    content = asdict(report) | {"paper": paper}
    return typst.compile(
        files(__package__).joinpath("cohort.typ").read_bytes(),
        format="pdf",
        sys_inputs={"report": json.dumps(content)},
        timestamp=int(datetime.now(UTC).timestamp()),
    )
