"""SQL that stands in a file of its own beside this one, with names to be filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "sql"
_NAME: Final = re.compile(r"\{\{ (\w+) \}\}")


def read_sql(path: str, **values: object) -> str:
    """Read `sql/PATH.sql` with its `{{ names }}` filled in; raises `KeyError` for a name that has no value."""
    text = (_FOLDER / f"{path}.sql").read_text(encoding="utf-8").strip()
    return _NAME.sub(lambda name: str(values[name[1]]), text)
