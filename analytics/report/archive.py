"""Many reports in one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from itertools import chain, count
from pathlib import PurePosixPath


def archive(reports: Iterable[tuple[str, bytes]]) -> bytes:
    """Write files into a zip; repeated names are numbered."""
    written, taken = io.BytesIO(), set[str]()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in reports:
            path = PurePosixPath(name)
            numbered = (f"{path.stem}-{number}{path.suffix}" for number in count(2))
            free = next(one for one in chain([name], numbered) if one not in taken)
            taken.add(free)
            files.writestr(free, content)
    return written.getvalue()
