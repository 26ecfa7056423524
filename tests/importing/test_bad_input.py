"""Whatever is dropped: refused within the bounds by one sentence, nothing saved, the rest of a batch unaffected."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.database.engine import create_engine_for
from analytics.importing.add import Details, Person
from analytics.importing.batch import TranscriptFile, import_transcripts
from analytics.interviewlab.tables import interviews, users
from tests.support.archives import archive
from tests.support.effort import processor_seconds, seconds_of_a_long_conversation

HELD = datetime(2026, 3, 2, 10, tzinfo=UTC)
TALK = "Ann Lee: Why?\nBob Roy: Because of {0}.\nAnn Lee: And?\nBob Roy: That is all.\n"
LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>" + b"".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>".encode() for n in range(1, 10)
)
WORD = b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body><w:p><w:r><w:t>"
BAD = {
    "zip bomb.docx": archive(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * 60_000_000}),
    "entity bomb.docx": archive(
        **{
            "[Content_Types].xml": b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
            "word/document.xml": LAUGHS + b"]>" + WORD + b"&a9;</w:t></w:r></w:p></w:body></w:document>",
        }
    ),
    "many paragraphs.docx": archive(
        **{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:p><w:r/></w:p>" * 400_000}
    ),
    "archive.zip": archive(**{"talk.txt": b"Ann: hi"}),
    "one long line.txt": b"Ann: " + b"x" * 11_000_000,
    "crowd.txt": "\n".join(f"Person N{place}x: hi\nPerson N{place}x: yes" for place in range(70_000)).encode(),
    "short lines.txt": b"Ann: a\nBob: b\n" * 700_000,
    "paper.txt": b"%PDF-1.7\n%\xe2\xe3 and so on",
    "photo.vtt": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "empty.txt": b"",
    "spaces.txt": b" \n\t\n",
    "numbers.json": b"[1, 2, 3]",
    "deep.json": b"[" * 100_000,
    "nobody.txt": b"Cy Doe: Why?\nDee Poe: Because.\nCy Doe: And?\nDee Poe: No.\n",
    "page.html": b"<!doctype html><p>Ann: hi</p>",
}


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return create_engine_for(f"sqlite:///{tmp_path / 'own.db'}")


def file_of(folder: Path, name: str, data: bytes) -> TranscriptFile:
    path = folder / name
    path.write_bytes(data)
    return TranscriptFile(path, "Bob Roy", Person(email="bob@example.org"), Details(name, HELD))


def test_each_is_refused_in_a_sentence_and_the_rest_of_the_batch_is_added(engine: sa.Engine, tmp_path: Path) -> None:
    files = [file_of(tmp_path, name, data) for name, data in BAD.items()]
    files.insert(3, file_of(tmp_path, "good.txt", TALK.format("queues").encode()))
    files.append(file_of(tmp_path, "another.txt", TALK.format("locks").encode()))
    outcomes = {outcome.name: outcome for outcome in import_transcripts(engine, files)}
    assert {name for name, outcome in outcomes.items() if outcome.added} == {"good.txt", "another.txt"}
    for name in BAD:
        refusal = outcomes[name].refusal
        assert refusal.endswith(".")
        assert "\n" not in refusal
        assert len(refusal) < 220
    assert outcomes["nobody.txt"].refusal == "Say who the candidate is: Cy Doe, Dee Poe."
    with engine.connect() as connection:
        assert connection.execute(sa.select(interviews.c.title).order_by(interviews.c.id)).scalars().all() == [
            "good.txt", "another.txt",
        ]  # fmt: skip
        assert connection.execute(sa.select(sa.func.count()).select_from(users)).scalar() == 1
    # Nothing else was written beside the workspace's own file.
    left = {path.name for path in tmp_path.iterdir()} - {file.path.name for file in files}
    assert {name for name in left if not name.startswith("own.db")} == set()
    engine.dispose()


@pytest.fixture(scope="module")
def honest() -> float:
    return seconds_of_a_long_conversation()


@pytest.mark.parametrize("name", BAD)
def test_none_takes_more_than_the_bounds(engine: sa.Engine, tmp_path: Path, name: str, honest: float) -> None:
    file = file_of(tmp_path, name, BAD[name])
    import_transcripts(engine, [])
    assert processor_seconds(lambda: import_transcripts(engine, [file])) < 4 * honest
    tracemalloc.start()
    import_transcripts(engine, [file])
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 300_000_000
    engine.dispose()


@pytest.mark.parametrize(
    "name", ["שרה כהן", "‏محمد علي", "Łukasz Żak", "王芳", "O'Neil-Žižek", "María José de la Cruz", "🙂 Bo"]
)
def test_names_of_any_script_are_speakers(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    text = f"Ann Lee: Why?\n{name}: 因为 queues.\nAnn Lee: And?\n{name}: That is all.\n"
    (tmp_path / "talk.txt").write_text(text)
    said = Details("T", HELD)
    (outcome,) = import_transcripts(
        engine, [TranscriptFile(tmp_path / "talk.txt", " ".join(name.split()), Person(email="b@example.org"), said)]
    )
    assert (outcome.refusal, outcome.added) == ("", True)
    engine.dispose()
