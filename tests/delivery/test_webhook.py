"""The webhook: signed so that another program can tell, the same id when sent again, and no way to a cloud's keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from analytics.access.viewer import Role
from analytics.api.webhooks import DigestEvent
from analytics.coaching.digests import Channel, Every, Subscription, email_of
from analytics.coaching.news import Kind, State
from analytics.coaching.steps import agree_step
from analytics.database.sessions import reading, writing
from analytics.delivery.errors import DeliveryError
from analytics.delivery.settings import DeliverySettings
from analytics.delivery.webhook import post, signature
from analytics.digests.claims import Claim
from analytics.digests.content import PersonNews
from analytics.digests.sender import send_due
from analytics.digests.texts import as_body
from analytics.views.news import NewsLine
from tests.support.coaching import THEM, coach_them
from tests.support.digests import AT_ONCE, SETTINGS, choose, everything_kept, mark_done, states
from tests.support.world import PEOPLE, World

RAW = b"0123456789abcdef0123456789abcdef"
COACH = PEOPLE["coach"].email
# As the specification has it: whsec_, a message, and what its own example signs them with.
PUBLISHED = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    b'{"test": 2432232314}',
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)


def settings_for(server: HTTPServer, **values: Any) -> DeliverySettings:
    kept = {
        "public_url": "https://skills.example",
        "digest_webhook_url": server.url_for("/hook"),
        "digest_webhook_secret": "whsec_" + base64.b64encode(RAW).decode(),
    }
    return DeliverySettings(**kept | values)


@pytest.fixture
def ready(world: World) -> World:
    step = coach_them(world)["step"]
    choose(world, "coach", channel=Channel.WEBHOOK)
    mark_done(world, step)
    return world


def sent(world: World, server: HTTPServer, **values: Any) -> list[Any]:
    """Send what is due; the requests that came."""
    send_due(world.database.engine, SETTINGS, settings_for(server, **values), times=AT_ONCE)
    return [request for request, _ in server.log]


def test_the_signature_is_that_of_standard_webhooks() -> None:
    secret, message_id, moment, body, signed = PUBLISHED
    key = DeliverySettings(digest_webhook_secret=secret).key
    headers = signature(key, message_id, datetime.fromtimestamp(moment, UTC), body)
    assert headers == {"webhook-id": message_id, "webhook-timestamp": str(moment), "webhook-signature": signed}
    assert signature(key, message_id, datetime.fromtimestamp(moment, UTC), body + b" ")["webhook-signature"] != signed


def test_a_program_is_told_who_is_meant_and_can_tell_whom_it_is_from(ready: World, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook", method="POST").respond_with_data("")
    (request,) = sent(ready, httpserver)
    name, moment = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    signed = hmac.digest(RAW, f"{name}.{moment}.".encode() + request.data, hashlib.sha256)
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
    told = json.loads(request.data)
    # As the OpenAPI document describes it, no more and no less.
    assert DigestEvent.model_validate(told).model_dump(mode="json").keys() == told.keys()
    assert (told["type"], told["data"]["to"]) == ("digest", COACH)
    (person,) = told["data"]["people"]
    assert person["user_id"] == 11
    assert person["news"][0]["text"].startswith("Step done: Tell it in three sentences.")
    assert states(ready) == {COACH: "sent"}
    token = told["data"]["unsubscribe"].rpartition("/")[2]
    assert token not in everything_kept(ready)


def slack_text(told: dict[str, Any]) -> str:
    """The text of a message as Slack's incoming webhooks take it: up to 40,000 characters, its links in brackets."""
    assert told.keys() == {"text"}
    text = str(told["text"])
    assert len(text) <= 40_000
    links = re.findall(r"<(https://[^|<>\s]+)\|([^<>]+)>", text)
    assert [title for _, title in links] == ["Open", "End these messages"]
    assert links[0][0] == "https://skills.example"
    assert links[1][0].startswith("https://skills.example/unsubscribe/")
    # No other bracket is left that Slack would read: it names people and channels so.
    assert not re.search("[<>]", re.sub(r"<https://[^>]+>", "", text))
    return text


