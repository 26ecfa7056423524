"""Bringing in interviews from a file: every line checked, all or nothing, the same file once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.database.schema import imports
from analytics.database.sessions import reading, writing
from analytics.importing import jsonl, write
from analytics.importing import lines as importing_lines
from analytics.importing.jsonl import ImportFileError
from analytics.importing.write import import_file
from analytics.interviewlab.feedback import State
from analytics.interviewlab.tables import interviews, users
from analytics.roster.page import page
from analytics.service import InterviewAnalytics
from analytics.setup.install import list_missing
from tests.support.databases import Database, Databases
from tests.support.platform_rows import add, person

DOCUMENT = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
EXAMPLE: dict[str, Any] = json.loads(re.search(r"```json\n(.+?)\n```", DOCUMENT)[1])  # type: ignore[index]


def line(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (EXAMPLE | changes).items() if value is not ...}


def written(folder: Path, *lines: Any, name: str = "interviews.jsonl") -> Path:
    path = folder / name
    texts = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)
    path.write_bytes(b"\n".join(texts))
    return path


def everything(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        tables = (users, interviews, imports)
        return [connection.execute(sa.select(table).order_by(*table.primary_key)).all() for table in tables]


@contextmanager
def owned(database: Database) -> Iterator[sa.Engine]:
    """Open a database as the role that owns it: a team without InterviewLab has no other."""
    engine = create_engine_for(database.platform_url)
    yield engine
    engine.dispose()


def test_the_documented_example_comes_into_an_empty_database(databases: Databases, tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    with databases.empty() as database, owned(database) as engine:
        done = import_file(
            engine,
            written(tmp_path, b"\xef\xbb\xbf" + json.dumps(EXAMPLE).encode(), b"", b"  \r"),
            lambda task: lambda done, total: reports.append((done, total)) if task == write.TASK else None,
        )
        assert done == (1, 0, 0, 1)
        assert reports == [(1, 1)]
        assert list_missing(engine) == []
        with reading(engine) as db:
            (row,) = page(TRUSTED, db).rows
            assert (row.name, row.email, row.completed) == ("Ada Example", "ada@example.org", 1)
            analytics = InterviewAnalytics()
            assert analytics.get_skill_averages(row.user_id, db) == {
                "communication": 0.72, "technical": 0.64, "problem_solving": 0.7, "code_quality": 0.7,
            }  # fmt: skip
            (point,) = analytics.get_skill_progression(row.user_id, db)["technical"]
            assert point.date == datetime(2026, 3, 2, 10, 40, tzinfo=UTC)
            insights = analytics.get_interview_insights(point.interview_id, db)
            assert (insights.code_submissions, insights.average_code_quality) == (1, 0.7)
            assert (insights.duration_minutes, insights.turn_count, insights.status) == (40.0, 1, "completed")
            # Nobody can sign in to the platform as somebody who was imported.
            assert db.execute(sa.select(users.c.hashed_password)).scalar() == "!"


def test_the_documented_fields_are_those_that_are_read() -> None:
    def fields(model: Any) -> set[str]:
        return set(model.model_fields)

    named = set(re.findall(r"`([a-z_.]+)`", DOCUMENT))
    every = (
        fields(importing_lines.Line)
        | fields(importing_lines._Feedback)
        | fields(importing_lines._Turn)
        | fields(importing_lines._Code)
    )
    every |= (
        fields(importing_lines._Message) | fields(importing_lines._SkillPoints) | fields(importing_lines._Breakdown)
    )
    every |= {f"person.{name}" for name in fields(importing_lines._Person)}
    assert every - {"person"} <= named
    assert "skill" not in every


@pytest.mark.parametrize("earlier_version", [False, True])
def test_the_same_moments_in_another_offset_overwrite_nothing(
    database: Database, tmp_path: Path, earlier_version: bool
) -> None:
    moments = {"started_at": "2026-03-02T10:00:00Z", "completed_at": "2026-03-02T10:40:00Z"}
    elsewhere = {"started_at": "2026-03-02T15:30:00+05:30", "completed_at": "2026-03-02T11:40:00+01:00"}
    before = line(**moments, feedback={"technical_score": 0.6})
    assert import_file(database.engine, written(tmp_path, before)) == (1, 0, 0, 1)
    if earlier_version:
        said = importing_lines.Line.model_validate_json(json.dumps(before))
        content = importing_lines.digest(said.model_dump(mode="json", exclude_defaults=True))
        with writing(database.engine) as connection:
            connection.execute(sa.update(imports).values(content=content))
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).values(feedback={"technical_score": 0.9}))
    again = line(**elsewhere, feedback={"technical_score": 0.6})
    assert import_file(database.engine, written(tmp_path, again)) == (0, 0, 1, 0)
    with database.platform_engine.connect() as connection:
        assert connection.execute(sa.select(interviews.c.feedback)).scalar() == {"technical_score": 0.9}
    # Another moment is another content.
    later = line(**moments | {"completed_at": "2026-03-02T10:41:00Z"}, feedback={"technical_score": 0.6})
    assert import_file(database.engine, written(tmp_path, later)) == (0, 1, 0, 0)


def test_the_same_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    lines = [line(title=f"Round {n}", person={"email": f"P{n % 3}@Example.org", "name": "P"}) for n in range(250)]
    path = written(tmp_path, *lines)
    assert import_file(database.engine, path) == (250, 0, 0, 3)
    before = everything(database)
    assert import_file(database.engine, path) == (0, 0, 250, 0)
    assert everything(database) == before
    # Written in another order, and one more of them.
    again = written(tmp_path, *lines[::-1], line(title="Another"), name="again.jsonl")
    assert import_file(database.engine, again) == (1, 0, 250, 1)


def test_a_changed_line_brings_its_interview_up_to_date(database: Database, tmp_path: Path) -> None:
    import_file(database.engine, written(tmp_path, line(feedback=..., completed_at=...), line(title="Other", id="7")))
    with database.engine.connect() as connection:
        first = connection.execute(sa.select(interviews.c.id, interviews.c.status).order_by(interviews.c.id)).all()
    assert [status for _, status in first] == ["in_progress", "completed"]
    # Now it is completed; and what an id names may even change its title.
    changed = written(tmp_path, EXAMPLE, line(title="Renamed", id="7"))
    assert import_file(database.engine, changed) == (0, 2, 0, 0)
    with database.engine.connect() as connection:
        columns = (interviews.c.id, interviews.c.status, interviews.c.title)
        second = connection.execute(sa.select(*columns).order_by(interviews.c.id)).all()
    assert second == [(first[0].id, "completed", EXAMPLE["title"]), (first[1].id, "completed", "Renamed")]
    with reading(database.engine) as db:
        assert InterviewAnalytics().get_skill_breakdown(first[0].id, db)["technical"].score == 0.64


def test_what_happened_to_an_interview_since_stays_while_its_line_does(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, line(id="1"), line(id="2"))
    import_file(database.engine, path)
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 1).values(title="By hand"))
        connection.execute(sa.delete(interviews).where(interviews.c.id == 2))
    grant_writing(database)
    assert import_file(database.engine, path) == (0, 0, 2, 0)
    assert import_file(database.engine, written(tmp_path, line(id="2", title="New"))) == (1, 0, 0, 0)
    with database.engine.connect() as connection:
        titles = connection.execute(sa.select(interviews.c.title).order_by(interviews.c.id)).scalars().all()
    assert titles == ["By hand", "New"]


def test_people_are_found_by_address_and_keep_their_name(database: Database, tmp_path: Path) -> None:
    grant_writing(database)
    add(database.platform_engine, people=[person(5, email="Ada@Example.ORG", full_name="Ada of the platform")])
    if database.dialect == "postgresql":
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql("SELECT setval('users_id_seq', 5)")
    new = {"email": "B@example.org"}
    assert import_file(database.engine, written(tmp_path, EXAMPLE, line(person=new))).people == 1
    with database.engine.connect() as connection:
        found = connection.execute(sa.select(users.c.id, users.c.full_name).order_by(users.c.id)).all()
        assert found == [(5, "Ada of the platform"), (6, None)]
        assert connection.execute(sa.select(interviews.c.user_id).order_by(interviews.c.id)).scalars().all() == [5, 6]


def grant_writing(database: Database) -> None:
    if database.dialect == "postgresql":
        with database.platform_engine.begin() as connection:
            connection.exec_driver_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON users, interviews TO skill_analytics")
            connection.exec_driver_sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO skill_analytics")


@pytest.fixture
def database(databases: Databases, tmp_path: Path) -> Any:
    """A database whose tables an import made: then our role may write all of them."""
    with databases.fresh() as fresh:
        grant_writing(fresh)
        yield fresh


WRONG: list[tuple[Any, str]] = [
    (line(person=...), "line 1, person: field required"),
    (line(person={"name": "Ada"}), "line 1, person.email: field required"),
    (line(person={"email": "nobody"}), "line 1, person.email: string should match pattern"),
    *[(line(person={"email": email}), "line 1, person.email: holds a space, a control or a letter")
      for email in ("ada\0@example.org", "\u212aim@example.org", "ada\u200b@example.org", "ada\x7f@example.org")],
    (line(person={"email": "\u00a0ada@example.org"}), "line 1, person.email: string should match pattern"),
    (line(titel="x"), "line 1, titel: extra inputs are not permitted"),
    (line(title=""), "line 1, title: string should have at least 1 character"),
    (line(title="x" * 256), "line 1, title: string should have at most 255 characters"),
    (line(title=7), "line 1, title: input should be a valid string"),
    (line(started_at="2026-03-02T10:00:00"), "line 1, started_at: input should have timezone info"),
    (line(started_at="yesterday"), "line 1, started_at: input should be a valid datetime"),
    (line(started_at=1_700_000_000), "line 1, started_at: input should be a valid datetime"),
    (line(started_at="2026-03-03T10:00:00Z"), "line 1: completed_at lies before started_at"),
    (line(completed_at=...), "line 1: feedback is only for a completed interview"),
    (line(started_at=..., completed_at=..., feedback=...), "line 1: needs id, started_at or completed_at"),
    (line(transcript=[{"speaker": "candidate"}, {"speaker": "me"}]), "line 1, transcript.1.speaker: input should be"),
    (line(transcript=[{"role": "system", "content": ""}]), "line 1, transcript.0.role: input should be"),
    (line(transcript=["hello"]), "line 1, transcript.0: input should be"),
    (line(transcript=[{"speaker": "candidate", "code": {}}]), "line 1, transcript.0.code.code: field required"),
    (line(feedback={"technical_score": 7}), "line 1, feedback.technical_score: input should be less than"),
    (line(feedback={"technical_score": "0.7"}), "line 1, feedback.technical_score: input should be a valid number"),
    (line(feedback={"technical_score": True}), "line 1, feedback.technical_score: input should be a valid number"),
    (line(feedback={"comunication_score": 1}), "line 1, feedback.comunication_score: extra inputs are not permitted"),
    (line(feedback={"skill_breakdown": {"technical": {"strengths": "x"}}}),
     "line 1, feedback.skill_breakdown.technical.strengths: input should be a valid array"),
    (b'{"title": NaN}', "line 1"),
    (line(resume_context={"x": [float("inf")]}), "line 1, resume_context: holds NaN or Infinity"),
    (line(transcript=[{"role": "user", "content": "x", "metadata": {"x": float("nan")}}]),
     "line 1, transcript.0.metadata: holds NaN or Infinity"),
    (b"{", "line 1: invalid JSON"),
    (b"\xff\xfe", "line 1: invalid JSON"),
    (b"[1]", "line 1: input should be an object"),
    (b"[" * 100_000, "line 1: invalid JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), WRONG)
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_is_wrong_is_named_by_line_and_field(databases: Databases, tmp_path: Path, wrong: Any, said: str) -> None:
    with databases.empty() as database:
        with pytest.raises(ImportFileError) as told:
            import_file(database.engine, written(tmp_path, wrong, line(title="A good one")))
        problems = str(told.value).splitlines()
        assert problems[0] == "Nothing was brought in:"
        assert any(problem.startswith(said) for problem in problems[1:])
        assert not any(problem.startswith("line 2") for problem in problems)
        # Not even the tables came into being.
        with database.engine.connect() as connection:
            assert sa.inspect(connection).get_table_names() == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_all_that_is_wrong_is_told_up_to_a_number(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path, *(line(id=str(n), title="") for n in range(30)), line(id="a"), line(id="a"))
    with pytest.raises(ImportFileError) as told:
        import_file(database.engine, path)
    problems = str(told.value).splitlines()
    assert len(problems) == 22
    assert problems[20].startswith("line 20, title:")
    assert problems[-1] == "... and 11 more."


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_two_lines_about_one_interview_are_refused(database: Database, tmp_path: Path) -> None:
    other = line(person={"email": "ADA@example.org"}, started_at="2026-03-02T11:00:00+01:00")
    with pytest.raises(ImportFileError, match="line 2: the same interview as line 1"):
        import_file(database.engine, written(tmp_path, EXAMPLE, other))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_line_that_is_too_long_is_skipped_and_named(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "MOST_BYTES_OF_A_LINE", 2_000)
    path = written(tmp_path, line(job_description="x" * 9_000), line(title=""), line(title="x" * 200))
    with pytest.raises(ImportFileError) as told:
        import_file(database.engine, path)
    assert [problem.partition(":")[0] for problem in str(told.value).splitlines()[1:]] == ["line 1", "line 2, title"]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("name", "said"), [("missing.jsonl", "cannot be read: No such file"), ("", "cannot be read")])
def test_a_file_that_cannot_be_read_is_named(database: Database, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ImportFileError, match=said):
        import_file(database.engine, tmp_path / name)
    with pytest.raises(ImportFileError, match="holds no interviews"):
        import_file(database.engine, written(tmp_path, b"\n\n", name="empty.jsonl"))


def test_odd_texts_come_in_as_they_are_but_for_what_no_database_takes(database: Database, tmp_path: Path) -> None:
    odd = "<b>x</b> **y** \U0001f600 \u202eright to left \\u0000"
    said = [{"speaker": "candidate", "said": f"{odd}\0"}]
    import_file(database.engine, written(tmp_path, line(title=f"{odd}\0", transcript=said, feedback={"summary": "\0"})))
    with database.engine.connect() as connection:
        row = connection.execute(sa.select(interviews)).one()
    assert (row.title, row.conversation_history) == (odd, [{"role": "user", "content": odd}])
    with reading(database.engine) as db:
        states = {skill.state for skill in InterviewAnalytics().get_skill_breakdown(row.id, db).values()}
    assert states == {State.NOT_ASSESSED}


def test_code_quality_of_zero_without_code_is_not_assessed(database: Database, tmp_path: Path) -> None:
    spoken = [{"speaker": "candidate", "said": "No code today."}]
    import_file(
        database.engine,
        written(tmp_path, line(id="1", transcript=spoken, feedback={"code_quality_score": 0}),
                line(id="2", feedback={"code_quality_score": 0})),
    )  # fmt: skip
    with reading(database.engine) as db:
        of = InterviewAnalytics().get_skill_breakdown
        assert of(1, db)["code_quality"].state is State.NOT_ASSESSED
        assert of(2, db)["code_quality"].score == 0.0


def test_a_failure_half_way_leaves_nothing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(database)
    monkeypatch.setattr(jsonl, "_BATCH", 2)
    row, rows = importing_lines.Line.row, []

    def spoiled(self: importing_lines.Line) -> dict[str, Any]:
        rows.append(row(self))
        return rows[-1] | ({"title": None} if len(rows) == 5 else {})

    monkeypatch.setattr(importing_lines.Line, "row", spoiled)
    with pytest.raises(DatabaseError):
        import_file(database.engine, written(tmp_path, *(line(id=str(n)) for n in range(9))))
    assert len(rows) >= 5
    assert everything(database) == before


POINTS = {"strengths": ["Clear."], "weaknesses": [], "recommendations": []}
MODEL_DUMP = {
    **{f"{key}_score": 0.7 for key in ("overall", "communication", "technical", "problem_solving")},
    **{f"{key}_feedback": POINTS for key in ("communication", "technical", "problem_solving", "code_quality")},
    **POINTS,
    "skill_breakdown": {},
    "summary": "A summary.",
    "detailed_feedback": "Details.",
    "topics_covered": [],
    "code_quality_score": 0.0,
    "code_submissions_count": 0,
    "average_code_quality": 0.0,
}
STAMP = {"timestamp": "2026-03-02T10:01:00.1"}
OWN_ROWS: dict[str, dict[str, Any]] = {
    "messages with a time": {"transcript": [{"role": "user", "content": "Hello.", **STAMP}]},
    "a checkpoint": {
        "transcript": [
            {"role": "user", "content": "Hello.", "metadata": None},
            {"role": "system", "content": "CHECKPOINT: x", "metadata": {"state_snapshot": "{}"}, **STAMP},
        ]
    },
    "a repeated history": {"transcript": [{"role": "user", "content": "Hello.", **STAMP}] * 3},
    "code in the editor": {
        "transcript": [{"role": "user", "content": "Hello."}],
        "resume_context": {"profile": "Engineer", "_sandbox": {"submissions": [{"code": "x = 1"}]}},
        "feedback": {"code_quality_score": 0.6},
    },
    "feedback as its model writes it": {
        "transcript": [{"role": "user", "content": "Hello."}],
        "feedback": MODEL_DUMP,
    },
    "feedback when its evaluation failed": {
        "transcript": [{"role": "user", "content": "Hello."}],
        "feedback": {
            "summary": "Interview completed successfully.", "topics_covered": [], "turn_count": 3, "overall_score": 0.5
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", OWN_ROWS)
def test_what_interviewlab_writes_itself_is_taken(databases: Databases, tmp_path: Path, kind: str) -> None:
    row = OWN_ROWS[kind]
    with databases.empty() as database, owned(database) as engine:
        assert import_file(engine, written(tmp_path, line(feedback=...) | row)).new == 1
        assert import_file(engine, written(tmp_path, line(feedback=...) | row)).unchanged == 1
        with reading(engine) as db:
            insights = InterviewAnalytics(TRUSTED).get_interview_insights(1, db)
            breakdown = InterviewAnalytics(TRUSTED).get_skill_breakdown(1, db)
        with engine.connect() as connection:
            stored = connection.execute(sa.select(interviews)).one()
    assert stored.turn_count == 1
    assert stored.conversation_history[0]["content"] == "Hello."
    assert [("timestamp" in message) for message in stored.conversation_history] == [
        "timestamp" in message for message in row["transcript"]
    ]
    assert insights.code_submissions == (1 if kind == "code in the editor" else 0)
    if kind == "feedback as its model writes it":
        assert breakdown["technical"].strengths == ("Clear.",)
        assert breakdown["code_quality"].state is State.NOT_ASSESSED
    if kind == "feedback when its evaluation failed":
        assert {skill.state for skill in breakdown.values()} == {State.NOT_ASSESSED}
    if kind == "code in the editor":
        assert breakdown["code_quality"].score == 0.6
        assert stored.feedback["code_submissions_count"] == 1


@pytest.mark.parametrize("message", [{"role": "tool", "content": "x"}, {"role": "user", "content": None}, {"role": 1}])
def test_what_is_nobodys_message_is_refused(tmp_path: Path, message: dict[str, Any]) -> None:
    path = written(tmp_path, line(transcript=[message]))
    with path.open("rb") as file, pytest.raises(ImportFileError, match="line 1"):
        jsonl.check(file)
