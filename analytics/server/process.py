"""Process limits set at start."""

from __future__ import annotations

import os
import resource
from typing import Final

# A websocket of Streamlit's takes four files.
_FILES: Final = 65_536


def prepare_process() -> None:
    """Raise the limit of open files to the maximum, and make new files readable for their owner only."""
    os.umask(0o077)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
