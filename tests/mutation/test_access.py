"""Each guard matters: the check that holds with it fails without it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from joserfc import jwt
from streamlit.proto.BackMsg_pb2 import BackMsg

import analytics.access.viewer
import analytics.api.dependencies
from analytics.access import audit, bearer_tokens, members, sign_in
from analytics.access.sign_in import RefusedError, SignIn
from analytics.access.viewer import NotAllowedError, Role
from analytics.api import PREFIX
from analytics.columns import now
from analytics.database.sessions import reading, writing
from analytics.server import guard as server_guard
from analytics.settings import Settings
from pages.parts.shell import streamlit_server
from tests.support import dashboard
from tests.support.api_client import Provider, bearer, client, platform_token
from tests.support.databases import Databases
from tests.support.guarded import guarded, sifted
from tests.support.identity_provider import Provider as Configured
from tests.support.ports import free_port
from tests.support.websocket import claims_of, sign_in_cookie, visiting
from tests.support.without_guards import forget_statements, without_scope
from tests.support.world import ISSUER, MAY_SEE, PEOPLE, World, populate, words_of_others

Patch = pytest.MonkeyPatch
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def statements_built_anew() -> Any:
    """Statements are built once for each role; a mutant's must not outlive it."""
    yield
    forget_statements()


def nobody_reads_others_through_the_api(world: World) -> None:
    asked = client(world)
    for who in ("interviewee", "coach"):
        headers = bearer(platform_token(PEOPLE[who].user_id))
        for path in (
            "/interviews/201/skills", "/interviews/201/insights", "/interviews/analytics/skills/progression?user_id=12",
            "/interviews/analytics/skills/compare?interview_ids=101,201", "/interviews/analytics/user?user_id=12",
            "/candidates",
        ):  # fmt: skip
            text = asked.get(PREFIX + path, headers=headers).text
            assert [word for word in words_of_others(*MAY_SEE[who]) if word in text.lower()] == []


def interviewees_have_no_roster(world: World) -> None:
    headers = bearer(platform_token(PEOPLE["interviewee"].user_id))
    assert client(world).get(f"{PREFIX}/candidates", headers=headers).status_code == 403


def only_admins_administer(world: World) -> None:
    with writing(world.database.engine) as db, pytest.raises(NotAllowedError):
        members.set_role(world.viewer("coach"), db, PEOPLE["coach"].email, Role.ADMIN, Settings())


def only_admins_read_the_trail(world: World) -> None:
    with reading(world.database.engine) as db, pytest.raises(NotAllowedError):
        audit.trail(world.viewer("coach"), db)


COACH = SignIn(ISSUER, "coach-1", PEOPLE["coach"].email, True, now())


def enters(world: World, person: SignIn) -> bool:
    try:
        sign_in.viewer_of(world.database.engine, person, Settings())
    except RefusedError:
        return False
    return True


def signed_out_stays_out(world: World) -> None:
    assert enters(world, COACH)
    with writing(world.database.engine) as db:
        sign_in.sign_out(db, COACH)
    assert not enters(world, COACH)


def old_sign_ins_end(world: World) -> None:
    assert not enters(world, replace(COACH, issued_at=now() - timedelta(days=2)))


def the_deactivated_stay_out(world: World) -> None:
    gone = PEOPLE["deactivated"]
    answer = client(world).get(f"{PREFIX}/interviews/401/skills", headers=bearer(platform_token(gone.user_id)))
    assert answer.status_code == 403


def an_email_belongs_to_one_identity(world: World) -> None:
    assert enters(world, COACH)
    assert not enters(world, replace(COACH, subject="impostor"))


def lookalikes_are_others(world: World) -> None:
    assert sign_in.normalise_email("\u212aim@example.org") != "kim@example.org"


def id_tokens_open_nothing(world: World) -> None:
    provider = Provider()
    token = provider.token("a", header={"typ": "JWT"}, email=PEOPLE["coach"].email, email_verified=True)
    assert client(world, provider=provider).get(f"{PREFIX}/candidates", headers=bearer(token)).status_code == 401


def tokens_for_others_open_nothing(world: World) -> None:
    provider = Provider()
    token = provider.token("a", aud="another program", email=PEOPLE["coach"].email, email_verified=True)
    assert client(world, provider=provider).get(f"{PREFIX}/candidates", headers=bearer(token)).status_code == 401


def signatures_count(world: World) -> None:
    token = platform_token(PEOPLE["admin"].user_id, secret="another secret of the same length as ours")
    assert client(world).get(f"{PREFIX}/candidates", headers=bearer(token)).status_code == 401


def strangers_get_no_files(world: World) -> None:
    assert guarded().get("/media/x.csv").status_code == 403


def visitors_clear_no_cache(world: World) -> None:
    assert sifted(BackMsg(clear_cache=True).SerializeToString()) == []


