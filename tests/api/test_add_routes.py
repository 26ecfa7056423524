"""`POST /interviews`: the page's way in, with the same checks and the same sentences."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from analytics.api.add_routes import MOST_COMING_OF_ONE, MOST_WAITING, READER
from analytics.interviewlab.tables import interviews, users
from tests.support.api_client import SETTINGS, bearer, client, platform_token
from tests.support.world import PEOPLE, World

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
TALK = "Ann Lee: Hi Bob, why a queue?\nBob Roy: It absorbs peaks.\nAnn Lee: And?\nBob Roy: That is all.\n"
FIELDS = {"candidate": "Bob Roy", "title": "Backend", "held_at": "2026-03-02T10:00:00+01:00"}


def post(world: World, who: str = "coach", *, data: bytes | str = TALK, **fields: str | None) -> Any:
    sent = {name: value for name, value in (FIELDS | {"user_id": "11"} | fields).items() if value is not None}
    headers = bearer(platform_token(PEOPLE[who].user_id))
    return client(world).post("/api/v1/interviews", headers=headers, data=sent, files={"file": ("../../x.exe", data)})


def count(world: World) -> int:
    with world.database.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(interviews)).scalar_one())


def test_a_transcript_becomes_an_interview_once(world: World) -> None:
    answer = post(world, kind="coding", difficulty="3")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["user_id"], told["new"], told["format"], told["warnings"]) == (11, True, "Text", [])
    assert told["speakers"] == ["Ann Lee", "Bob Roy"]
    again = post(world, title="Another title")
    assert (again.status_code, again.json()["new"], again.json()["interview_id"]) == (200, False, told["interview_id"])


def test_somebody_new_is_named_by_e_mail(world: World) -> None:
    answer = post(world, "admin", user_id=None, person="Bob@Example.org", name="Bob Roy")
    assert answer.status_code == 201
    with world.database.engine.connect() as connection:
        email = connection.execute(sa.select(users.c.email).where(users.c.id == answer.json()["user_id"])).scalar()
    assert email == "bob@example.org"


def test_the_candidate_who_is_named_speaks_also_where_they_come_once(world: World) -> None:
    lines = "because\nof\nthe\nload\nthat we saw\n"
    answer = post(world, data=f"Ann Lee: Why?\n{lines}Bob Roy: Indeed.\nmore\n{lines}Ann Lee: Thanks.\n")
    assert answer.status_code == 201, answer.text
    assert answer.json()["speakers"] == ["Ann Lee", "Bob Roy"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"candidate": None}, "Say who the candidate is: Ann Lee, Bob Roy."),
        ({"candidate": "Somebody"}, "Say who the candidate is: Ann Lee, Bob Roy."),
        ({"data": "nothing that anybody said"}, "No line of this text says who speaks."),
        ({"data": b"%PDF-1.4"}, "This is a PDF, not a transcript."),
        ({"data": b""}, "This file is empty."),
        ({"user_id": "12"}, "You cannot add interviews for this person."),
        ({"user_id": "999"}, "You cannot add interviews for this person."),
        ({"user_id": None}, "Say whose interview it is"),
        ({"held_at": "2026-03-02T10:00:00"}, "Write the date with its zone"),
        ({"held_at": None}, "The request is not valid."),
        ({"difficulty": "9"}, "The request is not valid."),
        ({"misspelt": "x"}, "The request is not valid."),
        ({"data": b"x" * 10_000_001}, "This file is larger than 10 MB."),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_is_saved(
    world: World, changes: dict[str, Any], sentence: str
) -> None:
    before = count(world)
    answer = post(world, **changes)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["detail"].startswith(sentence)
    assert count(world) == before


def test_interviewees_add_their_own_only_where_that_is_set(world: World) -> None:
    assert post(world, "interviewee").status_code == 403
    asked = client(world, SETTINGS.with_changes(interviewees_add=True))
    headers = bearer(platform_token(11))
    files = {"file": ("talk.txt", TALK)}
    own = asked.post("/api/v1/interviews", headers=headers, data=FIELDS, files=files)
    other = asked.post("/api/v1/interviews", headers=headers, data=FIELDS | {"user_id": "12"}, files={
        "file": ("talk.txt", TALK + "Bob Roy: More.\n")})  # fmt: skip
    assert (own.status_code, other.status_code) == (201, 422)


def test_a_stranger_is_asked_for_a_token_before_the_form_is_read(world: World) -> None:
    answer = client(world).post("/api/v1/interviews", content=b"no form at all")
    assert answer.status_code == 401
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    assert client(world).post("/api/v1/interviews", headers=headers, content=b"no form at all").status_code == 422


def test_tags_are_said_read_and_taken_away(world: World) -> None:
    asked, address = client(world), "/api/v1/interviews/101/tags"
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    said = asked.put(address, headers=headers, json={"kind": " system  design ", "difficulty": 4})
    assert said.json() == {"interview_id": 101, "kind": "system design", "difficulty": 4, "post": None}
    assert asked.get(address, headers=headers).json() == said.json()
    assert asked.put(address, headers=headers, json={"difficulty": 9}).status_code == 422
    assert asked.get(address, headers=headers).json() == said.json()
    assert asked.put(address, headers=headers, json={}).json() == {
        "interview_id": 101,
        "kind": None,
        "difficulty": None,
        "post": None,
    }
    # Interviewees read what an interview is said to be, and change nothing.
    own = bearer(platform_token(PEOPLE["interviewee"].user_id))
    assert asked.put(address, headers=own, json={"kind": "mock"}).status_code == 403
    assert asked.get(address, headers=own).json()["kind"] is None


def test_how_a_file_is_read_can_be_said(world: World) -> None:
    cues = "WEBVTT\n\n00:01.000 --> 00:02.000\nAnn Lee: Why?\n\n00:03.000 --> 00:04.000\nBob Roy: So.\n"
    before = count(world)
    assert (post(world, data=cues, format="json").status_code, count(world)) == (422, before)
    assert post(world, data=cues, format="pdf").json()["detail"] == "The request is not valid."
    assert post(world, data=cues, format="subtitles").json()["format"] == "WebVTT"


def test_one_person_adds_so_many_a_day_and_no_more(world: World) -> None:
    asked = client(world, SETTINGS.with_changes(added_interviews_per_day=1))
    headers, fields = bearer(platform_token(PEOPLE["coach"].user_id)), FIELDS | {"user_id": "11"}

    def send(talk: str, sent_headers: dict[str, str]) -> Any:
        return asked.post("/api/v1/interviews", headers=sent_headers, data=fields, files={"file": ("talk.txt", talk)})

    first = send(TALK, headers)
    assert first.status_code == 201
    # Deleting what was added gives nothing back.
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == first.json()["interview_id"]))
    before = count(world)
    refused = send(f"{TALK}Ann Lee: Thanks.\n", headers)
    assert (refused.status_code, refused.json()["detail"]) == (
        429,
        "You have reached today's limit of 1 added interviews. Try again tomorrow.",
    )
    assert "retry-after" in refused.headers
    assert count(world) == before
    # It is one person's limit and nobody else's.
    others = send(f"{TALK}Ann Lee: Thanks.\n", bearer(platform_token(PEOPLE["admin"].user_id)))
    assert others.status_code == 201


def test_files_are_read_one_at_a_time_and_whoever_comes_to_a_long_queue_is_told_so(world: World) -> None:
    headers = bearer(platform_token(PEOPLE["coach"].user_id))

    async def ask() -> tuple[Counter[int], int, str]:
        transport = httpx2.ASGITransport(app=client(world).app)
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=300) as asking,
            asyncio.TaskGroup() as tasks,
        ):

            def post(number: int) -> asyncio.Task[httpx2.Response]:
                fields = FIELDS | {"user_id": "11", "title": str(number)}
                files = {"file": ("x.txt", f"{TALK}Ann Lee: Thanks, {number}.\n")}
                return tasks.create_task(asking.post("/api/v1/interviews", headers=headers, data=fields, files=files))

            gate = threading.Event()
            reading = tasks.create_task(READER.run(gate.wait))
            waiting = [post(number) for number in range(MOST_WAITING)]
            try:
                while READER.calls < 1 + MOST_WAITING:
                    await asyncio.sleep(0)
                refused = await post(MOST_WAITING)
                other = await asking.get("/api/v1/interviews/analytics/coaching?user_id=11", headers=headers)
            finally:
                gate.set()
            await reading
            answers = [await one for one in waiting]
        assert refused.headers["Retry-After"] == "10"
        return Counter(one.status_code for one in [*answers, refused]), other.status_code, refused.json()["detail"]

    statuses, meanwhile, sentence = asyncio.run(ask())
    assert statuses == {201: MOST_WAITING, 503: 1}
    assert (meanwhile, sentence) == (200, "Several files are being read. Try again in a moment.")


def test_files_that_never_end_are_held_up_to_a_bound_of_each_person(world: World) -> None:
    api = client(world).app

    async def ask() -> tuple[list[int], int, int]:
        go_on = asyncio.Event()
        begun = 0

        async def drip() -> AsyncIterator[bytes]:
            nonlocal begun
            begun += 1
            yield b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nx'
            await go_on.wait()
            yield b"\r\n--b--\r\n"

        def post(who: str) -> asyncio.Task[httpx2.Response]:
            headers = bearer(platform_token(PEOPLE[who].user_id)) | {"Content-Type": "multipart/form-data; boundary=b"}
            return asyncio.create_task(asking.post("/api/v1/interviews", headers=headers, content=drip()))

        transport = httpx2.ASGITransport(api)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=300) as asking:
            held = [post("coach") for _ in range(MOST_COMING_OF_ONE)]
            while begun < MOST_COMING_OF_ONE:
                await asyncio.sleep(0)
            refused = await post("coach")
            other = post("admin")
            while begun < MOST_COMING_OF_ONE + 1:
                await asyncio.sleep(0)
            go_on.set()
            return [(await one).status_code for one in held], refused.status_code, (await other).status_code

    # What has ended is refused for what it says alone.
    assert asyncio.run(ask()) == ([422] * MOST_COMING_OF_ONE, 503, 422)
