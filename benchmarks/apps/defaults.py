"""The same program under Streamlit's defaults: what was imported stays with the garbage collector."""

from __future__ import annotations

import gc

gc.freeze = lambda: None

from app import app as app  # noqa: E402
