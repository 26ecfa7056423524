"""What stands on a printed page, told from its picture."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

# A little less than the margin, which letters may lean into; below, the footer stands in it.
_MARGIN: Final = 45
_BELOW_FOOTER: Final = 20
_INK: Final = 200


def ink_in_margins(page: bytes) -> int:
    """Count the dark pixels where a page is to be white, of a picture of a pixel a point."""
    dark = np.asarray(Image.open(BytesIO(page)).convert("L")) < _INK
    assert dark.any(), "an empty page"
    edges = (dark[:, :_MARGIN], dark[:, -_MARGIN:], dark[:_MARGIN], dark[-_BELOW_FOOTER:])
    return int(sum(edge.sum() for edge in edges))
