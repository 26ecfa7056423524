"""Interviews of a team that has no InterviewLab, from a file with one JSON object a line.

The fields are documented in `docs/import.md`. Every line is checked before the first one is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, Literal, NamedTuple

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from analytics import summaries
from analytics.database import described, execute, now, sendable, writing
from analytics.filling import create_platform
from analytics.schema import imports, interviews, users
from analytics.setup import Progress, set_up

TASK: Final = "import"
MOST_BYTES_OF_A_LINE: Final = 20_000_000
MOST_PROBLEMS: Final = 20
_BATCH: Final = 200
_LONG_SECONDS: Final = 600
# No hash ever equals it: nobody can sign in to the platform as somebody who was imported.
_UNUSABLE_PASSWORD: Final = "!"


class ImportFileError(ValueError):
    """A file that cannot be brought in; the message names each line and field, and nothing was written."""


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_Clean = AfterValidator(sendable)
_Name = Annotated[str, Field(min_length=1, max_length=255), _Clean]
_Text = Annotated[str, Field(max_length=1_000_000), _Clean]
_Point = Annotated[str, Field(max_length=5_000), _Clean]
_Points = Annotated[list[_Point], Field(max_length=100)]
_Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Person(_Model):
    name: _Name | None = None
    email: Annotated[str, Field(max_length=255, pattern=r"^[^@\s,]+@[^@\s,]+$"), _Clean]


class _Code(_Model):
    code: _Text
    language: Annotated[str, Field(max_length=50), _Clean] = ""
    quality_score: _Score | None = None
    strengths: _Points = []
    weaknesses: _Points = []
    feedback: _Text = ""


class _Turn(_Model):
    speaker: Literal["candidate", "interviewer"]
    said: _Text = ""
    code: _Code | None = None

    def message(self) -> dict[str, Any]:
        """Give the turn as the platform stores it."""
        message: dict[str, Any] = {"role": "user" if self.speaker == "candidate" else "assistant", "content": self.said}
        if self.code is not None:
            quality = self.code.model_dump(exclude={"code", "language"}, exclude_defaults=True)
            message["metadata"] = {
                "type": "code_review",
                "code": self.code.code,
                "language": self.code.language,
                "code_quality": quality,
            }
        return message


class _Message(_Model):
    role: Literal["user", "assistant"]
    content: _Text
    metadata: dict[str, Any] = {}

    def message(self) -> dict[str, Any]:
        """Give the message as it came."""
        return self.model_dump(exclude_defaults=True)


def _shape(value: Any) -> str:
    return "message" if isinstance(value, dict) and "role" in value else "turn"


_Said = Annotated[
    Annotated[_Message, Tag("message")] | Annotated[_Turn, Tag("turn")],
    Discriminator(_shape),
]


class _SkillPoints(_Model):
    score: _Score | None = None
    strengths: _Points = []
    weaknesses: _Points = []
    recommendations: _Points = []


class _Breakdown(_Model):
    communication: _SkillPoints | None = None
    technical: _SkillPoints | None = None
    problem_solving: _SkillPoints | None = None
    code_quality: _SkillPoints | None = None


class _Feedback(_Model):
    overall_score: _Score | None = None
    communication_score: _Score | None = None
    technical_score: _Score | None = None
    problem_solving_score: _Score | None = None
    code_quality_score: _Score | None = None
    skill_breakdown: _Breakdown | None = None
    strengths: _Points = []
    weaknesses: _Points = []
    recommendations: _Points = []
    summary: _Text = ""
    detailed_feedback: _Text = ""
    topics_covered: _Points = []
    code_submissions_count: Annotated[int, Field(ge=0, lt=1_000_000)] | None = None
    average_code_quality: _Score | None = None


class Line(_Model):
    """One interview of the file."""

    id: _Name | None = None
    person: _Person
    title: _Name
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    job_description: Annotated[str, Field(max_length=100_000), _Clean] | None = None
    transcript: Annotated[list[_Said], Field(max_length=10_000)] = []
    feedback: _Feedback | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Line:
        if self.id is None and self.started_at is None and self.completed_at is None:
            raise ValueError("needs id, started_at or completed_at, to tell it from other interviews")
        if self.feedback is not None and self.completed_at is None:
            raise ValueError("feedback is only for a completed interview: completed_at is missing")
        if self.started_at and self.completed_at and self.completed_at < self.started_at:
            raise ValueError("completed_at lies before started_at")
        return self

    @property
    def email(self) -> str:
        """Give the person's address as people are told apart by it."""
        return self.person.email.lower()

    @property
    def fingerprint(self) -> str:
        """Say which interview this is: the person and the file's own id, or else the title and when it began."""
        began = self.started_at or self.completed_at
        named = [self.id] if self.id is not None else [None, self.title, began and began.astimezone(UTC).isoformat()]
        return _digest([self.email, *named])

    @property
    def content(self) -> str:
        """Say everything that the line says, in a form that can be compared."""
        return _digest(self.model_dump(mode="json", exclude_defaults=True))

    def row(self) -> dict[str, Any]:
        """Give the interview as a row of the platform's table, without ids."""
        messages = [said.message() for said in self.transcript]
        submissions = sum(message.get("metadata", {}).get("type") == "code_review" for message in messages)
        feedback: dict[str, Any] | None = None
        if self.feedback is not None:
            feedback = {"code_submissions_count": submissions} | self.feedback.model_dump(exclude_none=True)
        moment = now()
        return {
            "title": self.title,
            "status": "completed" if self.completed_at else "in_progress",
            "conversation_history": messages,
            "job_description": self.job_description,
            "feedback": feedback,
            "turn_count": sum(message["role"] == "user" for message in messages),
            "started_at": _utc(self.started_at),
            "completed_at": _utc(self.completed_at),
            "created_at": _utc(self.started_at or self.completed_at) or moment,
            "updated_at": moment,
        }


