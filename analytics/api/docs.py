"""The interactive documentation, from files of this program: nothing is fetched from another host.

Anybody may fetch it. So what is large is compressed once, not for each who asks: that would take the server's time from
everybody else.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DESCRIPTION: Final = """\
Skills of interviewed people over time, read from the interview platform's own database.

Every request carries a bearer token and sees what its owner may see: an interviewee their own interviews, a coach those
of the candidates assigned to them, an admin everybody's. What somebody may not see answers exactly like what does not
exist. Scores lie between 0 and 1; what was stored but is not a score is `null`, with a `state` beside it where there is
room. Dates are ISO 8601 with their zone. Reads carry an `ETag`. Every error is a problem as in RFC 9457.
"""

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interview Skill Analytics - API</title>
<link rel="icon" href="docs-assets/favicon.png">
<link rel="stylesheet" href="docs-assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs-assets/swagger-ui-bundle.js"></script>
<script src="docs.js"></script>
</body>
</html>
"""
# A file of its own, so that the page works under a content security policy without inline scripts.
_SCRIPT: Final = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  validatorUrl: null,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
_COMPRESSED: Final = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


def mount(api: FastAPI) -> None:
    """Serve the documentation at `/docs`, and what it describes at `/openapi.json`."""

    @cache
    def described(below: str) -> tuple[bytes, bytes]:
        document = api.openapi() | ({"servers": [{"url": below}]} if below else {})
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return body, _compress(body)

    async def document(request: Request) -> Response:
        body, compressed = described(request.scope.get("root_path", "").rstrip("/"))
        if _takes_gzip(request.scope):
            return Response(compressed, headers=_COMPRESSED, media_type="application/json")
        return Response(body, media_type="application/json")

    async def page(_request: Request) -> Response:
        return HTMLResponse(_PAGE)

    async def script(_request: Request) -> Response:
        return Response(_SCRIPT, media_type="text/javascript")

    api.add_route("/openapi.json", document, include_in_schema=False)
    api.add_route("/docs", page, include_in_schema=False)
    api.add_route("/docs.js", script, include_in_schema=False)
    api.mount("/docs-assets", _Assets(directory=_assets()), name="docs-assets")


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file, or with what it is compressed."""
        answer = await super().get_response(path, scope)
        if not isinstance(answer, FileResponse) or not _takes_gzip(scope):
            return answer
        content = await to_thread.run_sync(_compressed_file, str(answer.path))
        headers = _COMPRESSED | {"Last-Modified": answer.headers["last-modified"]}
        return Response(content, headers=headers, media_type=answer.media_type)


def _takes_gzip(scope: Scope) -> bool:
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


@cache
def _compressed_file(path: str) -> bytes:
    return _compress(Path(path).read_bytes())


def _compress(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _assets() -> Path:
    """Find Swagger UI's files, as the package `fastapi-offline` brings them."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package fastapi-offline is missing: run `make run` or install requirements.txt.")
    return Path(spec.origin).parent / "static"
