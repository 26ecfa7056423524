"""Verdicts over the API: given, read, withdrawn, and refused with one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_client import bearer, client, platform_token
from tests.support.world import PEOPLE, World

ADDRESS = "/api/v1/interviews/101/verdicts"
GIVEN: dict[str, Any] = {"skill": "technical", "level": 4, "reason": "Named the limits", "sentences": ["S1"]}


def headers(who: str) -> dict[str, str]:
    return bearer(platform_token(PEOPLE[who].user_id))


def test_a_verdict_is_given_read_and_withdrawn(world: World) -> None:
    asked = client(world)
    made = asked.post(ADDRESS, headers=headers("coach"), json=GIVEN)
    assert made.status_code == 201
    read = asked.get(ADDRESS, headers=headers("interviewee"))
    [verdict] = read.json()["verdicts"]["technical"]["history"]
    assert (verdict["level"], verdict["reason"], verdict["sentences"]) == (4, "Named the limits", ["S1"])
    assert (read.json()["may_judge"], read.json()["verdicts"]["technical"]["score"]) == (False, 0.75)
    assert read.json()["verdicts"]["communication"] == {"score": None, "mean": None, "counts": None, "history": []}
    unchanged = asked.get(ADDRESS, headers=headers("interviewee") | {"If-None-Match": read.headers["etag"]})
    assert unchanged.status_code == 304
    withdrawn = asked.delete(f"{ADDRESS}/technical", headers=headers("coach"))
    assert withdrawn.json()["verdicts"]["technical"]["counts"] is None
    assert [one["withdrawn"] for one in withdrawn.json()["verdicts"]["technical"]["history"]] == [True, False]
    assert asked.get(ADDRESS, headers=headers("interviewee")).json()["verdicts"]["technical"]["history"] == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"level": 6}, "less than or equal to 5"),
        ({"level": 2.5}, "valid integer"),
        ({"reason": "  "}, "Give a reason in one line."),
        ({"sentences": ["S99"]}, "no sentence S99"),
        ({"skill": "charm"}, "Input should be"),
        ({"by": "somebody"}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(world: World, change: dict[str, Any], sentence: str) -> None:
    asked = client(world)
    answer = asked.post(ADDRESS, headers=headers("coach"), json=GIVEN | change)
    assert (answer.status_code, sentence in answer.text) == (422, True), answer.text
    assert asked.get(ADDRESS, headers=headers("coach")).json()["verdicts"]["technical"]["history"] == []


def test_both_numbers_stand_beside_each_other_in_progression_and_comparison(world: World) -> None:
    asked = client(world)
    asked.post(ADDRESS, headers=headers("coach"), json=GIVEN)
    points = asked.get("/api/v1/interviews/analytics/skills/progression", headers=headers("interviewee")).json()
    assert [(point["score"], point["verdict"]) for point in points["technical"]] == [
        (0.5, 0.75),
        (0.6, None),
        (0.7, None),
    ]
    assert {point["verdict"] for point in points["communication"]} == {None}
    compared = asked.get(
        "/api/v1/interviews/analytics/skills/compare?interview_ids=101,102", headers=headers("interviewee")
    ).json()
    assert compared["comparison"]["technical"] == {"101": 0.5, "102": 0.6}
    assert compared["verdicts"]["technical"] == {"101": 0.75, "102": None}
