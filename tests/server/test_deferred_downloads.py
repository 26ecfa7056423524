"""Files that are made when somebody takes them: for whoever opened the page, while they may still see it."""

from __future__ import annotations

import urllib.request

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from analytics.access import members
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.batches import store
from analytics.database.sessions import reading, writing
from analytics.settings import Settings
from tests.support.serving import Serving
from tests.support.waiting import wait_until
from tests.support.websocket import Run, Visitor, claims_of, sign_in_cookie, visiting
from tests.support.world import ISSUER, PEOPLE


def opened(visitor: Visitor, page: str, query: str, key: str) -> Run:
    """Open a page, and what this key names on it."""
    shown = visitor.run(page=page, query=query)
    blocks = [message.delta.add_block for message in shown.messages if message.WhichOneof("type") == "delta"]
    ids = [getattr(block, kind).id for block in blocks for kind in ("popover", "expandable")]
    opener = next(one for one in ids if one.endswith(f"-{key}"))
    return visitor.run(page=page, query=query, widgets=(WidgetState(id=opener, bool_value=True),))


def file_ids(run: Run) -> dict[str, str]:
    """The files that are offered, by the key of their button."""
    buttons = [
        message.delta.new_element.download_button for message in run.messages if message.WhichOneof("type") == "delta"
    ]
    return {button.id.rsplit("-", 1)[-1]: button.deferred_file_id for button in buttons if button.deferred_file_id}


def taken(serving: Serving, visitor: Visitor, page: Run, file_id: str) -> bytes:
    """What is in a file that is taken now."""
    message = BackMsg()
    message.backend_operation_request.request_id = "one"
    message.backend_operation_request.session_id = page.session_id
    message.backend_operation_request.deferred_file.file_id = file_id
    visitor.send(message)
    answer = visitor.received("backend_operation_response").messages[-1].backend_operation_response
    assert not answer.error_msg
    # The file is there for everybody who has its name, which tells what the page's own session could get.
    request = urllib.request.Request(
        serving.url + answer.deferred_file.url, headers={"Cookie": f"_streamlit_user={serving.cookie('coach')}"}
    )
    with urllib.request.urlopen(request, timeout=60) as file:
        return bytes(file.read())


@pytest.mark.parametrize(
    ("page", "query", "opener", "keys"),
    [
        ("candidate", "candidate=11", "report", {"report_html": b"<!DOCTYPE html>", "report_pdf": b"%PDF"}),
        ("", "", "reports", {"cohort_html": b"<!DOCTYPE html>", "cohort_pdf": b"%PDF", "reports_zip": b"PK"}),
    ],
)
def test_an_open_page_gives_no_file_once_its_admin_is_none(
    serving: Serving, page: str, query: str, opener: str, keys: dict[str, bytes]
) -> None:
    def give(role: Role) -> None:
        with writing(serving.world.database.engine) as db:
            members.set_role(TRUSTED, db, "boss@example.org", role, Settings())

    give(Role.ADMIN)
    boss, engine = Viewer(Role.ADMIN, email="boss@example.org"), serving.world.database.engine
    with writing(engine) as db:
        asked = store.ask(boss, db, [PEOPLE["interviewee"].user_id])

    def is_made() -> bool:
        with reading(engine) as db:
            return not store.find(boss, db, asked).is_open

    wait_until(is_made, "the report")
    with visiting(serving.url, sign_in_cookie(serving.url, claims_of("boss", ISSUER))) as visitor:
        shown = opened(visitor, page, query, opener)
        files = file_ids(shown)
        for key, begins in keys.items():
            assert taken(serving, visitor, shown, files[key]).startswith(begins)
        give(Role.INTERVIEWEE)
        assert [taken(serving, visitor, shown, files[key]) for key in keys] == [b""] * len(keys)


def test_an_open_page_gives_nothing_of_their_own_to_whoever_was_signed_out(serving: Serving) -> None:
    them = PEOPLE["interviewee"]
    with visiting(serving.url, serving.cookie("interviewee")) as visitor:
        shown = opened(visitor, "own", "", "own_data")
        file = file_ids(shown)["export_own"]
        assert them.word.encode() in taken(serving, visitor, shown, file)
        with writing(serving.world.database.engine) as db:
            members.end_sessions(TRUSTED, db, them.email)
        assert taken(serving, visitor, shown, file) == b""
