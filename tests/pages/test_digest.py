"""What is new, sent to oneself: chosen in the account's menu, and off until then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics import runtime
from analytics.access.viewer import Role, Viewer
from analytics.coaching.digests import Channel, Every, Subscription, digest_of
from analytics.database.sessions import reading
from tests.support.databases import Database
from tests.support.visitor import EMAIL, Visit, Visitor, errors

WAYS = {
    "PUBLIC_URL": "https://skills.example",
    "MAIL_FROM": "skills@example.org",
    "SMTP_URL": "smtp://127.0.0.1:25",
    "DIGEST_WEBHOOK_URL": "https://chat.example/hook",
    "DIGEST_WEBHOOK_FORMAT": "slack",
}


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in WAYS.items():
        monkeypatch.setenv(name, value)
    runtime.delivery_settings.cache_clear()
    yield
    runtime.delivery_settings.cache_clear()


def chosen(database: Database) -> Subscription | None:
    with reading(database.engine) as db:
        return digest_of(Viewer(Role.ADMIN, email=EMAIL), db)


def save(visitor: Visitor, page: Visit, often: str, way: Channel | None = None) -> None:
    page.at.session_state["digest"] = True
    visitor.again(page)
    next(box for box in page.at.segmented_control if box.label == "How often").set_value(often)
    if way is not None:
        next(box for box in page.at.segmented_control if box.label == "How").set_value(way)
    next(button for button in page.at.button if button.label == "Save").click()
    visitor.again(page)


@pytest.mark.usefixtures("ways")
def test_digests_are_off_until_somebody_chooses_them_and_end_when_they_do_not(
    database: Database, visitor: Visitor
) -> None:
    page = visitor.open("candidates")
    # What nobody opened is not read.
    assert [statement for statement in page.statements if "digests" in statement] == []
    save(visitor, page, "never")
    assert chosen(database) is None
    save(visitor, page, Every.WEEK, Channel.WEBHOOK)
    kept = chosen(database)
    assert kept is not None
    assert (kept.every, kept.channel, kept.with_scores, kept.chosen_as) == ("week", "webhook", False, "admin")
    assert "Every week, if there is anything new." in [str(message.value) for message in page.at.success]
    save(visitor, page, "never")
    assert chosen(database) is None
    assert errors(page) == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_where_nothing_can_be_sent_nothing_is_offered(visitor: Visitor) -> None:
    page = visitor.open("candidates")
    assert [box.label for box in page.at.expander] == []
