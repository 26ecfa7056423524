"""Many reports in one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath


def archive(reports: Iterable[tuple[str, bytes]]) -> bytes:
    """Write files into a zip; repeated names are numbered."""
    written, taken = io.BytesIO(), dict[str, int]()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in reports:
            taken[name] = taken.get(name, 0) + 1
            path = PurePosixPath(name)
            files.writestr(name if taken[name] == 1 else f"{path.stem}-{taken[name]}{path.suffix}", content)
    return written.getvalue()
