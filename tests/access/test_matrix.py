"""Every page and every route, asked for by everybody, against the table in docs/access.md."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine
from starlette.routing import Mount
from streamlit.web.server.starlette import starlette_agent_routes

from analytics.access.personal_data import export_person
from analytics.api import PREFIX, create_api
from analytics.batches.maker import make_waiting
from analytics.batches.store import ask
from analytics.breakdown.jobs import store
from analytics.breakdown.versions import save
from analytics.coaching.links import make_link
from analytics.coaching.notes import Visibility, write_note
from analytics.coaching.steps import agree_step
from analytics.database.sessions import writing
from analytics.importing.tags import set_tags
from analytics.queries.tags import Tags
from analytics.reviews.requests import ReviewTarget, Step
from analytics.skills import SKILL_KEYS
from analytics.verdicts.verdicts import give_verdict
from analytics.views.reviews import answer_request, request_review
from tests.support.access_tables import EVERYBODY, rows
from tests.support.api_client import SETTINGS, Taking, bearer, client, platform_token
from tests.support.breakdowns import offline
from tests.support.databases import one_connection_left
from tests.support.practice import added_by_them
from tests.support.serving import Serving
from tests.support.websocket import outcome, visiting
from tests.support.world import MAY_SEE, PEOPLE, World, words_of_others

PAGES = {
    "Candidates": ("candidates", ""),
    "Your skills": ("own", "candidate=11"),
    "Candidate": ("candidate", "candidate=11"),
    "Compare": ("compare", "interviews=101,102"),
    "Add interviews": ("add", ""),
    "Interview": ("interview", "interview=101"),
    "Judge": ("judge", ""),
    "People": ("people", ""),
}
QUERIES = {
    "/interviews/analytics/skills/compare": "interview_ids=101,102",
    "/judges/agreement": "",
    "/interviews/{interview_id}/skills": "",
    "/interviews/{interview_id}/insights": "",
    "/interviews/{interview_id}/skills/versions": "",
    "/interviews/{interview_id}/tags": "",
    "/interviews/{interview_id}/practice": "",
    "/interviews/{interview_id}/skills/versions/{number}": "",
    "/interviews/{interview_id}/skills/regenerate": "",
    "/interviews/{interview_id}/verdicts": "",
    "/interviews/{interview_id}/verdicts/{skill}": "",
    "/jobs/{job_id}": "",
    "/jobs/{job_id}/cancel": "",
    "/judges": "",
    "/candidates": "",
    "/interviews": "",
    "/interviews/analytics/report/links/{link_id}/revoke": "",
    "/interviews/analytics/coaching/notes/{note_id}": "",
    "/interviews/analytics/coaching/steps/{step_id}": "",
    "/notes": "search=note",
    "/reviews": "",
    "/reports": "",
    "/reports/{batch_id}": "",
    "/reports/{batch_id}/zip": "",
    "/reviews/{review_id}/answer": "",
    "/reviews/{review_id}/again": "",
    "/interviews/{interview_id}/reviews": "",
    "/interviews/{interview_id}/self-ratings": "",
    "/interviews/{interview_id}/struck": "",
}


def served_routes(router: Any) -> Iterator[str]:
    """Name every route of a router, and of those it includes."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from served_routes(included)
        elif isinstance(route, Mount):
            yield f"GET {PREFIX}{route.path}"
        else:
            yield from (f"{method} {PREFIX}{route.path}" for method in sorted(route.methods - {"HEAD"}))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    engine = create_engine("sqlite://")
    api = create_api(lambda: SETTINGS, lambda: engine, lambda: Taking(engine))
    assert sorted(rows("route")) == sorted(served_routes(api))


def addressed(path: str, interview: int, ids: dict[str, str]) -> str:
    """Fill in a route's path."""
    filled = path.replace("{interview_id}", str(interview)).replace("{number}", "1").replace("{skill}", "technical")
    for name, value in ids.items():
        filled = filled.replace(f"{{{name}}}", value)
    return filled + ("/swagger-ui.css" if path.endswith("/docs-assets") else "")


