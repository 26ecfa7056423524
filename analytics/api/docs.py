"""The interactive documentation, from files of this program: nothing is fetched from another host."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

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


def mount(api: FastAPI) -> None:
    """Serve the documentation at `/docs`."""

    async def page(_request: Request) -> Response:
        return HTMLResponse(_PAGE)

    async def script(_request: Request) -> Response:
        return Response(_SCRIPT, media_type="text/javascript")

    api.add_route("/docs", page, include_in_schema=False)
    api.add_route("/docs.js", script, include_in_schema=False)
    api.mount("/docs-assets", StaticFiles(directory=_assets()), name="docs-assets")


def _assets() -> Path:
    """Find Swagger UI's files, as the package `fastapi-offline` brings them."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package fastapi-offline is missing: run `make run` or install requirements.txt.")
    return Path(spec.origin).parent / "static"
