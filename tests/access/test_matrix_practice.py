"""Practice and digests, asked for by everybody, against the tables in docs/access.md."""

from __future__ import annotations

import pytest

from analytics.access.private import set_private
from analytics.api import PREFIX
from analytics.columns import now
from analytics.database.sessions import writing
from analytics.digests.sender import send_due
from tests.support.access_tables import EVERYBODY, rows
from tests.support.api_client import SETTINGS, Taking, bearer, client, platform_token
from tests.support.digests import AT_ONCE, choose, texts, tomorrow
from tests.support.mail_server import running_mail_server
from tests.support.platform_rows import add, feedback, interview
from tests.support.practice import PRACTICE, WORD, added_by_them, keep
from tests.support.serving import Serving
from tests.support.websocket import outcome, visiting
from tests.support.world import PEOPLE, World

PAGES = {"Interview": ("interview", f"interview={PRACTICE}")}
ROUTES = [name for name in rows("practice of the interviewee") if name not in PAGES]
# Titles of interviews that are new, by what the table calls them.
NEW = {"a shared interview": "Quartzite", "practice": "Rhodonite"}


@pytest.fixture(scope="module")
def kept(serving: Serving) -> Serving:
    """The program running, with the practice."""
    keep(serving.world)
    return serving


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", EVERYBODY)
def test_a_page_shows_practice_to_whom_it_is_documented(kept: Serving, page: str, who: str) -> None:
    name, query = PAGES[page]
    with visiting(kept.url, kept.cookie(who)) as visitor:
        run = visitor.run(page=name, query=query)
    assert outcome(run) == rows("practice of the interviewee")[page][who]
    assert (WORD in run.text.casefold()) == (who == "interviewee")


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_about_practice_as_documented(world: World, route: str) -> None:
    keep(world)
    asked = client(world, SETTINGS, at_work=Taking(world.database.engine))
    method, _, path = route.partition(" ")
    for who, expected in rows("practice of the interviewee")[route].items():
        headers = {} if who == "nobody" else bearer(platform_token(PEOPLE[who].user_id))
        address = path.replace("{interview_id}", str(PRACTICE))
        body = {"json": {"practice": True}} if method == "PUT" else {}
        answer = asked.request(method, address, headers=headers, **body)
        assert (who, str(answer.status_code)) == (who, expected), answer.text
        assert who == "interviewee" or WORD not in answer.text.casefold()
    assert path.startswith(PREFIX)


def test_a_digest_tells_everybody_what_is_documented(world: World) -> None:
    everybody = [who for who in EVERYBODY if who != "nobody"]
    for who in everybody:
        choose(world, who)
    moment = {"completed_at": now(), "created_at": now()}
    new = [
        interview(number, 11, title=title, feedback=feedback(0.5, 0.4, 0.6, 0.7), **moment)
        for number, title in zip((104, 105), NEW.values(), strict=True)
    ]
    add(world.database.platform_engine, rows=new)
    added_by_them(world, 105)
    with writing(world.database.engine) as db:
        set_private(world.viewer("interviewee"), db, 105, private=True)
    with running_mail_server() as mails:
        send_due(world.database.engine, SETTINGS, mails.settings(), at=tomorrow(), times=AT_ONCE)
        told = {str(message["To"]): texts(message) for message in mails.taken}
    for what, cells in rows("a digest about the interviewee, of").items():
        for who in everybody:
            said = NEW[what] in told.get(PEOPLE[who].email, "")
            assert (what, who, "told" if said else "not told") == (what, who, cells[who])
        assert cells["nobody"] == "not told"
