"""The route that takes a transcript."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from analytics.access.viewer import require_adding
from analytics.api import models
from analytics.api.bounded_threads import BoundedThreads, BusyError
from analytics.api.dependencies import ViewerDep, without_turn
from analytics.api.errors import error_responses
from analytics.columns import LARGEST_ID
from analytics.database.sessions import writing
from analytics.importing.add import Details, Person, Upload, add_interview, recognise, warnings
from analytics.queries.tags import HARDEST, LONGEST_KIND, Tags
from analytics.transcripts.model import LARGEST_FILE

router = APIRouter(responses=error_responses(401, 403, 422, 429, 500, 503))


class AddForm(BaseModel):
    """The fields of the form, beside the file."""

    model_config = ConfigDict(extra="forbid")

    candidate: str = Field("", max_length=200, description="The speaker who is interviewed, as the file names them.")
    user_id: int | None = Field(None, ge=1, le=LARGEST_ID, description="Whose interview it is, by id ...")
    person: str = Field("", max_length=255, description="... or by e-mail; interviewees may leave both out.")
    name: str = Field("", max_length=255, description="The name of a person who is new.")
    title: str = Field(max_length=255)
    held_at: datetime = Field(description="When it began, with its zone.")
    kind: str | None = Field(None, max_length=LONGEST_KIND, description="Such as coding or system design.")
    difficulty: int | None = Field(None, ge=1, le=HARDEST)
    job_description: str = Field("", max_length=100_000)
    practice: bool = Field(False, description="For interviewees: nobody else sees it until it is shared.")
    format: Literal["subtitles", "text", "json", "word"] | None = Field(
        None, description="How to read the file; without it, its content says."
    )


@dataclass(frozen=True)
class _Form:
    fields: AddForm
    upload: Upload


# A large file takes a processor for seconds: one is read at a time, and some wait without holding a thread.
MOST_WAITING: Final = 8
READER: Final = BoundedThreads(1, MOST_WAITING)
# Files that are on their way are held in memory, for up to two minutes.
MOST_COMING: Final = 16
MOST_COMING_OF_ONE: Final = 8
_coming: Final[Counter[str]] = Counter()


async def _form(request: Request, viewer: ViewerDep) -> _Form:
    """Read the form of somebody who may add interviews; for anybody else nothing is read."""
    require_adding(viewer)
    if _coming[viewer.actor] >= MOST_COMING_OF_ONE or _coming.total() >= MOST_COMING:
        raise HTTPException(503, "Several files are being sent. Try again in a moment.", {"Retry-After": "10"})
    _coming[viewer.actor] += 1
    try:
        async with request.form(max_files=1, max_fields=20) as form:
            file = form.get("file")
            data = await file.read(LARGEST_FILE + 1) if isinstance(file, UploadFile) else None
            fields = {name: value for name, value in form.items() if name != "file" and value != ""}
    except (HTTPException, MultiPartException):
        data = None
    finally:
        _coming[viewer.actor] -= 1
        if not _coming[viewer.actor]:
            del _coming[viewer.actor]
    if data is None:
        raise RequestValidationError(
            [{"loc": ("body", "file"), "msg": "Send a form (multipart/form-data) with the transcript as a file."}]
        )
    try:
        read = AddForm.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None
    known = [read.candidate] if read.candidate else []
    try:
        return _Form(read, await READER.run(partial(recognise, data, known, read.format)))
    except BusyError:
        raise HTTPException(
            503, "Several files are being read. Try again in a moment.", {"Retry-After": "10"}
        ) from None


_SCHEMA: Final = AddForm.model_json_schema()
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", *_SCHEMA["required"]],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "The transcript, up to 10 MB."},
                        **_SCHEMA["properties"],
                    },
                }
            }
        },
    }
}


@router.post(
    "/interviews",
    status_code=201,
    responses={200: {"model": models.AddedInterview, "description": "The same file had been added before."}},
    openapi_extra=_BODY,
    tags=["Interviews"],
)
@without_turn
def add(
    request: Request, response: Response, viewer: ViewerDep, form: Annotated[_Form, Depends(_form)]
) -> models.AddedInterview:
    """Add an interview from a transcript, as the page *Add interviews* does: recognised, checked and saved once."""
    fields, upload = form.fields, form.upload
    user_id = fields.user_id
    if user_id is None and not fields.person and not viewer.sees_others:
        user_id = viewer.user_id
    details = Details(
        fields.title, fields.held_at, Tags(fields.kind, fields.difficulty), fields.job_description, fields.practice
    )
    person = Person(user_id, fields.person, fields.name)
    per_day = request.app.state.settings().added_interviews_per_day
    with writing(request.app.state.engine()) as connection:
        added = add_interview(
            viewer, connection, upload, fields.candidate, person=person, details=details, per_day=per_day
        )
    if not added.new:
        response.status_code = 200
    return models.AddedInterview(
        **added._asdict(),
        format=upload.transcript.format,
        speakers=list(upload.transcript.speakers),
        warnings=warnings(upload.transcript, fields.candidate, fields.name),
    )
