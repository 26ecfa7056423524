"""The OpenAPI document, walked by Schemathesis with good tokens and bad ones: every answer is a documented one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from sqlalchemy.engine import Engine

from analytics.api import create_api
from analytics.breakdown.jobs import store
from analytics.breakdown.versions import save
from tests.support.api_client import SETTINGS, Taking, platform_token
from tests.support.breakdowns import offline
from tests.support.databases import Databases
from tests.support.world import PEOPLE, populate

# Ids that exist, so that more than refusals is seen.
KNOWN: dict[str, Any] = {"user_id": 11, "interview_id": 101, "interview_ids": [101, 102], "number": 1}
TOKENS = {
    "admin": platform_token(PEOPLE["admin"].user_id),
    "interviewee": platform_token(PEOPLE["interviewee"].user_id),
    "deactivated": platform_token(PEOPLE["deactivated"].user_id),
    "expired": platform_token(PEOPLE["admin"].user_id, exp=1),
    "forged": platform_token(PEOPLE["admin"].user_id, secret="another secret of the same length as ours"),
}
LETS_IN = {"admin", "interviewee"}
# Two guesses that do not hold: unknown parameters are passed over, and a cursor is valid only if a page gave it.
NOT_HELD = [negative_data_rejection, positive_data_acceptance]


engines: list[Engine] = []
schema = schemathesis.openapi.from_asgi(
    "/openapi.json", create_api(lambda: SETTINGS, lambda: engines[0], lambda: Taking(engines[0]))
)
bounds = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# A bad token is refused before anything else of a request is read.
few = settings(bounds, max_examples=3)


@pytest.fixture(scope="module", autouse=True)
def people(sqlite_databases: Databases) -> Iterator[None]:
    """Put people behind the API, with a version and a job."""
    with sqlite_databases.fresh() as database:
        people = populate(database)
        save.save(database.engine, 101, offline(), version_id="known", by="coach@example.org", write_back=True)
        KNOWN["job_id"] = store.request(people.viewer("coach"), database.engine, 101).id
        engines.append(database.engine)
        yield
        engines.clear()


def refs(value: object) -> Iterator[str]:
    """Walk a JSON document for what it refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from refs(part)
    elif isinstance(value, list):
        for part in value:
            yield from refs(part)


def test_the_document_is_the_one_that_clients_were_made_from() -> None:
    document = create_api(lambda: SETTINGS, lambda: engines[0], lambda: Taking(engines[0])).openapi()
    assert json.loads(json.dumps(document)) == json.loads(Path(__file__).with_name("openapi.json").read_text())


def test_whatever_the_document_refers_to_is_in_it() -> None:
    document = create_api(lambda: SETTINGS, lambda: engines[0], lambda: Taking(engines[0])).openapi()
    schemas = document["components"]["schemas"]
    missing = {ref for ref in refs(document) if ref.removeprefix("#/components/schemas/") not in schemas}
    assert missing == set()


@pytest.mark.parametrize("who", sorted(LETS_IN))
@schema.parametrize()
@bounds
def test_every_answer_is_as_documented(case: Case, who: str) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {TOKENS[who]}"})
    case.validate_response(answer, excluded_checks=NOT_HELD)
    assert answer.status_code < 500


@pytest.mark.parametrize("who", sorted(TOKENS.keys() - LETS_IN))
@schema.parametrize()
@few
def test_a_bad_token_is_refused_as_documented(case: Case, who: str) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {TOKENS[who]}"})
    case.validate_response(answer, excluded_checks=NOT_HELD)
    assert answer.status_code in {401, 403, 405, 429}


@pytest.mark.parametrize("who", sorted(LETS_IN))
@schema.parametrize()
@bounds
def test_what_is_there_is_answered_as_documented(case: Case, who: str) -> None:
    for place in (case.query, case.path_parameters):
        place.update({name: value for name, value in KNOWN.items() if name in place})
    answer = case.call(headers={"Authorization": f"Bearer {TOKENS[who]}"})
    case.validate_response(answer, excluded_checks=NOT_HELD)
    assert answer.status_code < 500