class Mutant(NamedTuple):
    """A guard taken out, and the check that must notice."""

    check: Callable[[World], None]
    take_out: Callable[[Patch], None]


def without_looking_at(field: str, value: object) -> Callable[[Patch], None]:
    """The lookup of a person, blind to one thing."""

    def take_out(patch: Patch) -> None:
        find, viewer = sign_in._find, sign_in._viewer

        def blind_find(*arguments: Any) -> Any:
            found = find(*arguments)
            return found and found._replace(**{field: value})

        patch.setattr(sign_in, "_find", blind_find)
        patch.setattr(sign_in, "_viewer", lambda found, settings: viewer(found._replace(**{field: value}), settings))

    return take_out


def without_claims(patch: Patch) -> None:
    patch.setattr(bearer_tokens, "_check", lambda _claims, _registry: None)


def without_signatures(patch: Patch) -> None:
    def unverified(token: str, *_rules: Any) -> Any:
        import base64
        import json

        header, claims, _ = (
            json.loads(base64.urlsafe_b64decode(part + "==")) if part else {} for part in [*token.split(".")[:2], ""]
        )
        return jwt.Token(header, claims)

    patch.setattr(bearer_tokens, "_decode", unverified)


MUTANTS = {
    "scope of queries": Mutant(nobody_reads_others_through_the_api, without_scope),
    "roster for coaches only": Mutant(
        interviewees_have_no_roster,
        lambda patch: patch.setattr(analytics.access.viewer.Viewer, "sees_others", property(lambda _viewer: True)),
    ),
    "admins only: changes": Mutant(
        only_admins_administer, lambda patch: patch.setattr(members, "require_admin", lambda _viewer: None)
    ),
    "admins only: trail": Mutant(
        only_admins_read_the_trail, lambda patch: patch.setattr(audit, "require_admin", lambda _viewer: None)
    ),
    "signed out": Mutant(signed_out_stays_out, without_looking_at("signed_out_at", None)),
    "deactivated": Mutant(the_deactivated_stay_out, without_looking_at("is_active", True)),
    "age": Mutant(old_sign_ins_end, lambda patch: patch.setattr(sign_in, "now", lambda: now() - timedelta(days=2))),
    "ASCII only": Mutant(lookalikes_are_others, lambda patch: patch.setattr(sign_in, "normalise_email", str.lower)),
    "claims of tokens": Mutant(tokens_for_others_open_nothing, without_claims),
    "signatures of tokens": Mutant(signatures_count, without_signatures),
    "files": Mutant(strangers_get_no_files, lambda patch: patch.setattr(server_guard, "_FILES", re.compile("((?!))"))),
    "messages": Mutant(
        visitors_clear_no_cache,
        lambda patch: patch.setattr(streamlit_server, "read_messages", lambda: lambda data: data),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_without_its_guard_a_check_fails(world: World, name: str, monkeypatch: Patch) -> None:
    mutant = MUTANTS[name]
    mutant.check(world)
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM identities"))
    mutant.take_out(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        mutant.check(world)
    monkeypatch.undo()


def test_checks_that_have_no_single_guard_to_take_out_hold(world: World) -> None:
    an_email_belongs_to_one_identity(world)
    id_tokens_open_nothing(world)


PAGES_MUTANTS = {
    "scope of queries": (
        "import sqlalchemy as sa\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.startswith('analytics.') and hasattr(module, 'scope'):\n"
        "        module.scope = lambda role, column: sa.true()\n"
    ),
    "sign-in gate": (
        "from analytics.access.viewer import Role, Viewer; from pages.parts import viewer\n"
        "viewer.current_viewer = lambda: Viewer(Role.ADMIN)\n"
    ),
}


@pytest.mark.parametrize("name", PAGES_MUTANTS)
def test_without_its_guard_a_page_leaks(tmp_path: Path, databases: Databases, name: str) -> None:
    """The running program, with a guard taken out before it starts, shows what the matrix says it must not."""
    port = free_port()
    url = f"http://localhost:{port}"
    Configured(ISSUER).write_secrets(tmp_path, url)
    program = tmp_path / "mutant.py"
    imports = f"import sys; sys.path.insert(0, {str(dashboard.ROOT)!r})\nfrom app import app\n"
    program.write_text(imports + PAGES_MUTANTS[name])
    command = [sys.executable, "-m", "uvicorn", "mutant:app", "--app-dir", str(tmp_path), "--port", str(port)]
    with databases.fresh() as database:
        populate(database)
        with dashboard.launched(command, tmp_path, port, DATABASE_URL=database.url):
            cookie = sign_in_cookie(url, claims_of(PEOPLE["other interviewee"].key, ISSUER))
            who = cookie if name == "scope of queries" else None
            with visiting(url, who) as visitor:
                assert PEOPLE["interviewee"].word in visitor.run(page="interview", query="interview=101").text
