"""Each guard matters: the check that holds with it fails without it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from joserfc import jwt
from streamlit.proto.BackMsg_pb2 import BackMsg

import analytics.api.dependencies
from analytics import audit, members, sign_in, tokens, web
from analytics.access import NotAllowedError, Role
from analytics.api import PREFIX
from analytics.database import now, session
from analytics.settings import Settings
from analytics.sign_in import RefusedError, SignIn
from pages.parts import guard
from tests.access.test_matrix import MAY_SEE
from tests.access.test_web import guarded, sifted
from tests.api.client import Provider, bearer, client, platform_token
from tests.parts import dashboard
from tests.parts.databases import Databases
from tests.parts.ports import free_port
from tests.parts.provider import Provider as Configured
from tests.parts.websocket import claims_of, sign_in_cookie, visiting
from tests.parts.world import ISSUER, PEOPLE, World, populate, words_of_others

Patch = pytest.MonkeyPatch
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def statements_built_anew() -> Any:
    """Statements are built once for each role; a mutant's must not outlive it."""
    yield
    forget_statements()


def scoped_modules() -> list[ModuleType]:
    """Every module that builds statements with the scope."""
    return [
        module for name, module in sys.modules.items() if name.startswith("analytics.") and hasattr(module, "scope")
    ]


def forget_statements() -> None:
    for module in scoped_modules():
        for held in vars(module).values():
            if hasattr(held, "cache_clear"):
                held.cache_clear()


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
    with session(world.database.engine) as db, pytest.raises(NotAllowedError):
        members.set_role(world.viewer("coach"), db, PEOPLE["coach"].email, Role.ADMIN, Settings())


def only_admins_read_the_trail(world: World) -> None:
    with session(world.database.engine) as db, pytest.raises(NotAllowedError):
        audit.trail(world.viewer("coach"), db)


COACH = SignIn(ISSUER, "coach-1", PEOPLE["coach"].email, True, now())


def enters(world: World, person: SignIn) -> bool:
    try:
        with session(world.database.engine) as db:
            sign_in.enter(db, person, Settings())
    except RefusedError:
        return False
    return True


def signed_out_stays_out(world: World) -> None:
    assert enters(world, COACH)
    with session(world.database.engine) as db:
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
    assert sign_in.normalised("\u212aim@example.org") != "kim@example.org"


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


def without_scope(patch: Patch) -> None:
    for module in scoped_modules():
        patch.setattr(module, "scope", lambda _role, _column: sa.true())
    forget_statements()


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
    patch.setattr(tokens, "_check", lambda _claims, _registry: None)


def without_signatures(patch: Patch) -> None:
    def unverified(token: str, *_rules: Any) -> Any:
        import base64
        import json

        header, claims, _ = (
            json.loads(base64.urlsafe_b64decode(part + "==")) if part else {} for part in [*token.split(".")[:2], ""]
        )
        return jwt.Token(header, claims)

    patch.setattr(tokens, "_decoded", unverified)


MUTANTS = {
    "scope of queries": Mutant(nobody_reads_others_through_the_api, without_scope),
    "roster for coaches only": Mutant(
        interviewees_have_no_roster,
        lambda patch: patch.setattr(analytics.access.Viewer, "sees_others", property(lambda _viewer: True)),
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
    "ASCII only": Mutant(lookalikes_are_others, lambda patch: patch.setattr(sign_in, "normalised", str.lower)),
    "claims of tokens": Mutant(tokens_for_others_open_nothing, without_claims),
    "signatures of tokens": Mutant(signatures_count, without_signatures),
    "files": Mutant(strangers_get_no_files, lambda patch: patch.setattr(web, "_FILES", web._METRICS)),
    "messages": Mutant(visitors_clear_no_cache, lambda patch: patch.setattr(guard, "takes", lambda _data: True)),
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
        "from analytics import access; from pages.parts import who\n"
        "who.current_viewer = lambda: access.Viewer(access.Role.ADMIN)\n"
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
