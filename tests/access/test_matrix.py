"""Every page and every route, asked for by everybody, against the table in docs/access.md."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from starlette.routing import Mount

from analytics.api import PREFIX, create_api
from analytics.breakdown import jobs, saving
from tests.access.conftest import Serving
from tests.api.client import SETTINGS, Taking, bearer, client, platform_token
from tests.breakdown.test_versions import offline
from tests.parts.websocket import Run, visiting
from tests.parts.world import PEOPLE, World, words_of_others

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
EVERYBODY = ("nobody", "interviewee", "other interviewee", "coach", "other coach", "admin", "deactivated")
# Whose words may stand in what somebody is shown; an admin may see everybody's.
MAY_SEE = {
    "nobody": (),
    "interviewee": ("interviewee",),
    "other interviewee": ("other interviewee",),
    "coach": ("interviewee", "coach"),
    "other coach": ("other interviewee", "other coach"),
    "admin": tuple(PEOPLE),
    "deactivated": ("deactivated",),
}
PAGES = {
    "Candidates": ("candidates", ""),
    "Your skills": ("own", "candidate=11"),
    "Candidate": ("candidate", "candidate=11"),
    "Compare": ("compare", "interviews=101,102"),
    "Interview": ("interview", "interview=101"),
    "People": ("people", ""),
}
QUERIES = {
    "/interviews/analytics/skills/compare": "interview_ids=101,102",
    "/interviews/{interview_id}/skills": "",
    "/interviews/{interview_id}/insights": "",
    "/interviews/{interview_id}/skills/versions": "",
    "/interviews/{interview_id}/skills/versions/{number}": "",
    "/interviews/{interview_id}/skills/regenerate": "",
    "/jobs/{job_id}": "",
    "/jobs/{job_id}/cancel": "",
    "/candidates": "",
}


def rows(heading: str) -> dict[str, dict[str, str]]:
    """Read one of the document's tables: a row for each page or route, a cell for each person."""
    lines = DOCUMENT.read_text().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:]]
    names = split[0][1:]
    body = split[2 : next((place for place, row in enumerate(split) if len(row) < 2), None)]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in body}


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


def addressed(path: str, interview: int, job: str) -> str:
    """Fill in a route's path."""
    filled = path.replace("{interview_id}", str(interview)).replace("{number}", "1").replace("{job_id}", job)
    return filled + ("/swagger-ui.css" if path.endswith("/docs-assets") else "")


def given(world: World) -> str:
    """Give the interviewee's interview a version and an open job; the job's id."""
    engine = world.database.engine
    saving.save(engine, 101, offline(), version_id="first", by=PEOPLE["coach"].email, write_back=False)
    return jobs.enter(world.viewer("coach"), engine, 101).id


@pytest.mark.parametrize("route", rows("route"))
def test_a_route_answers_everybody_as_documented(world: World, route: str) -> None:
    method, _, path = route.partition(f" {PREFIX}")
    query = QUERIES.get(path, "user_id=11")
    address = PREFIX + addressed(path, 101, given(world))
    asked = client(world, at_work=Taking(world.database.engine))
    for who, expected in rows("route")[route].items():
        headers = {} if who == "nobody" else bearer(platform_token(PEOPLE[who].user_id))
        answer = asked.request(method, f"{address}?{query}", headers=headers)
        assert (who, str(answer.status_code)) == (who, expected)
        assert [word for word in words_of_others(*MAY_SEE[who]) if word in answer.text] == []
        if expected == "200" and path.startswith("/interviews") and "averages" not in path and "trends" not in path:
            assert PEOPLE["interviewee"].word in answer.text


@pytest.mark.parametrize("route", [route for route in rows("route") if "/interviews/" in route or "/jobs/" in route])
def test_what_one_may_not_see_answers_like_what_does_not_exist(world: World, route: str) -> None:
    method, _, path = route.partition(" ")
    query = QUERIES.get(path.removeprefix(PREFIX), "user_id=11")
    job = given(world)
    asked = client(world)
    for who in ("other interviewee", "other coach"):
        headers = bearer(platform_token(PEOPLE[who].user_id))
        hidden = asked.request(method, f"{addressed(path, 101, job)}?{query}", headers=headers)
        missing_query = query.replace("=11", "=99").replace("101,102", "998,999")
        missing = asked.request(method, f"{addressed(path, 999, str(uuid.uuid4()))}?{missing_query}", headers=headers)
        # Whoever may never do such a thing is told so, whatever is there.
        assert str(hidden.status_code) == rows("route")[route][who] in {"404", "403"}
        assert hidden.status_code == 404 or method != "GET"
        assert (hidden.content, sorted(hidden.headers.items())) == (missing.content, sorted(missing.headers.items()))


def outcome(run: Run) -> str:
    """Name what was shown, in the words of the document."""
    text = run.text
    assert "encountered an error" not in text
    if "Sign in to see how interview skills develop." in text:
        assert run.pages == {}
        return "sign in"
    if "Your account is deactivated." in text:
        assert run.pages == {}
        return "refused"
    if run.page_not_found:
        return "no page"
    return "shown" if PEOPLE["interviewee"].word in text.lower() or "Give a role" in text else "empty"


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
