"""What anybody may fetch of the API's documentation: whole in any form, and compressed once for everybody."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analytics.api import create_api, routes
from tests.support.api_client import SETTINGS


def not_needed() -> Any:
    raise AssertionError


@pytest.fixture(scope="module")
def api() -> TestClient:
    made = create_api(lambda: SETTINGS, not_needed, not_needed)
    return TestClient(Starlette(routes=routes(made)), base_url="http://localhost/api/v1")


def raw(api: TestClient, path: str, accepted: str) -> tuple[str | None, bytes]:
    with api.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.status_code == 200
        return answer.headers.get("content-encoding"), b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", ["/openapi.json", "/docs-assets/swagger-ui-bundle.js", "/docs-assets/swagger-ui.css"])
def test_it_is_compressed_before_the_server_would_do_so_for_each_who_asks(api: TestClient, path: str) -> None:
    coding, plain = raw(api, path, "identity")
    assert coding is None
    coding, compressed = raw(api, path, "gzip, br")
    assert coding == "gzip"
    assert gzip.decompress(compressed) == plain
    # Nobody gets what they cannot read.
    assert raw(api, path, "br")[0] is None
    assert api.get("/docs-assets/nothing.js", headers={"Accept-Encoding": "gzip"}).status_code == 404
