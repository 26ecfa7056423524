"""`python -m analytics import`: import interviews from transcripts, tables and JSON lines."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.engine import Engine

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.importing import tables
from analytics.importing.add import Details, Person
from analytics.importing.batch import Outcome, TranscriptFile, import_transcripts
from analytics.importing.errors import AddError
from analytics.importing.jsonl import ImportFileError
from analytics.importing.write import ImportSummary, import_file, import_lines
from analytics.queries.tags import HARDEST, Tags
from analytics.settings import Settings
from analytics.transcripts.model import LARGEST_FILE
from analytics.transcripts.read import FORMATS

HELP: Final = "add interviews from transcripts, a folder of them, a CSV or JSON lines (docs/import.md)"
_MOST_FILES: Final = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file", type=Path, nargs="+", metavar="FILE", help="a transcript, a folder, a CSV or JSON lines"
    )
    add_database_url(parser)
    group = parser.add_argument_group("about the transcripts; a CSV says it row by row")
    group.add_argument("--candidate", metavar="NAME", default="", help="the speaker who is the candidate")
    group.add_argument("--person", metavar="EMAIL", default="", help="whose interview it is")
    group.add_argument("--name", default="", help="their name, if they are new")
    group.add_argument("--title", default="", help="the interview's title (default: the file's name)")
    group.add_argument(
        "--date", metavar="DATE", default="", help="when it was, such as 2026-03-02 or 2026-03-02T10:00:00+01:00"
    )
    group.add_argument("--kind", help="such as coding or 'system design'")
    group.add_argument("--difficulty", type=int, choices=range(1, HARDEST + 1), help="1 is easy, 5 is hard")
    group.add_argument("--format", choices=list(FORMATS), help="how to read them (default: as their content says)")
    scores = parser.add_argument_group("scores without transcripts, in a CSV")
    scores.add_argument("--scale", choices=list(tables.SCALES), help="the scale of the scores")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import everything; returns 1 if something was refused."""
    status = 0
    with database(arguments, settings, create=True) as engine:
        transcripts: list[Path] = []
        for path in arguments.file:
            if path.is_dir():
                transcripts += _files_of(path)
                continue
            begins = _read_beginning(path)
            if tables.is_table_of_files(begins):
                status |= _say_outcomes(import_transcripts(engine, _list_files(path), progress_bar))
            elif tables.is_table_of_scores(begins):
                lines = tables.scores_as_lines(_whole(path), arguments.scale or "")
                _say_summary(import_lines(engine, io.BytesIO(lines), progress_bar))
            elif _is_json_lines(path, begins):
                _say_summary(import_file(engine, path, progress_bar))
            else:
                transcripts.append(path)
        if transcripts:
            status |= _import_transcripts(engine, transcripts, arguments)
    return status


def _import_transcripts(engine: Engine, paths: list[Path], arguments: argparse.Namespace) -> int:
    lacking = [f"--{name}" for name in ("candidate", "person", "date") if not getattr(arguments, name)]
    if lacking:
        raise ImportFileError(f"Say {', '.join(lacking)} for transcripts, or list them in a CSV (docs/import.md).")
    try:
        held_at = tables.moment(arguments.date)
    except AddError as error:
        raise ImportFileError(f"--{error}") from None
    tags = Tags(arguments.kind, arguments.difficulty)
    person = Person(email=arguments.person, name=arguments.name)
    files = [
        TranscriptFile(
            path, arguments.candidate, person, Details(arguments.title or path.stem, held_at, tags), arguments.format
        )
        for path in paths
    ]
    return _say_outcomes(import_transcripts(engine, files, progress_bar))


def _list_files(table: Path) -> list[TranscriptFile]:
    """Return the transcripts that a table names, all of them beside it or below."""
    files = []
    home = table.parent.resolve()
    for row in tables.read_file_list(_whole(table)):
        path = (home / row["file"]).resolve()
        if not path.is_relative_to(home):
            raise ImportFileError(f"Nothing was brought in: {row['file']} does not lie beside the table.")
        try:
            held_at = tables.moment(row["date"])
            tags = Tags(**tables.tags_of(row))
        except AddError as error:
            raise ImportFileError(f"Nothing was brought in: {row['file']}, {error}") from None
        details = Details(row["title"], held_at, tags, row.get("job_description", ""))
        person = Person(email=row["person"], name=row.get("name", ""))
        files.append(TranscriptFile(path, row.get("candidate") or row.get("name", ""), person, details))
    return files


def _files_of(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        raise ImportFileError(f"{folder} holds no files.")
    if len(files) > _MOST_FILES:
        raise ImportFileError(f"{folder} holds {len(files):,} files; up to {_MOST_FILES:,} are brought in at once.")
    return files


def _is_json_lines(path: Path, begins: bytes) -> bool:
    """Distinguish JSON lines from a service's JSON: each line is an object with a person, or the name says so."""
    text = begins.removeprefix(b"\xef\xbb\xbf").lstrip()
    return path.suffix.lower() == ".jsonl" or (text.startswith(b"{") and b'"person"' in text.split(b"\n", 1)[0])


def _read_beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(20_000)
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror or error}.") from error


def _whole(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ImportFileError(f"{path} is larger than 10 MB. Split it.")
    return data


def _say_summary(done: ImportSummary) -> None:
    print(
        f"Interviews: {done.new:,} brought in, {done.changed:,} brought up to date, {done.unchanged:,} were there "
        f"already. New people: {done.people:,}."
    )


def _say_outcomes(outcomes: list[Outcome]) -> int:
    """Describe what became of each file; returns 1 where one was refused."""
    refused = [outcome for outcome in outcomes if outcome.refusal]
    added = sum(outcome.added for outcome in outcomes)
    for line in _lines_of(outcomes):
        print(line, file=sys.stderr)
    print(
        f"Interviews: {added:,} brought in, {len(outcomes) - added - len(refused):,} were there already, "
        f"{len(refused):,} refused."
    )
    return 1 if refused else 0


def _lines_of(outcomes: list[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.refusal:
            yield f"{outcome.name}: {outcome.refusal}"
        yield from (f"{outcome.name}: look at this: {sentence}" for sentence in outcome.warnings)