class Imported(NamedTuple):
    """What an import did: interviews brought in, brought up to date and left alone, and people who are new."""

    new: int
    changed: int
    unchanged: int
    people: int


def import_file(engine: Engine, path: Path, progress_of: Callable[[str], Progress] | None = None) -> Imported:
    """Bring in the interviews of a file, all or nothing; the same file a second time changes nothing.

    Creates the platform's tables in an empty database, and sets it up. A line about an interview that came in before,
    but that says something else now, brings it up to date. Raises `ImportFileError` for a file that cannot be used, and
    `DatabaseError`.
    """
    try:
        with path.open("rb") as file:
            total = _check(file)
            file.seek(0)
            with writing(engine) as connection:
                create_platform(connection)
            set_up(engine, progress_of)
            report = progress_of(TASK) if progress_of else lambda _done, _total: None
            with writing(engine, seconds=_LONG_SECONDS) as connection:
                done = Imported(0, 0, 0, 0)
                for batch in _batches(line for _number, line in _lines(file)):
                    done = Imported(*map(sum, zip(done, _write(connection, batch), strict=True)))
                    report(done.new + done.changed + done.unchanged, total)
            left = summaries.BATCH
            while left == summaries.BATCH:
                with writing(engine) as connection:
                    left = summaries.refresh(connection)
    except exc.SQLAlchemyError as error:
        raise described(error) from error
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    return done


def _check(file: BinaryIO) -> int:
    """Check every line and count them; raises `ImportFileError` with all that is wrong."""
    problems: list[str] = []
    seen = 0
    first_at: dict[str, int] = {}
    for number, line in _lines(file, problems):
        seen += 1
        earlier = first_at.setdefault(line.fingerprint, number)
        if earlier != number:
            problems.append(f"line {number}: the same interview as line {earlier}")
    if problems:
        shown = problems[:MOST_PROBLEMS]
        more = [f"... and {len(problems) - MOST_PROBLEMS} more."] if len(problems) > MOST_PROBLEMS else []
        raise ImportFileError("\n".join(["Nothing was brought in:", *shown, *more]))
    if not seen:
        raise ImportFileError("Nothing was brought in: the file holds no interviews.")
    return seen


