"""Notes and what leaves the house: reports, zips, links, digests and webhooks hold none, whoever asks."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from pytest_httpserver import HTTPServer

from analytics.api import PREFIX
from analytics.batches import store
from analytics.batches.maker import make_waiting
from analytics.coaching.digests import Channel
from analytics.coaching.links import make_link
from analytics.database.sessions import reading, writing
from analytics.digests.sender import send_due
from analytics.report.archive import archive
from analytics.report.html import report_html
from analytics.views.shared_report import open_report
from tests.support.api_client import SETTINGS, bearer, client, platform_token
from tests.support.coaching import READABLE, THEM, coach_them, words_in
from tests.support.digests import AT_ONCE, choose, mark_done, texts
from tests.support.mail_server import running_mail_server
from tests.support.world import PEOPLE, World

# What every one of them says about the step, so that it is known to hold what it should.
STEP = "Tell it in three sentences"


def printed(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


@pytest.mark.parametrize("who", PEOPLE)
def test_no_note_is_in_a_report_or_behind_a_link(world: World, who: str) -> None:
    coach_them(world)
    asked, token = client(world, SETTINGS), bearer(platform_token(PEOPLE[who].user_id))
    for kind in ("html", "pdf"):
        path = f"{PREFIX}/interviews/analytics/report?user_id={THEM.user_id}&format={kind}"
        answer = asked.get(path, headers=token)
        assert (who, answer.status_code == 200) == (who, who in READABLE)
        told = printed(answer.content) if who in READABLE and kind == "pdf" else answer.text
        assert (who, words_in(told), STEP in told) == (who, set(), who in READABLE)
    if who in READABLE:
        with writing(world.database.engine) as db:
            _, secret = make_link(world.viewer(who), db, THEM.user_id)
        report = open_report(world.database.engine, secret, SETTINGS)
        assert report is not None
        told = report_html(report)
        assert (words_in(told), STEP in told) == (set(), True)


@pytest.mark.parametrize("who", ["coach", "admin"])
def test_no_note_is_in_a_zip_of_reports(world: World, who: str) -> None:
    coach_them(world)
    with writing(world.database.engine) as db:
        batch = store.ask(world.viewer(who), db, [THEM.user_id])
    make_waiting(world.database.engine, SETTINGS)
    with reading(world.database.engine) as db:
        zipped = archive((name, content) for _, name, content in store.files(world.viewer(who), db, batch))
    with ZipFile(BytesIO(zipped)) as files:
        told = " ".join(printed(files.read(name)) for name in files.namelist())
    assert (words_in(told), STEP in told) == (set(), True)


@pytest.mark.parametrize("channel", Channel)
def test_no_note_is_in_a_digest_with_all_that_one_can_have_in_it(
    world: World, channel: Channel, httpserver: HTTPServer
) -> None:
    step = coach_them(world)["step"]
    for who in READABLE:
        choose(world, who, channel=channel, scores=True)
    mark_done(world, step)
    httpserver.expect_request("/hook").respond_with_data("")
    hook = {"digest_webhook_url": httpserver.url_for("/hook"), "digest_webhook_secret": "whsec_" + "A" * 32}
    with running_mail_server() as mails:
        assert send_due(world.database.engine, SETTINGS, mails.settings(**hook), times=AT_ONCE) == len(READABLE)
        told = [texts(message) for message in mails.taken]
    told += [request.get_data(as_text=True) for request, _ in httpserver.log]
    assert [(words_in(one), STEP in one) for one in told] == [(set(), True)] * len(READABLE)
