"""The websocket, spoken by hand: what no browser would send opens nothing, and what has ended is over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus

from analytics.access import members, sign_in
from analytics.access.sign_in import SignIn
from analytics.access.viewer import TRUSTED, Role
from analytics.database.sessions import writing
from analytics.interviewlab.tables import users
from analytics.settings import Settings
from tests.support.serving import Serving, status
from tests.support.websocket import COOKIE_SECRET, Run, claims_of, outcome, sign_in_cookie, visiting
from tests.support.world import ISSUER, MAY_SEE, PEOPLE, words_of_others

SETTINGS = Settings()
MINE = "interview=101"
THEIRS = "interview=201"


def leaked(who: str, *runs: Run) -> list[str]:
    """Give the words that somebody was shown and may not see."""
    return [word for word in words_of_others(*MAY_SEE[who]) for run in runs if re.search(word, run.text, re.IGNORECASE)]


def test_page_hashes_of_others_open_nothing(serving: Serving) -> None:
    with visiting(serving.url, serving.cookie("admin")) as visitor:
        hashes = visitor.run().pages
    assert {"Candidates", "People"} <= hashes.keys()
    for who in ("interviewee", "coach", "nobody", "deactivated"):
        with visiting(serving.url, serving.cookie(who)) as visitor:
            runs = [
                visitor.run(page_hash=page_hash, query="candidate=12&interview=201") for page_hash in hashes.values()
            ]
        assert leaked(who, *runs) == []
        assert not [run for run in runs if "Add a role" in run.text or "Audit trail" in run.text]


def test_ids_of_others_in_the_address_and_in_widgets_open_nothing(serving: Serving) -> None:
    # What an admin chooses on the pages, sent by somebody else under the same names.
    with visiting(serving.url, serving.cookie("admin")) as visitor:
        asked = [("", ""), ("compare", "interviews=201,301"), ("candidate", "candidate=12"), ("people", "")]
        seen = [visitor.run(page=page, query=query) for page, query in asked]
    names = sorted({name for run in seen for name in re.findall(r"\$\$[A-Z]+-[0-9a-f]{32}-[\w-]+", run.text)})
    assert len(names) >= 5
    values = (
        {"string_value": "12"},
        {"int_value": 12},
        {"int_array_value": {"data": [0, 1, 201, 301]}},
        {"string_array_value": {"data": ["201", "Admin"]}},
        {"trigger_value": True},
        {"json_value": '{"selection": {"rows": [0, 1], "points": [{"customdata": [201]}]}}'},
    )
    for who in ("interviewee", "coach"):
        with visiting(serving.url, serving.cookie(who)) as visitor:
            runs = [visitor.run(page=page, query=query) for page, query in asked]
            for value in values:
                forged = tuple(WidgetState(id=name, **value) for name in names)
                runs += [visitor.run(page=page, query=query, widgets=forged) for page, query in asked]
        assert leaked(who, *runs) == []


@pytest.mark.parametrize(
    "query",
    ["interview=999", "interview=0", "interview=-1", "interview=1e2", "interview=101,201", "interview=x", THEIRS],
)
def test_what_one_may_not_see_looks_like_what_does_not_exist(serving: Serving, query: str) -> None:
    def shown(address: str) -> list[str]:
        with visiting(serving.url, serving.cookie("coach")) as visitor:
            run = visitor.run(page="interview", query=address)
        elements = [message.delta for message in run.messages if message.WhichOneof("type") == "delta"]
        return [str(element) for element in elements]

    # The address itself stands in no element.
    assert shown(query) == shown("interview=12345")
    assert outcome_of(serving, "coach", MINE) == "shown"


def outcome_of(serving: Serving, who: str, query: str) -> str:
    with visiting(serving.url, serving.cookie(who)) as visitor:
        return outcome(visitor.run(page="interview", query=query))


def test_the_session_id_of_another_person_opens_a_session_of_ones_own(serving: Serving) -> None:
    with visiting(serving.url, serving.cookie("coach")) as coach:
        first = coach.run(page="interview", query=MINE)
        for who in ("other coach", "nobody"):
            with visiting(serving.url, serving.cookie(who), session_id=first.session_id) as thief:
                run = thief.run(page="interview", query=MINE)
            assert run.session_id != first.session_id
            assert leaked(who, run) == []
        # The coach goes on undisturbed.
        assert outcome(coach.run(page="interview", query=MINE)) == "shown"
    # Left behind, the session is still nobody else's.
    with visiting(serving.url, serving.cookie("other coach"), session_id=first.session_id) as thief:
        run = thief.run(page="interview", query=MINE)
    assert run.session_id != first.session_id
    assert leaked("other coach", run) == []


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param(lambda url: sign_in_cookie(url, claims_of("admin", ISSUER), "another secret"), id="forged"),
        pytest.param(lambda url: sign_in_cookie(url, claims_of("admin", ISSUER))[:-2] + "xx", id="changed"),
        pytest.param(
            lambda _url: sign_in_cookie("http://elsewhere.example", claims_of("admin", ISSUER)), id="elsewhere"
        ),
        pytest.param(lambda url: sign_in_cookie(url, {"sub": "admin"}), id="says too little"),
        pytest.param(lambda _url: COOKIE_SECRET, id="garbage"),
    ],
)
def test_a_cookie_that_the_program_did_not_make_opens_nothing(serving: Serving, cookie: Callable[[str], str]) -> None:
    with visiting(serving.url, cookie(serving.url)) as visitor:
        assert outcome(visitor.run(page="interview", query=MINE)) == "sign in"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email_verified": False}, sign_in.UNVERIFIED),
        ({"email_verified": "true"}, sign_in.UNVERIFIED),
        ({"email_verified": None}, sign_in.UNVERIFIED),
        ({"email": None, "sub": "without an e-mail"}, sign_in.UNKNOWN),
        ({"sub": "stranger", "email": "stranger@example.org"}, sign_in.UNKNOWN),
        ({"iat": 1_700_000_000}, "more than 8 hours old"),
        ({"iat": 4_000_000_000}, "still to come"),
        ({"iat": -1}, "more than 8 hours old"),
        *[({"iat": iat}, sign_in.UNUSABLE) for iat in (float("nan"), float("-inf"), 1e18, -1e18, 10**400, "now", [1])],
        *[
            ({name: f"a{odd}"}, sign_in.UNUSABLE)
            for name in ("iss", "sub", "email", "name")
            for odd in ("\0", "\ud800")
        ],
    ],
)
def test_a_sign_in_that_does_not_do_says_why_and_nothing_else(
    serving: Serving, claims: dict[str, object], said: str
) -> None:
    with visiting(serving.url, serving.cookie("coach", **claims)) as visitor:
        run = visitor.run(page="interview", query=MINE)
    assert said in run.text
    assert run.pages == {}
    assert PEOPLE["interviewee"].word not in run.text
    assert status(f"{serving.url}/media/{'a' * 56}.csv", serving.cookie("coach", **claims)) == 403


def test_another_site_cannot_open_the_websocket(serving: Serving) -> None:
    with (
        pytest.raises(InvalidStatus),
        visiting(serving.url, serving.cookie("admin"), origin="https://attacker.example"),
    ):
        pass


def test_messages_of_a_visitor_that_act_on_others_go_unanswered(serving: Serving) -> None:
    with visiting(serving.url, serving.cookie("coach")) as visitor:
        visitor.run(page="interview", query=MINE)
        for message in (BackMsg(clear_cache=True), BackMsg(load_git_info=True), BackMsg(debug_shutdown_runtime=True)):
            visitor.send(message)
        visitor.send(BackMsg(app_heartbeat=True))
        answered = {message.WhichOneof("type") for message in visitor.received("heartbeat_ack").messages}
        assert answered <= {"session_status_changed", "heartbeat_ack"}
        assert outcome(visitor.run(page="interview", query=MINE)) == "shown"


def test_two_people_at_once_never_see_each_others_data(serving: Serving) -> None:
    def walk(who: str) -> tuple[str, list[Run]]:
        with visiting(serving.url, serving.cookie(who)) as visitor:
            addresses = [("", ""), ("interview", MINE), ("interview", THEIRS), ("compare", "interviews=101,201"),
                         ("candidate", "candidate=11"), ("candidate", "candidate=12")]  # fmt: skip
            return who, [visitor.run(page=page, query=query) for _ in range(3) for page, query in addresses]

    walkers = ("coach", "other coach", "interviewee", "other interviewee")
    with ThreadPoolExecutor(len(walkers)) as pool:
        walked = dict(pool.map(walk, walkers))
    for who, runs in walked.items():
        assert leaked(who, *runs) == []
        own = PEOPLE[MAY_SEE[who][0]].word
        assert sum(own in run.text for run in runs) >= 6


@contextmanager
def changed_user(serving: Serving, who: str, **values: object) -> Iterator[None]:
    def change(**changed: object) -> None:
        with serving.world.database.platform_engine.begin() as connection:
            connection.execute(sa.update(users).where(users.c.id == PEOPLE[who].user_id).values(changed))

    with serving.world.database.platform_engine.begin() as connection:
        columns = [users.c[name] for name in values]
        before = connection.execute(sa.select(*columns).where(users.c.id == PEOPLE[who].user_id)).one()
    change(**values)
    try:
        yield
    finally:
        change(**before._mapping)


def test_a_removed_assignment_counts_for_an_open_session(serving: Serving) -> None:
    member, candidate = serving.world.member_ids["coach"], PEOPLE["interviewee"].user_id
    with visiting(serving.url, serving.cookie("coach")) as visitor:
        assert outcome(visitor.run(page="interview", query=MINE)) == "shown"
        with writing(serving.world.database.engine) as db:
            members.unassign(TRUSTED, db, member, [candidate])
        try:
            gone = visitor.run(page="interview", query=MINE)
            never = visitor.run(page="interview", query="interview=999")
            assert outcome(gone) == outcome(never) == "empty"
            elsewhere = (("candidate", "candidate=11"), ("compare", "interviews=101,102"), ("", ""))
            assert {outcome(visitor.run(page=page, query=query)) for page, query in elsewhere} == {"empty"}
        finally:
            with writing(serving.world.database.engine) as db:
                members.assign(TRUSTED, db, member, [candidate])
        assert outcome(visitor.run(page="interview", query=MINE)) == "shown"


def test_deactivation_counts_for_an_open_session(serving: Serving) -> None:
    with visiting(serving.url, serving.cookie("coach")) as visitor:
        assert outcome(visitor.run(page="interview", query=MINE)) == "shown"
        with changed_user(serving, "coach", is_active=False):
            assert outcome(visitor.run(page="interview", query=MINE)) == "refused"
        assert outcome(visitor.run(page="interview", query=MINE)) == "shown"


def test_another_role_counts_for_an_open_session(serving: Serving) -> None:
    email = "promoted@example.org"
    cookie = sign_in_cookie(serving.url, claims_of("promoted", ISSUER))
    with writing(serving.world.database.engine) as db:
        members.set_role(TRUSTED, db, email, Role.ADMIN, SETTINGS)
    with visiting(serving.url, cookie) as visitor:
        assert "People" in visitor.run().pages
        with writing(serving.world.database.engine) as db:
            members.set_role(TRUSTED, db, email, Role.COACH, SETTINGS)
        demoted = visitor.run(page="people")
        assert "People" not in demoted.pages
        assert "Add a role" not in demoted.text
        assert outcome(visitor.run(page="interview", query=MINE)) == "empty"
        with writing(serving.world.database.engine) as db:
            members.set_role(TRUSTED, db, email, Role.INTERVIEWEE, SETTINGS)
        assert sign_in.UNKNOWN in visitor.run(page="interview", query=MINE).text


def test_signing_out_ends_other_tabs_and_copied_cookies(serving: Serving) -> None:
    claims = claims_of("leaver", ISSUER)
    with writing(serving.world.database.engine) as db:
        members.set_role(TRUSTED, db, "leaver@example.org", Role.ADMIN, SETTINGS)
    copied = sign_in_cookie(serving.url, claims)
    with visiting(serving.url, copied) as first, visiting(serving.url, copied) as second:
        assert [outcome(tab.run(page="interview", query=MINE)) for tab in (first, second)] == ["shown", "shown"]
        button = first.run().widgets("Sign out")
        left = first.run(widgets=(WidgetState(id=button[0], trigger_value=True),))
        assert any(message.WhichOneof("type") == "auth_redirect" for message in left.messages)
        assert "You signed out." in second.run(page="interview", query=MINE).text
    with visiting(serving.url, copied) as thief:
        run = thief.run(page="interview", query=MINE)
        assert "You signed out." in run.text
        assert PEOPLE["interviewee"].word not in run.text
    # A new sign-in opens again.
    later = sign_in_cookie(serving.url, claims | {"iat": claims["iat"] + 1})
    with visiting(serving.url, later) as visitor:
        assert outcome(visitor.run(page="interview", query=MINE)) == "shown"


def test_who_signed_in_is_remembered_by_the_providers_own_name(serving: Serving) -> None:
    person = SignIn(ISSUER, PEOPLE["admin"].key, PEOPLE["admin"].email, True, sign_in.now())
    assert sign_in.viewer_of(serving.world.database.engine, person, SETTINGS).role is Role.ADMIN
    # A second account of the provider's with the admin's e-mail.
    with visiting(serving.url, serving.cookie("admin", sub="an impostor")) as visitor:
        run = visitor.run()
    assert sign_in.TAKEN in run.text
    assert run.pages == {}
