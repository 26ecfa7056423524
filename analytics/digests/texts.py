"""A digest in words: as e-mail, as JSON for programs, and as a chat message."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, unquote
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from jinja2 import Environment, StrictUndefined, Template

from analytics.coaching.digests import Every
from analytics.coaching.news import Kind
from analytics.delivery.settings import DeliverySettings
from analytics.digests.claims import Claim
from analytics.digests.content import PersonNews
from analytics.formatting import quantity
from analytics.text import visible
from analytics.views.news import NewsLine

UNSUBSCRIBE: Final = "/unsubscribe"
# A long address that is folded would be encoded, and mail programs would not know it as one.
_POLICY: Final = SMTP.clone(max_line_length=998)
_OFTEN: Final = {Every.DAY: "every day", Every.WEEK: "every week"}
_KINDS: Final = {
    Kind.STEP: ("step done", "steps done"),
    Kind.GOAL: ("goal reached", "goals reached"),
    Kind.TREND: ("change of a trend", "changes of trends"),
    Kind.REVIEW: ("word about a request for review", "words about requests for review"),
    Kind.VERDICT: ("new verdict", "new verdicts"),
    Kind.INTERVIEW: ("new interview", "new interviews"),
    Kind.BREAKDOWN: ("new breakdown", "new breakdowns"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class _Person:
    user_id: int
    name: str
    url: str
    lines: tuple[_Line, ...]


def as_mail(claim: Claim, people: Sequence[PersonNews], settings: DeliverySettings, at: datetime) -> EmailMessage:
    """Format a digest as an e-mail in plain text and HTML, with one-click unsubscribe (RFC 8058)."""
    told = _describe_people(claim, people, settings)
    end = _end(claim, settings)
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = _subject(claim, people)
    message["From"] = Address("Interview Skill Analytics", addr_spec=settings.mail_from or "")
    message["To"] = _address(claim.subscription.email)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id(claim, people)}@{urlsplit(settings.base).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{end}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    often = _OFTEN[claim.subscription.every]
    message.set_content(_plain(told, often, end))
    html = _template().render(subject=_subject(claim, people), people=told, often=often, end=end)
    message.add_alternative(html, subtype="html")
    return message


def as_body(claim: Claim, people: Sequence[PersonNews], settings: DeliverySettings, at: datetime) -> bytes:
    """Format a digest as the JSON that the webhook accepts.

    Others may read a chat: there it names nobody but whose digest it is, and says no more than how much is new.
    """
    links = {"Open": settings.base, "End these messages": _end(claim, settings)}
    if settings.digest_webhook_format == "slack":
        body = _slack_message(_counted(claim, people), links)
    elif settings.digest_webhook_format == "teams":
        body = _teams_message(_counted(claim, people), links)
    else:
        body = _event(claim, people, settings, at)
    return json.dumps(body, ensure_ascii=False).encode()


def message_id(claim: Claim, people: Sequence[PersonNews]) -> str:
    """Return the id of a digest, the same for the same news to one person for one period.

    A receiver drops a message whose id it knows, so other news has another id: it would be lost otherwise.
    """
    return str(uuid5(UUID(claim.id), repr([(person.user_id, *person.lines) for person in people])))


def _event(claim: Claim, people: Sequence[PersonNews], settings: DeliverySettings, at: datetime) -> dict[str, Any]:
    told, end = _describe_people(claim, people, settings), _end(claim, settings)
    often = _OFTEN[claim.subscription.every]
    data = {
        "to": claim.subscription.email,
        "every": claim.subscription.every.value,
        "subject": _subject(claim, people),
        "text": _plain(told, often, end),
        "unsubscribe": end,
        "people": [
            {
                "user_id": person.user_id,
                "name": person.name,
                "url": person.url,
                "news": [{"kind": line.kind, "text": line.text, "url": line.url} for line in person.lines],
            }
            for person in told
        ],
    }
    return {"type": "digest", "timestamp": at.isoformat(), "data": data}


def _slack_message(text: str, links: Mapping[str, str]) -> dict[str, Any]:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": f"{escaped} {' · '.join(f'<{url}|{title}>' for title, url in links.items())}"}


def _teams_message(text: str, links: Mapping[str, str]) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        # Not a TextBlock, which reads Markdown: an address such as ann_lee_b@example.org would lose its underscores.
        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}],
        "actions": [{"type": "Action.OpenUrl", "title": title, "url": url} for title, url in links.items()],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _counted(claim: Claim, people: Sequence[PersonNews]) -> str:
    counted = Counter(line.kind for person in people for line in person.lines)
    what = ", ".join(quantity(counted[kind], *words) for kind, words in _KINDS.items() if counted[kind])
    return f"{claim.subscription.email}: {what} about {_whom(claim, people)}."


def _describe_people(claim: Claim, people: Sequence[PersonNews], settings: DeliverySettings) -> list[_Person]:
    scores = claim.subscription.with_scores
    return [
        _Person(
            user_id=person.user_id,
            name=visible(person.name),
            url=f"{settings.base}/candidate?candidate={person.user_id}",
            lines=tuple(_line(line, person.user_id, settings.base, scores=scores) for line in person.lines),
        )
        for person in people
    ]


def _line(line: NewsLine, user_id: int, base: str, *, scores: bool) -> _Line:
    about = f"candidate?candidate={user_id}"
    place = about if line.interview_id is None else f"interview?interview={line.interview_id}"
    text = line.text if scores else line.brief
    return _Line(line.kind.value, " ".join(visible(text).split()), f"{base}/{place}")


def _subject(claim: Claim, people: Sequence[PersonNews]) -> str:
    return f"What is new about {_whom(claim, people)}"


def _whom(claim: Claim, people: Sequence[PersonNews]) -> str:
    if [person.user_id for person in people] == [claim.subscription.user_id]:
        return "your interviews"
    return quantity(len(people), "candidate")


def _plain(people: Sequence[_Person], often: str, end: str) -> str:
    def written() -> Iterator[str]:
        yield "What is new since you last looked"
        for person in people:
            yield f"\n{' '.join(person.name.split())}\n{person.url}"
            yield from (f"* {line.text}" for line in person.lines)
        yield f"\nYou get this {often}, because you chose to. To end it: {end}"

    return "\n".join(written()) + "\n"


def _address(email: str) -> Address:
    """Return an e-mail as an address of exactly this mailbox.

    Parsed as an address, one with brackets would be somebody else's, and one with two dots in a row none at all.
    """
    mailbox, _, domain = email.rpartition("@")
    return Address(username=unquote(mailbox) if mailbox.startswith('"') else mailbox, domain=domain)


def _end(claim: Claim, settings: DeliverySettings) -> str:
    return f"{settings.base}{UNSUBSCRIBE}/{claim.token}"


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files(__package__).joinpath("digest.html.j2").read_text(encoding="utf-8"))