def added(who: str) -> dict[str, Any]:
    """A form with a transcript of somebody's own, of an interview of the interviewee."""
    text = f"Ann: Why, {who}?\nBob: Because.\nAnn: And?\nBob: That is all.\n"
    fields = {"candidate": "Bob", "user_id": "11", "title": "Added", "held_at": "2026-03-02T10:00:00Z"}
    return {"files": {"file": ("talk.txt", text)}, "data": fields}


COACHING = f"{PREFIX}/interviews/analytics/coaching"
# What a route that writes is sent, where it is no verdict.
BODIES: dict[str, dict[str, Any]] = {
    f"POST {PREFIX}/interviews/analytics/report/links": {"days": 1},
    f"POST {COACHING}/notes": {"text": "A new note"},
    f"PATCH {COACHING}/notes/{{note_id}}": {"text": f"Another wording, of {PEOPLE['interviewee'].word}"},
    f"POST {COACHING}/steps": {"text": "A new step", "due_on": "2027-01-31"},
    f"PATCH {COACHING}/steps/{{step_id}}": {"state": "done", "word": "It worked"},
    f"POST {COACHING}/goals": {"skill": "technical", "target": 0.9},
    f"POST {PREFIX}/interviews/{{interview_id}}/reviews": {"skill": "technical", "reason": "I see it differently"},
    f"POST {PREFIX}/interviews/{{interview_id}}/self-ratings": {"levels": {"technical": 4}},
    f"PUT {PREFIX}/interviews/{{interview_id}}/practice": {"practice": False},
    f"POST {PREFIX}/interviews/{{interview_id}}/struck": {
        "skill": "technical", "kind": "strength", "claim": f"strengths about {PEOPLE['interviewee'].word}",
        "reason": "It was not so",
    },
    f"POST {PREFIX}/reports": {"user_ids": [PEOPLE["interviewee"].user_id]},
    f"POST {PREFIX}/reviews/{{review_id}}/answer": {"answer": "kept", "words": "It stays"},
    f"POST {PREFIX}/reviews/{{review_id}}/again": {"words": "Still not"},
}  # fmt: skip


def judged(route: str, who: str = "coach") -> dict[str, Any]:
    """A verdict as it is sent, with the interviewee's word in its reason; for another route its body, or a kind."""
    if route in BODIES:
        # An admin shows the claim again that the coach struck.
        back = {"struck": False} if who == "admin" and route.endswith("/struck") else {}
        return {"json": BODIES[route] | back}
    if not (route.startswith("POST") and route.endswith("/verdicts")):
        return {"json": {"kind": PEOPLE["interviewee"].word}}
    return {"json": {"skill": "technical", "level": 4, "reason": f"Knows {PEOPLE['interviewee'].word}"}}


def given(world: World) -> dict[str, str]:
    """Give the interviewee a note and a link to their report, their interview all that one can have; gives the ids."""
    engine, coach = world.database.engine, world.viewer("coach")
    added_by_them(world, 101)
    with writing(engine) as db:
        note = write_note(coach, db, 11, Visibility.SHARED, f"A note with {PEOPLE['interviewee'].word}")
        step = agree_step(coach, db, 11, f"Practise {PEOPLE['interviewee'].word}")
        set_tags(coach, db, 101, Tags(kind=PEOPLE["interviewee"].word))
        for judge in ("coach", "admin"):
            give_verdict(world.viewer(judge), db, 101, "technical", 3, reason=f"Heard of {PEOPLE['interviewee'].word}")
        link, _ = make_link(coach, db, 11)
        batch = ask(coach, db, [11])
    save.save(engine, 101, offline(), version_id="first", by=PEOPLE["coach"].email, write_back=False)
    ids = {
        "link_id": link.id,
        "batch_id": batch,
        "note_id": note,
        "step_id": step,
        "review_id": asked_for_review(world, 0),
    }
    return ids | {"job_id": store.request(coach, engine, 101).id}


