"""Zip archives made by hand."""

from __future__ import annotations

import io
import zipfile


def archive(**parts: bytes) -> bytes:
    """Zip these parts by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in parts.items():
            opened.writestr(name, data)
    return file.getvalue()