def teams_text(told: dict[str, Any]) -> str:
    """The text of a message as Teams Workflows take it: one Adaptive Card, of version 1.4 at most, in an attachment.

    What the published schema of version 1.4 asks of what is used: nothing else, and of each what must be there.
    """
    assert (told.keys(), told["type"]) == ({"type", "attachments"}, "message")
    (attachment,) = told["attachments"]
    assert attachment.keys() == {"contentType", "contentUrl", "content"}
    assert (attachment["contentType"], attachment["contentUrl"]) == ("application/vnd.microsoft.card.adaptive", None)
    card = attachment["content"]
    assert card.keys() == {"$schema", "type", "version", "body", "actions"}
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    (block,) = card["body"]
    (run,) = block["inlines"]
    assert (block.keys(), block["type"]) == ({"type", "inlines"}, "RichTextBlock")
    assert (run.keys(), run["type"]) == ({"type", "text"}, "TextRun")
    for action in card["actions"]:
        assert (action.keys(), action["type"]) == ({"type", "title", "url"}, "Action.OpenUrl")
        assert action["url"].startswith("https://skills.example")
    assert [action["title"] for action in card["actions"]] == ["Open", "End these messages"]
    return str(run["text"])


def test_the_marks_of_a_chat_in_an_address_are_letters_of_it() -> None:
    odd = "ann_lee_b+<!channel>&c@example.org"
    subscription = Subscription(odd, Every.DAY, Channel.WEBHOOK, False, Role.COACH, None, datetime.now(UTC))
    claim = Claim("id", "name", "token", subscription, datetime.now(UTC).date(), 0)
    texts = {}
    for form, read in (("slack", slack_text), ("teams", teams_text)):
        settings = DeliverySettings(
            public_url="https://skills.example",
            digest_webhook_url="https://chat.example/hook",
            digest_webhook_format=form,
        )
        news = [PersonNews(11, "Ann", [NewsLine(Kind.STEP, "Done", "Done")], State())]
        texts[form] = read(json.loads(as_body(claim, news, settings, datetime.now(UTC))))
    assert texts["teams"] == f"{odd}: 1 step done about 1 candidate."
    assert texts["slack"].startswith("ann_lee_b+&lt;!channel&gt;&amp;c@example.org: 1 step done about 1 candidate. ")


@pytest.mark.parametrize("form", ["slack", "teams"])
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_chat_is_told_how_much_is_new_and_about_nobody(ready: World, httpserver: HTTPServer, form: str) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    (request,) = sent(ready, httpserver, digest_webhook_format=form)
    told = json.loads(request.data)
    text = slack_text(told) if form == "slack" else teams_text(told)
    assert text.startswith(f"{COACH}: 1 step done about 1 candidate.")
    assert [word for word in ("marzipan", "interviewee", "three sentences", "It worked") if word in text.lower()] == []


def test_one_that_is_sent_again_has_the_same_id_and_no_answer_is_followed(ready: World, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/hook").respond_with_data("", 500)
    elsewhere = Response("", 307, {"Location": httpserver.url_for("/elsewhere")})
    httpserver.expect_ordered_request("/hook").respond_with_response(elsewhere)
    httpserver.expect_ordered_request("/hook").respond_with_data("")
    for _ in range(4):
        requests = sent(ready, httpserver)
    assert len(requests) == 3
    assert {request.path for request in requests} == {"/hook"}
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    assert states(ready) == {COACH: "sent"}
    # A receiver drops what it has by its id: the first copy stays, and the address in it ends the digests.
    tokens = [request.json["data"]["unsubscribe"].rpartition("/")[2] for request in requests]
    with reading(ready.database.engine) as db:
        assert [email_of(db, token) for token in tokens] == [COACH] * 3
        assert email_of(db, tokens[0][:-1]) is None


def test_one_that_tells_more_when_it_is_sent_again_is_another(ready: World, httpserver: HTTPServer) -> None:
    """It was taken although the answer says otherwise: by the same id its receiver would drop what is new."""
    httpserver.expect_oneshot_request("/hook").respond_with_data("", 500)
    httpserver.expect_request("/hook").respond_with_data("")
    first, *_ = sent(ready, httpserver)
    with writing(ready.database.engine) as db:
        step = agree_step(ready.viewer("coach"), db, THEM.user_id, "Draw it first")
    mark_done(ready, step)
    _, second = sent(ready, httpserver)
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert "Draw it first" in second.get_data(as_text=True)
    assert states(ready) == {COACH: "sent"}


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "0.0.0.0", "[fd00:ec2::254]"]
)
def test_addresses_that_give_out_a_machines_keys_are_refused(host: str) -> None:
    settings = DeliverySettings(
        public_url="https://skills.example", digest_webhook_url=f"https://{host}/latest", digest_webhook_format="slack"
    )
    with pytest.raises(DeliveryError, match="leads to an address that no webhook may have"):
        post(settings, "id", datetime.now(UTC), b"{}")
