"""A printed page: its picture, and what stands on it."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

import numpy as np
import typst
from PIL import Image

from analytics.report.content import Report
from analytics.report.pdf import TEMPLATE, build_inputs

# A little less than the margin, which letters may lean into; below, the footer stands in it.
_MARGIN: Final = 45
_BELOW_FOOTER: Final = 20
_INK: Final = 200


def report_pages(report: Report, *, paper: str = "a4", ppi: float = 72) -> list[bytes]:
    """Draw the pages of the PDF as printed: a PNG each, of a pixel a point at 72 ppi, white where nothing is."""
    # One page comes alone, several as a list, whatever the library's types say.
    drawn: Any = typst.compile(TEMPLATE, format="png", ppi=ppi, sys_inputs=build_inputs(report, paper))
    return drawn if isinstance(drawn, list) else [drawn]


def ink_in_margins(page: bytes) -> int:
    """Count the dark pixels where a page is to be white, of a picture of a pixel a point."""
    dark = np.asarray(Image.open(BytesIO(page)).convert("L")) < _INK
    assert dark.any(), "an empty page"
    edges = (dark[:, :_MARGIN], dark[:, -_MARGIN:], dark[:_MARGIN], dark[-_BELOW_FOOTER:])
    return int(sum(edge.sum() for edge in edges))
