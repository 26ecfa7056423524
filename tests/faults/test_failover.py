"""The primary dies for good and its stand-by takes its place: the same tab goes on, and so do the breakdowns."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from analytics.setup.install import set_up
from tests.support import dashboard
from tests.support.databases import database_on
from tests.support.identity_provider import Provider
from tests.support.outage import CONTENT, back_again, given_up
from tests.support.ports import free_port
from tests.support.postgres import OURS, OwnServer, own_server
from tests.support.serving import status
from tests.support.standby import REPLICATED, standby_of
from tests.support.waiting import wait_until
from tests.support.websocket import claims_of, sign_in_cookie, visiting
from tests.support.world import ISSUER, PEOPLE, populate


def either(first: OwnServer, second: OwnServer) -> str:
    """Name both servers; connections go to the one that takes changes."""
    hosts = [f"127.0.0.1:{server.server.url.port}" for server in (first, second)]
    url = sa.make_url(first.server.url_of("failover", OURS)).set(host=None, port=None)
    return url.update_query_dict({"host": hosts, "target_session_attrs": "read-write"}).render_as_string(
        hide_password=False
    )


def test_a_tab_goes_on_with_the_stand_by_that_took_over(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(tmp_path, address)
    with own_server(REPLICATED) as primary:
        with database_on(primary.server, "failover") as database:
            set_up(database.engine)
            populate(database)
        command = dashboard.build_command(port)
        with (
            standby_of(primary) as standby,
            dashboard.launched(command, tmp_path, port, DATABASE_URL=either(primary, standby)),
            visiting(address, sign_in_cookie(address, claims_of(PEOPLE["admin"].key, ISSUER))) as tab,
        ):
            assert CONTENT in tab.run().text
            standby.catch_up()
            primary.stop()
            # A stand-by alone is no primary: nothing is shown that might be too old.
            given_up(tab, "none of the hosts does")
            standby.server.execute("SELECT pg_promote()")
            back_again(tab)
            # A breakdown can be asked for again as well.
            wait_until(lambda: status(f"{address}/readyz") == 200, "the jobs to run again")
            assert standby.server.execute("SELECT pg_is_in_recovery()") == [(False,)]
