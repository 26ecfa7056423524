"""nginx of `deploy/compose.yaml` before a closed program: without TLS behind another proxy, and with a certificate."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from analytics.api.rate_limits import REFUSALS
from tests.support import dashboard, nginx
from tests.support.certificates import make_certificate
from tests.support.databases import Databases
from tests.support.ports import free_port
from tests.support.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
pytestmark = pytest.mark.heavy


@dataclass(frozen=True)
class Site:
    """Where nginx answers, and the certificate it shows."""

    plain: str
    secure: str
    redirecting: str
    certificate: Path

    def asked(self, url: str, body: bytes | None = None, **headers: str) -> tuple[int, str, str]:
        """Ask as a client that trusts the certificate; gives the status, the policy on https and the body."""
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        try:
            answer = urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30, context=trusting)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            policy = answer.headers.get("Strict-Transport-Security", "")
            return answer.status, policy, answer.read().decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Site]:
    program = nginx.executable()
    if program is None:
        pytest.skip(nginx.MISSING)
    folder, web = tmp_path_factory.mktemp("program"), tmp_path_factory.mktemp("nginx")
    certificate, _ = make_certificate(web)
    port, *ports = [free_port() for _ in range(4)]
    plain, secure, redirecting = ports
    passed_on = (DEPLOY / "compose.program.conf").read_text().replace("//program:8501", f"//127.0.0.1:{port}")
    (web / "program.conf").write_text(passed_on.replace(nginx.LOGS, str(web)))
    text = (DEPLOY / "compose.nginx.conf").read_text() + (DEPLOY / "compose.https.conf").read_text()
    # nginx of some systems is older than the image's, and knows HTTP/2 by another line.
    for there, here in {
        "http2 on;": "", "${PUBLIC_HOST}": "localhost", "/etc/nginx/certificates": str(web),
        "/etc/nginx/program.conf": f"{web}/program.conf", "listen 8080": f"listen 127.0.0.1:{plain}",
        "listen 443": f"listen 127.0.0.1:{secure}", "listen 80;": f"listen 127.0.0.1:{redirecting};",
    }.items():  # fmt: skip
        assert there in text
        text = text.replace(there, here)
    with (
        sqlite_databases.fresh() as database,
        dashboard.launched(
            dashboard.build_command(port), folder, port, DATABASE_URL=database.url, FORWARDED_ALLOW_IPS=trusted()
        ),
        nginx.running(program, web, text),
    ):
        found = Site(
            f"http://localhost:{plain}/",
            f"https://localhost:{secure}/",
            f"http://localhost:{redirecting}/",
            certificate,
        )
        wait_until(lambda: ready(found), "the program behind nginx")
        yield found


def trusted() -> str:
    """Return which proxies the program believes, as Compose sets it."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return str(services["program"]["environment"]["FORWARDED_ALLOW_IPS"])


def ready(site: Site) -> bool:
    try:
        return site.asked(f"{site.plain}readyz")[0] == 200
    except urllib.error.URLError:
        return False


@pytest.mark.parametrize("way", ["plain", "secure"])
def test_a_closed_program_is_reached_and_its_figures_are_not(site: Site, way: str) -> None:
    base = getattr(site, way)
    assert site.asked(base)[0] == 200
    assert json.loads(site.asked(f"{base}readyz")[2])["status"] == "ready"
    assert site.asked(f"{base}api/v1/candidates")[0] == 401
    assert site.asked(f"{base}metrics")[0] == 404
    # More than nginx takes unless told; it is the program that refuses.
    status, _, said = site.asked(f"{base}api/v1/interviews", bytes(2_000_000))
    assert status in {401, 413}
    assert "nginx" not in said


def test_the_program_learns_how_the_visitor_came(site: Site) -> None:
    # The proxy in front says it; a visitor of the certificate's server cannot say otherwise.
    assert site.asked(site.plain)[1] == ""
    assert site.asked(site.plain, **{"X-Forwarded-Proto": "https"})[1] != ""
    assert site.asked(site.secure, **{"X-Forwarded-Proto": "http"})[1] != ""


def test_with_a_certificate_nobody_stays_without_tls(site: Site) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_arguments: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.build_opener(Stay).open(f"{site.redirecting}candidate?candidate=1", timeout=30)
    assert told.value.code == 301
    told.value.close()
    assert told.value.headers["Location"] == "https://localhost/candidate?candidate=1"


def test_each_visitor_counts_by_their_own_address(site: Site) -> None:
    def guess(base: str, came_from: str) -> int:
        headers = {"Authorization": "Bearer guessed", "X-Forwarded-For": came_from}
        return site.asked(f"{base}api/v1/candidates", **headers)[0]

    # What the proxy in front adds counts, and not what a visitor had put before it.
    answers = [guess(site.plain, f"192.0.2.{place}, 198.51.100.1") for place in range(REFUSALS.amount + 2)]
    assert answers == [401] * REFUSALS.amount + [429] * 2
    assert guess(site.plain, "198.51.100.2") == 401
    # Nobody is in front of the server with a certificate, whatever a visitor says.
    answers = [guess(site.secure, f"203.0.113.{place}") for place in range(REFUSALS.amount + 2)]
    assert answers[-1] == 429