def _lines(file: BinaryIO, problems: list[str] | None = None) -> Iterator[tuple[int, Line]]:
    """Read the lines that can be used; what is wrong with the others is added to `problems`."""
    number = 0
    while written := file.readline(MOST_BYTES_OF_A_LINE + 1):
        number += 1
        whole = len(written) <= MOST_BYTES_OF_A_LINE
        text = written.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else written.strip()
        while not written.endswith(b"\n") and (rest := file.readline(MOST_BYTES_OF_A_LINE)):
            written = rest
        if not text:
            continue
        wrong: list[str]
        if not whole:
            wrong = [f"line {number}: longer than {MOST_BYTES_OF_A_LINE:,} bytes"]
        else:
            try:
                yield number, Line.model_validate_json(text)
                continue
            except ValidationError as error:
                wrong = [_problem(number, detail) for detail in error.errors(include_url=False, include_input=False)]
        if problems is None:
            raise ImportFileError("Nothing was brought in: the file changed while it was read.")
        problems += wrong


def _problem(number: int, detail: Any) -> str:
    named = [str(part) for part in detail["loc"] if part not in {"message", "turn"}]
    field = f", {'.'.join(named)}" if named else ""
    said: str = detail["msg"].removeprefix("Value error, ")
    return f"line {number}{field}: {said[:1].lower()}{said[1:]}"


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(connection: Connection, batch: Sequence[Line]) -> Imported:
    people, new_people = _people(connection, batch)
    by_fingerprint = {line.fingerprint: line for line in batch}
    known = {
        row.fingerprint: row
        for row in execute(
            connection,
            sa.select(imports.c.fingerprint, imports.c.content, imports.c.interview_id, interviews.c.id.label("there"))
            .select_from(sa.outerjoin(imports, interviews, interviews.c.id == imports.c.interview_id))
            .where(imports.c.fingerprint.in_(by_fingerprint)),
        )
    }
    changed = [row for row in known.values() if row.content != by_fingerprint[row.fingerprint].content]
    gone = {row.fingerprint for row in changed if row.there is None}
    for row in changed:
        line = by_fingerprint[row.fingerprint]
        if row.fingerprint not in gone:
            said = {name: value for name, value in line.row().items() if name != "created_at"}
            connection.execute(sa.update(interviews).where(interviews.c.id == row.interview_id).values(said))
        seen = sa.update(imports).where(imports.c.fingerprint == row.fingerprint)
        execute(connection, seen.values(content=line.content, imported_at=now()))
    fresh = [line for fingerprint, line in by_fingerprint.items() if fingerprint not in known or fingerprint in gone]
    if fresh:
        ids = connection.execute(
            sa.insert(interviews).returning(interviews.c.id, sort_by_parameter_order=True),
            [{"user_id": people[line.email], **line.row()} for line in fresh],
        ).scalars()
        execute(connection, sa.delete(imports).where(imports.c.fingerprint.in_(gone)))
        execute(
            connection,
            sa.insert(imports),
            [
                {
                    "fingerprint": line.fingerprint,
                    "content": line.content,
                    "interview_id": interview_id,
                    "imported_at": now(),
                }
                for line, interview_id in zip(fresh, ids, strict=True)
            ],
        )
    updated = len(changed) - len(gone)
    return Imported(len(fresh), updated, len(batch) - len(fresh) - updated, new_people)


def _people(connection: Connection, batch: Sequence[Line]) -> tuple[dict[str, int], int]:
    """Find the people of these interviews by e-mail, and add those who are new; who is there keeps their name."""
    wanted = {line.email: line.person for line in reversed(batch)}
    address = sa.func.lower(users.c.email)
    found = {
        email: user_id
        for user_id, email in connection.execute(sa.select(users.c.id, address).where(address.in_(wanted)))
    }
    absent = {email: person for email, person in wanted.items() if email not in found}
    if absent:
        moment = now()
        rows = [
            {
                "email": email,
                "hashed_password": _UNUSABLE_PASSWORD,
                "full_name": person.name,
                "is_active": True,
                "is_verified": False,
                "created_at": moment,
                "updated_at": moment,
            }
            for email, person in absent.items()
        ]
        ids = connection.execute(sa.insert(users).returning(users.c.id, sort_by_parameter_order=True), rows).scalars()
        found |= dict(zip(absent, ids, strict=True))
    return found, len(absent)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
