"""What the program itself posts, described in the OpenAPI document: nothing here answers anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Header
from pydantic import Field

from analytics.api.models import Shape
from analytics.coaching.digests import Every
from analytics.coaching.news import Kind

webhooks = APIRouter()


class DigestNews(Shape):
    """One thing that is new, and the page that shows it."""

    kind: Kind
    text: str
    url: str


class DigestPerson(Shape):
    """What is new about one person."""

    user_id: int
    name: str
    url: str
    news: list[DigestNews]


class DigestData(Shape):
    """A digest of one reader."""

    to: Annotated[str, Field(description="The reader's e-mail address: only they may be shown the rest.")]
    every: Every
    subject: str
    text: Annotated[str, Field(description="All of it as plain text.")]
    unsubscribe: Annotated[str, Field(description="A POST to this address ends the reader's digests.")]
    people: list[DigestPerson]


class DigestEvent(Shape):
    """A digest, as it is posted with `DIGEST_WEBHOOK_FORMAT=json`."""

    type: Literal["digest"]
    timestamp: datetime
    data: DigestData


@webhooks.post("digest", status_code=204, tags=["Webhooks"])
def digest(
    body: DigestEvent,
    webhook_id: Annotated[str, Header(description="The same for one that is sent again and tells the same.")],
    webhook_timestamp: Annotated[int, Header(description="When it was sent, in seconds since 1970.")],
    webhook_signature: Annotated[str, Header(description="`v1,` and the HMAC-SHA256 of `id.timestamp.body`.")],
) -> None:
    """Take what is new for one reader; after any answer but 200 to 299 it is sent again, three times in all.

    Signed as [Standard Webhooks](https://www.standardwebhooks.com) say, with `DIGEST_WEBHOOK_SECRET`.
    """


def describe(api: FastAPI) -> None:
    """Describe the webhooks beside the routes."""
    api.webhooks.include_router(webhooks)
