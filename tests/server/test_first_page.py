"""The page that a browser loads first is ours wherever Streamlit's would be, and nothing else is changed."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from analytics.server.first_page import FirstPage
from pages.parts.shell.first_page import _NEEDED, first_page

OURS = "<!doctype html><title>Ours</title>"


@pytest.fixture
def visitor() -> TestClient:
    routes = [Route("/report", lambda _: HTMLResponse("<p>A report"))]
    return TestClient(FirstPage(Starlette(routes=[*routes, *create_streamlit_static_assets_routes("")]), page=OURS))


@pytest.mark.parametrize("path", ["/", "/candidate", "/candidate?candidate=3", "/index.html"])
def test_it_stands_at_every_page(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.text == OURS
    assert answer.headers["cache-control"] == "no-cache"
    # A browser that kept Streamlit's own page is not told that it may go on using it.
    assert not {"etag", "last-modified"} & set(answer.headers)
    theirs = TestClient(Starlette(routes=create_streamlit_static_assets_routes(""))).get("/")
    assert visitor.get(path, headers={"If-None-Match": theirs.headers["etag"]}).text == OURS
    assert visitor.head(path).headers["content-length"] == str(len(OURS))


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/judge/own?part=2", "/own?part=2"), ("/a/b/nonsense", "/nonsense"), ("/x/https:%2F%2Fevil.example", None)],
)
@pytest.mark.parametrize("base", ["", "dashboard"])
def test_an_address_of_several_parts_leads_to_its_last_one(path: str, leads_to: str | None, base: str) -> None:
    program = FirstPage(Starlette(routes=[*create_streamlit_static_assets_routes(base)]), page=OURS)
    visitor = TestClient(program, base_url=f"http://here/{base}")
    answer = visitor.get(path)
    assert answer.url.host == "here"
    assert OURS in (answer.text, "") or answer.status_code >= 400
    if leads_to:
        assert (answer.status_code, answer.text) == (200, OURS)
        assert str(answer.url) == f"http://here/{base}".rstrip("/") + leads_to
        assert [step.status_code for step in answer.history] == [307]


def test_everything_else_passes_as_it_is(visitor: TestClient) -> None:
    assert visitor.get("/report").text == "<p>A report"
    assert visitor.get("/favicon.png").headers["content-type"] == "image/png"
    assert "etag" in visitor.get("/favicon.png").headers
    assert visitor.get("/_stcore/agent/mcp").status_code == 404


def test_our_page_loads_all_of_streamlits_scripts_and_none_of_its_words() -> None:
    theirs = TestClient(Starlette(routes=create_streamlit_static_assets_routes(""))).get("/").text
    ours = first_page()
    files = [part.split('"')[0] for part in theirs.split("./static/")[1:]]
    assert len(files) > 10
    assert [file for file in files if file not in ours] == []
    assert "agent" not in ours
    assert "<title>Interview skill analytics</title>" in ours
    # What is fetched early is there in this version of Streamlit, each file once; what draws charts comes later.
    early = [part.split('"')[0] for part in ours.split('<link rel="modulepreload" crossorigin href="./')[1:]]
    later = [part.split('"')[0] for part in ours.split('<link data-wanted crossorigin href="./')[1:]]
    assert [name for name in _NEEDED if not any(f"/{name}." in file for file in early)] == []
    assert [file.split("/")[-1].split(".")[0] for file in later] == ["PlotlyChart"]
    assert len(early) == len(set(early) - set(later))
    # Nothing of the font is asked for before there is text either.
    fonts = ours.split('<style data-wanted media="not all">')[1].split("</style>")[0]
    assert [file.split("/")[-1].split(".")[0] for file in fonts.split("url(")[1:]] == [
        "SourceSansVF-Upright", "SourceSansVF-Italic",
    ]  # fmt: skip
    assert ours.count("SourceSansVF") == 2
    early += later
    files_server = TestClient(Starlette(routes=create_streamlit_static_assets_routes("")))
    assert {files_server.get(f"/{file}").headers["content-type"].split(";")[0] for file in early} == {"text/javascript"}
