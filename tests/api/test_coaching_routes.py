"""Writing in a coaching over the API: the same rules and sentences as on the page."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.access.viewer import TRUSTED
from analytics.api import PREFIX
from analytics.coaching.goals import set_goal
from analytics.coaching.notes import Visibility, notes_about
from analytics.database.sessions import reading, writing
from tests.support.api_client import bearer, client, platform_token
from tests.support.coaching import THEM, coach_them
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.world import PEOPLE, World

PATH = f"{PREFIX}/interviews/analytics/coaching"
ABOUT = f"user_id={THEM.user_id}"


class Asking:
    """The API, asked as somebody."""

    def __init__(self, world: World) -> None:
        self.client = client(world)

    def __call__(self, who: str, method: str, path: str, body: Any = None) -> Any:
        headers = bearer(platform_token(PEOPLE[who].user_id))
        return self.client.request(method, f"{PATH}{path}", headers=headers, json=body)


@pytest.fixture
def ask(world: World) -> Asking:
    return Asking(world)


def test_a_note_is_written_rewritten_and_taken_back(world: World, ask: Asking) -> None:
    made = ask("coach", "POST", f"/notes?{ABOUT}", {"text": " Good plan ", "skill": "technical", "interview_id": 101})
    assert made.status_code == 201
    note = made.json()
    assert (note["text"], note["skill"], note["interview_id"], note["written_by"]) == (
        "Good plan", "technical", 101, PEOPLE["coach"].email,
    )  # fmt: skip
    changed = ask("coach", "PATCH", f"/notes/{note['id']}", {"text": "Very good plan"}).json()
    assert changed["text"] == "Very good plan"
    assert changed["changed_at"] > changed["written_at"] == note["written_at"]
    assert ask("interviewee", "GET", f"?{ABOUT}").json()["notes"] == [changed]
    assert ask("interviewee", "PATCH", f"/notes/{note['id']}", {"text": "Mine"}).status_code == 404
    for nothing in ("", "   "):
        assert ask("coach", "PATCH", f"/notes/{note['id']}", {"text": nothing}).status_code == 422
    assert ask("coach", "DELETE", f"/notes/{note['id']}").status_code == 204
    assert ask("interviewee", "GET", f"?{ABOUT}").json()["notes"] == []
    assert ask("coach", "DELETE", f"/notes/{note['id']}").status_code == 404


def test_a_note_that_is_not_shared_cannot_be_reached_even_by_who_wrote_it(world: World, ask: Asking) -> None:
    ids = coach_them(world)
    missing = ask("coach", "PATCH", "/notes/00000000-0000-4000-8000-000000000000", {"text": "x"})
    for method, body in (("PATCH", {"text": "Out it comes"}), ("DELETE", None)):
        answer = ask("coach", method, f"/notes/{ids['alabaster']}", body)
        assert (answer.status_code, answer.json()["detail"]) == (404, missing.json()["detail"])
    with reading(world.database.engine) as db:
        kept = {note.id: note for note in notes_about(world.viewer("coach"), db, THEM.user_id, private=True)}
    assert (kept[ids["alabaster"]].text, kept[ids["alabaster"]].visibility) == (
        "A note about alabaster.", Visibility.ME,
    )  # fmt: skip


def test_a_step_is_agreed_by_a_coach_and_marked_by_the_person(ask: Asking) -> None:
    step = {"text": "Sum up", "skill": "communication", "due_on": "2027-01-31", "doer": "candidate"}
    refused = ask("interviewee", "POST", f"/steps?{ABOUT}", step)
    assert (refused.status_code, refused.json()["detail"]) == (
        403, "Only a coach of this candidate or an admin may do this.",
    )  # fmt: skip
    made = ask("coach", "POST", f"/steps?{ABOUT}", step).json()
    assert {name: made[name] for name in step} == step
    assert made["state"] == "open"
    done = ask("interviewee", "PATCH", f"/steps/{made['id']}", {"state": "done", "word": "Clearer"}).json()
    assert (done["state"], done["word"]) == ("done", "Clearer")
    assert ask("coach", "GET", f"?{ABOUT}").json()["steps"] == [done]


def test_a_goal_is_set_in_place_of_the_former_one_and_taken_away(ask: Asking) -> None:
    for target in (0.7, 0.9):
        made = ask("coach", "POST", f"/goals?{ABOUT}", {"skill": "technical", "target": target, "why": "Next level"})
        assert (made.status_code, made.json()["target"], made.json()["reached"]) == (201, target, False)
    assert [goal["target"] for goal in ask("interviewee", "GET", f"?{ABOUT}").json()["goals"]] == [0.9]
    assert ask("interviewee", "DELETE", f"/goals/technical?{ABOUT}").status_code == 403
    assert ask("coach", "DELETE", f"/goals/technical?{ABOUT}").status_code == 204
    assert ask("interviewee", "GET", f"?{ABOUT}").json()["goals"] == []


def test_a_level_at_the_end_of_the_scale_is_told_with_its_goal(database: Database) -> None:
    """The line through these scores ends above 1."""
    scores = (0.6, 0.7, 0.8, 0.9, 1, 1, 1, 1, 1, 1)
    rows = [interview(number, feedback=feedback(*[score] * 4)) for number, score in enumerate(scores, 1)]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with writing(database.engine) as db:
        set_goal(TRUSTED, db, 1, "technical", 0.95)
    answer = client(World(database)).get(f"{PATH}?user_id=1", headers=bearer(platform_token(1)))
    assert answer.status_code == 200
    (goal,) = answer.json()["goals"]
    assert (goal["current"], goal["reached"]) == (1.0, False)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("notes", {"text": "a\0b"}),
        ("notes", {"text": "Here", "interview_id": 301}),
        ("notes", {"text": "Here", "visibility": "me"}),
        ("steps", {"text": " "}),
        ("steps", {"text": "x" * 501}),
        ("goals", {"skill": "technical", "target": 0}),
        ("goals", {"skill": "juggling", "target": 0.5}),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence_and_leaves_nothing(
    ask: Asking, path: str, body: dict[str, Any]
) -> None:
    answer = ask("coach", "POST", f"/{path}?{ABOUT}", body)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
    assert ask("coach", "GET", f"?{ABOUT}").json() == {"notes": [], "steps": [], "goals": []}
