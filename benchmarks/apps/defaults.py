"""The same program under Streamlit's defaults: after every run it collects garbage over all that was imported."""

from __future__ import annotations

import gc

from streamlit import config

gc.freeze = lambda: None

from app import app as app  # noqa: E402 - without the line above it would be frozen

# Not by the environment: only `streamlit run` reads options from there.
config.set_option("runner.postScriptGC", True)