def asked_for_review(world: World, place: int, *, answered: bool = False) -> str:
    """Let the interviewee ask about another score each time, and give the request's id."""
    about = ReviewTarget(101 + place // len(SKILL_KEYS), SKILL_KEYS[place % len(SKILL_KEYS)])
    with writing(world.database.engine) as db:
        request_id = request_review(world.viewer("interviewee"), db, about, f"Here it was {PEOPLE['interviewee'].word}")
        if answered:
            answer_request(world.viewer("coach"), db, request_id, Step.KEPT, "It stays")
    return request_id


def missing_ids(ids: dict[str, str]) -> dict[str, str]:
    """Ids of the same form that nothing has."""
    return dict.fromkeys(ids, str(uuid.uuid4()))


@pytest.mark.parametrize("route", rows("route"))
def test_a_route_answers_everybody_as_documented(world: World, route: str) -> None:
    method, _, path = route.partition(f" {PREFIX}")
    query = QUERIES.get(path, "user_id=11")
    ids = given(world)
    if path.endswith("/zip"):
        make_waiting(world.database.engine, SETTINGS)
    asked = client(world, SETTINGS.with_changes(self_rating=True), at_work=Taking(world.database.engine))
    world.database.allow_adding()
    for place, (who, expected) in enumerate(rows("route")[route].items(), 2):
        if path.startswith("/reviews/"):
            # Each person answers another one: what is answered stays so.
            ids["review_id"] = asked_for_review(world, place, answered=path.endswith("/again"))
        address = PREFIX + addressed(path, 101, ids)
        headers = {} if who == "nobody" else bearer(platform_token(PEOPLE[who].user_id))
        sent = added(who) if path == "/interviews" else judged(route, who)
        with one_connection_left(world.database.engine):
            answer = asked.request(method, f"{address}?{query}", headers=headers, **sent)
        assert (who, str(answer.status_code)) == (who, expected), answer.text
        assert [word for word in words_of_others(*MAY_SEE[who]) if word in answer.text] == []
        told_in_numbers = any(word in path for word in ("averages", "trends", "report"))
        if expected == "200" and path.startswith("/interviews/") and not told_in_numbers:
            assert PEOPLE["interviewee"].word in answer.text


@pytest.mark.parametrize(
    "route", [route for route in rows("route") if re.search("/(interviews|jobs|reports|reviews)/", route)]
)
def test_what_one_may_not_see_answers_like_what_does_not_exist(world: World, route: str) -> None:
    method, _, path = route.partition(" ")
    inner = path.removeprefix(PREFIX)
    query = QUERIES.get(inner, "user_id=11")
    ids = given(world)
    asked = client(world, SETTINGS.with_changes(self_rating=True))
    sent = judged(route)
    for who in ("other interviewee", "other coach"):
        headers = bearer(platform_token(PEOPLE[who].user_id))
        hidden = asked.request(method, f"{addressed(path, 101, ids)}?{query}", headers=headers, **sent)
        missing_query = query.replace("=11", "=99").replace("101,102", "998,999")
        nowhere = f"{addressed(path, 999, missing_ids(ids))}?{missing_query}"
        missing = asked.request(method, nowhere, headers=headers, **sent)
        # Whoever may never do such a thing is told so, whatever is there.
        assert str(hidden.status_code) == rows("route")[route][who] in {"404", "403"}
        assert hidden.status_code == 404 or method != "GET"
        assert (hidden.content, sorted(hidden.headers.items())) == (missing.content, sorted(missing.headers.items()))


def test_who_answered_a_request_is_named_to_coaches_and_admins_alone(world: World) -> None:
    request_id = asked_for_review(world, 0)
    with writing(world.database.engine) as db:
        answer_request(world.viewer("admin"), db, request_id, Step.VERDICT, "It was more", level=5)
    asked, name = client(world), PEOPLE["admin"].email
    naming: dict[str, set[str]] = {"interviewee": set(), "coach": set()}
    read = [route.partition(f" {PREFIX}")[2] for route in rows("route") if route.startswith("GET ")]
    for who, paths in naming.items():
        headers = bearer(platform_token(PEOPLE[who].user_id))
        for path in read:
            address = PREFIX + addressed(path, 101, dict.fromkeys(("job_id", "batch_id"), str(uuid.uuid4())))
            answer = asked.get(f"{address}?{QUERIES.get(path, 'user_id=11')}", headers=headers)
            paths |= {path} if name in answer.text else set()
    told = {"/interviews/{interview_id}/reviews", "/interviews/{interview_id}/verdicts"}
    assert naming == {"interviewee": set(), "coach": told}
    exported = export_person(world.database.engine, PEOPLE["interviewee"].user_id)
    assert name not in json.dumps(exported, default=str)


def test_every_page_has_a_row_and_every_row_a_page(serving: Serving) -> None:
    with visiting(serving.url, serving.cookie("admin")) as visitor:
        pages = set(visitor.run().pages)
    with visiting(serving.url, serving.cookie("interviewee")) as visitor:
        pages |= set(visitor.run().pages)
    assert pages == set(rows("page")) == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", EVERYBODY)
def test_a_page_shows_everybody_what_is_documented(serving: Serving, page: str, who: str) -> None:
    name, query = PAGES[page]
    with visiting(serving.url, serving.cookie(who)) as visitor:
        # Everybody's first page stands at the root; for the others there is no page of its name.
        root = page == ("Candidates" if who in {"coach", "other coach", "admin"} else "Your skills")
        run = visitor.run(page="" if root else name, query=query)
    assert outcome(run) == rows("page")[page][who]
    hidden = [word for word in words_of_others(*MAY_SEE[who]) if re.search(word, run.text, re.IGNORECASE)]
    assert hidden == []


def as_a_page(asked: httpx2.Client, headers: dict[str, str]) -> dict[str, str]:
    """Add what a page of the dashboard proves with that it is one."""
    told = asked.get("/_stcore/health").headers["set-cookie"]
    token = told.partition("_streamlit_xsrf=")[2].partition(";")[0]
    assert token
    cookies = "; ".join(filter(None, [headers.get("Cookie"), f"_streamlit_xsrf={token}"]))
    return {"Cookie": cookies, "X-Xsrftoken": token}


def test_every_agent_route_of_the_server_has_a_row() -> None:
    paths = [path for path in vars(starlette_agent_routes).values() if isinstance(path, str)]
    routes = {f"/{path}" for path in paths if path.startswith("_stcore/agent/")}
    assert len(routes) >= 3
    assert routes <= {address.split(" ")[1] for address in rows("address")}


@pytest.mark.parametrize("address", rows("address"))
def test_what_the_server_has_beside_the_pages_answers_everybody_as_documented(serving: Serving, address: str) -> None:
    method, _, path = address.partition(" ")
    with httpx2.Client(base_url=serving.url) as asked:
        for who, expected in rows("address")[address].items():
            cookie = serving.cookie(who)
            headers = {} if cookie is None else {"Cookie": f"_streamlit_user={cookie}"}
            if "upload_file" in path:
                headers = as_a_page(asked, headers)
            answer = asked.request(method, path, headers=headers, content=None if method == "GET" else b"{}")
            assert (who, str(answer.status_code)) == (who, expected)
            # Nothing tells an address that is off from one that there never was.
            if expected == "404":
                missing = asked.request(method, "/_stcore/agent/nothing", headers=headers)
                assert (answer.content, answer.headers["content-type"]) == (
                    missing.content,
                    "text/plain; charset=utf-8",
                )
