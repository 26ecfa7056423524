"""The progression of one skill as a small vector drawing, with the numbers of the chart on the page."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Final

from analytics.report.content import Point, SkillLine

WIDTH: Final = 320
HEIGHT: Final = 96
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 8, 8, 20


def draw_progression(skill: SkillLine) -> str:
    """Draw the scores of a skill by date from 0 to 1, with its target, as SVG with a description."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img">',
        f"<title>{escape(skill.label)}</title><desc>{escape(describe(skill))}</desc>",
    ]
    for level in (0.0, 0.5, 1.0):
        y = _y(level)
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="#d5dbe2" stroke-width="0.7"/>'
        )
        parts.append(_text(_LEFT - 4, y + 3, f"{level:.1f}", "end"))
    target = _y(skill.target)
    parts.append(
        f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{target}" y2="{target}" stroke="#5b6673" stroke-width="1" '
        'stroke-dasharray="4 3"/>'
    )
    if skill.points:
        parts += _points(skill)
    else:
        parts.append(_text(WIDTH / 2, HEIGHT / 2, "no score in this period", "middle"))
    return "".join([*parts, "</svg>"])


def describe(skill: SkillLine) -> str:
    """Describe the drawing for people who cannot see it."""
    if not skill.points:
        return f"{skill.label}: no score in this period."
    scores = ", ".join(map(_words, skill.points))
    return f"{skill.label}, target {skill.target:.2f}. Scores: {scores}."


def _words(point: Point) -> str:
    return f"{point.score:.2f} on {point.day.day} {point.day:%b %Y}{' (a coach’s verdict)' if point.is_verdict else ''}"


def _points(skill: SkillLine) -> list[str]:
    first, last = skill.points[0].day, skill.points[-1].day
    places = [(_x(point.day, first, last), _y(point.score)) for point in skill.points]
    line = " ".join(f"{x},{y}" for x, y in places)
    parts = (
        [f'<polyline points="{line}" fill="none" stroke="{skill.colour}" stroke-width="1.6"/>']
        if len(places) > 1
        else []
    )
    for point, (x, y) in zip(skill.points, places, strict=True):
        if point.is_verdict:
            parts.append(f'<path d="M{x},{y - 5}l5,5l-5,5l-5,-5z" fill="{skill.colour}"/>')
        else:
            parts.append(f'<circle cx="{x}" cy="{y}" r="2.6" fill="{skill.colour}"/>')
    parts.append(
        _text(places[0][0], HEIGHT - 5, f"{first.day} {first:%b %Y}", "start" if len(places) > 1 else "middle")
    )
    if last != first:
        parts.append(_text(places[-1][0], HEIGHT - 5, f"{last.day} {last:%b %Y}", "end"))
    return parts


def _x(day: date, first: date, last: date) -> float:
    span = (last - first).days
    share = (day - first).days / span if span else 0.5
    return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def _y(score: float) -> float:
    return round(_TOP + (1 - score) * (HEIGHT - _TOP - _BOTTOM), 1)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    style = f'font-size="10" fill="#5b6673" font-family="sans-serif" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {style}>{words}</text>'
