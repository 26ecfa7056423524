"""SQL from a file beside this one, with names filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "sql"
_NAME: Final = re.compile(r"\{\{ (\w+) \}\}")


def read_sql(path: str, **values: object) -> str:
    """Read `sql/PATH.sql` and fill in its `{{ names }}`; raises `KeyError` for a name without a value."""
    text = (_FOLDER / f"{path}.sql").read_text(encoding="utf-8").strip()
    return _NAME.sub(lambda name: str(values[name[1]]), text)
