"""Look for inputs on which a property fails, following the branches that the code takes: `python -m tests.fuzz NAME`.

Everything after the name goes to libFuzzer, such as `-max_total_time=600`. What it finds it writes into
`test-results`; it belongs below `cases/NAME` when the fault is fixed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["analytics"]):
    from tests.fuzz import import_files, properties, transcript_files

from tests.support.databases import Databases, SqliteFolder
from tests.support.world import populate

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "test-results"


def main(name: str, options: list[str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        with Databases(SqliteFolder(Path(folder))).fresh() as database:
            named = {**vars(properties), **vars(transcript_files), **vars(import_files)}
            holds = properties.Api(populate(database)) if name == "api" else named[name]

            def one(found: bytes) -> None:
                holds(found.decode(errors="replace"))

            # What leads further goes into the first folder; the cases that are kept are only begun with.
            begin = [str(corpus), str(HERE / "cases" / name), f"-dict={HERE / 'words.dict'}"]
            atheris.Setup([sys.argv[0], *begin, f"-artifact_prefix={RESULTS}/{name}-", "-timeout=20", *options], one)
            atheris.Fuzz()


main(sys.argv[1], sys.argv[2:])
