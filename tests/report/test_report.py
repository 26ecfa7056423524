"""The report as HTML and as PDF: the same words and numbers, nothing that runs, nothing cut off."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Literal
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from analytics.report.content import Point, QuotedClaim, Report, SkillLine
from analytics.report.drawing import draw_progression
from analytics.report.html import report_html
from analytics.report.pdf import report_pdf
from tests.support.paper import ink_in_margins, report_pages

_POINTS = [Point(date(2026, month, 3), 0.9 - 0.04 * month) for month in range(1, 10)]
_SKILLS = [
    SkillLine(
        "Communication", "#2F5D8A", "0.53 ± 0.09", "−0.30", 0.8, "Down by about 0.30 over 9 interviews.", _POINTS
    ),
    SkillLine("Technical", "#B4540A", "0.71 ± 0.05", "+0.02", 0.8, "Steady over 9 interviews.", _POINTS[:1]),
    SkillLine("Problem solving", "#2E7D4F", "0.64 ± 0.11", None, 0.75, "No clear trend yet.", _POINTS[:4]),
    SkillLine("Code quality", "#7A4FA3", None, None, 0.8, "Not scored yet."),
]
_QUOTE = "We just deployed it and it was fine"


def report(candidate: str = "Ingrid Solberg", *, claims: int = 3, quote: str = _QUOTE) -> Report:
    held = [QuotedClaim("Weakness", "Communication", "Leaves out the result", quote, "Backend, 16 Oct 2026")] * claims
    return Report(
        candidate=candidate,
        period="1 January to 30 September 2026, 9 interviews",
        made="Made on 28 Nov 2026.",
        skills=_SKILLS,
        claims=held,
        steps=["Say the result first, by 12 December"],
        scored_by="Scores by InterviewLab.",
        limits=["It does not say why a score changed."],
    )


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_the_pdf_says_what_the_report_says() -> None:
    text = words(report_pdf(report()))
    for said in ("Ingrid Solberg", "0.53 ± 0.09", "−0.30", "Leaves out the result", _QUOTE, "Say the result first"):
        assert said in text
    assert "None" not in text


def test_the_pdf_is_tagged_small_and_at_most_two_pages() -> None:
    for paper, width in (("a4", 595), ("us-letter", 612)):
        pdf = report_pdf(report(), paper=paper)  # type: ignore[arg-type]
        reader = PdfReader(BytesIO(pdf))
        root = reader.trailer["/Root"]
        assert bool(root["/MarkInfo"]["/Marked"])
        assert root["/Lang"] == "en"
        assert reader.metadata is not None
        assert reader.metadata.title == "Interview skills: Ingrid Solberg"
        assert len(reader.pages) <= 2
        assert abs(float(reader.pages[0].mediabox.width) - width) < 1
        assert len(pdf) < 300_000
        fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
        assert fonts, "no text to select"
        for font in fonts:
            described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert described.keys() & {"/FontFile2", "/FontFile3"}, "not embedded"
            assert "/ToUnicode" in font, "cannot be copied as text"


def test_years_of_interviews_make_no_large_pdf() -> None:
    points = [Point(date(2024, 1, 1) + timedelta(days=3 * place), place % 90 / 100) for place in range(300)]
    pdf = report_pdf(replace(report(), skills=[replace(skill, points=points) for skill in _SKILLS]))
    assert len(PdfReader(BytesIO(pdf)).pages) <= 2
    assert 10_000 < len(pdf) < 300_000


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
@pytest.mark.parametrize("place", ["candidate", "quote", "steps", "sentence"])
def test_a_word_longer_than_a_line_is_not_cut(place: str, paper: Literal["a4", "us-letter"]) -> None:
    """Such as an address, or a line of code without a space."""
    word = "".join(f"{number}_" for number in range(60))
    made = report()
    if place == "sentence":
        made = replace(made, skills=[replace(_SKILLS[0], sentence=word)])
    elif place == "steps":
        made = replace(made, steps=[word])
    else:
        made = report(word) if place == "candidate" else report(quote=word)
    pages = report_pages(made, paper=paper)
    assert len(pages) <= 2
    assert [ink_in_margins(page) for page in pages] == [0] * len(pages)
    # All of it is there, to be selected too, and read aloud as before.
    pdf = report_pdf(made, paper=paper)
    assert word in words(pdf).replace(" ", "")
    assert b"pdfuaid" in pdf


def test_texts_are_never_instructions_to_the_setter() -> None:
    odd = '#read("/etc/passwd") $x^2$ *bold* _it_ @ref <label> \\ #pagebreak() "quoted" // gone'
    text = words(report_pdf(report(odd, quote=odd)))
    assert 'read("/etc/passwd")' in text
    assert "// gone" in text
    assert "root:" not in text


def test_letters_that_no_font_has_make_no_failure_and_are_said() -> None:
    pdf = report_pdf(report("Wang 王 नीर", quote="你好"))
    assert pdf.startswith(b"%PDF")
    assert "Wang" in words(pdf)


class Elements(HTMLParser):
    """Collects the names of elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_html_runs_nothing_and_fetches_nothing() -> None:
    evil = '<script>alert(1)</script><img src="http://x/y" onerror=alert(1)>'
    html = report_html(report(evil, quote=evil))
    elements = Elements()
    elements.feed(html)
    assert not elements.names & {"script", "img", "link", "iframe", "object", "a", "form"}
    assert not {name for name in elements.attributes if name.startswith("on") or name in {"src", "href"}}
    assert "url(" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_html_and_pdf_say_the_same_numbers() -> None:
    made = report()
    numbers = re.compile(r"[+−]?\d\.\d\d")
    html = re.sub(r"<svg.*?</svg>|<style>.*?</style>", "", report_html(made), flags=re.DOTALL)
    for number in set(numbers.findall(html)):
        assert number in words(report_pdf(made))


@pytest.mark.parametrize("skill", _SKILLS, ids=lambda skill: skill.label)
def test_a_drawing_stays_in_its_frame_and_is_described(skill: SkillLine) -> None:
    drawing = ET.fromstring(draw_progression(skill))
    space = "{http://www.w3.org/2000/svg}"
    width, height = float(drawing.attrib["width"]), float(drawing.attrib["height"])
    circles = drawing.findall(f"{space}circle")
    assert len(circles) == len(skill.points)
    assert all(0 <= float(c.attrib["cx"]) <= width and 0 <= float(c.attrib["cy"]) <= height for c in circles)
    heights = [float(circle.attrib["cy"]) for circle in circles]
    assert heights == sorted(heights), "a falling score is drawn falling"
    description = drawing.findtext(f"{space}desc") or ""
    assert all(f"{score:.2f}" in description for _, score, _ in skill.points)


def test_a_report_about_nobodys_interviews_is_made_too() -> None:
    empty = Report("Ada", "No interviews", "Made on 28 Nov 2026.", [_SKILLS[3]])
    assert "no score in this period" in report_html(empty)
    assert "Not scored yet" in words(report_pdf(empty))
