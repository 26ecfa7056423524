"""The People page: its tab *Setup* shows admins how the installation stands, and masks what is secret."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analytics import runtime
from analytics.access import members
from analytics.access.audit import record
from analytics.access.viewer import TRUSTED, Role
from analytics.database.sessions import reading, writing
from analytics.settings import Settings
from analytics.setup.workspace import open_workspace
from pages.parts.people.trail import ACTIONS
from tests.support.databases import Database
from tests.support.platform_rows import add, person
from tests.support.visitor import EMAIL, Visitor, dashboard_of

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
KEY = "sk-proj-0123456789abcdef0123456789abcdef"


def recorded() -> set[str]:
    """Give every action that the program writes into the trail, as its source says."""
    return {
        action
        for path in Path(__file__).parents[2].joinpath("analytics").rglob("*.py")
        if "record(" in (source := path.read_text())
        for action in actions(ast.parse(source))
    }


def actions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "record",
            "audit.record",
            "_note_change",
            "_record_assignment",
        }:
            yield from (text for argument in node.args for text in choices(argument))
        # Chosen before it is written, or named in the trail's own module.
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if name in {"action", "name", "ADD", "SHARE", "WITHDRAW"}:
                yield from choices(node.value)


def choices(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*choices(node.body), *choices(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def test_the_trail_tells_every_action_in_words(database: Database, visitor: Visitor) -> None:
    assert recorded() == set(ACTIONS)
    assert not [words for words in ACTIONS.values() if "_" in words or not words[0].isupper()]
    with writing(database.engine) as db:
        record(db, "coach@example.org", "agree_step", user_id=1, shared_with_coach=True)
    page = visitor.open("people", people="Audit trail")
    shown = page.table()
    # Who copies an address copies nothing unseen with it.
    assert page.at.table[0].value["Who"][0] == r"coach\@example\.org"
    assert shown["What"][0] == "Agreed a step"
    assert shown["About"][0] == "candidate: 1, shared with coach: yes"


def test_the_setup_tab_says_what_to_do_and_masks_secrets(
    database: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visitor.open("people", people="Setup")
    assert "**Database:** SQLite" in page.text
    assert "OPENAI\\_BASE\\_URL and" in page.text
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = visitor.open("people", people="Setup").table()
    values = dict(zip(settings["Setting"], settings["Value"], strict=True))
    assert values["OPENAI_API_KEY"] == "***"
    assert KEY not in str(settings)
    assert "**Database:**" not in visitor.open("people", people="Roles").text


def test_the_setup_tab_explains_a_wrong_setting_of_the_model(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "not a url")
    monkeypatch.setenv("MODEL_SAMPLES", "many")
    page = visitor.open("people", people="Setup")
    part = next(line for line in page.text.splitlines() if "**Language model:**" in line).replace("\\", "")
    assert part.startswith(":orange[:material/error:]")
    assert "OPENAI_BASE_URL must start with http:// or https:// and name a server." in part.replace("\u2060", "")
    assert "MODEL_SAMPLES must be" in part
    # Below it stands what was set, wrong or not.
    settings = dict(zip(page.table()["Setting"], page.table()["Value"], strict=True))
    assert settings["OPENAI_BASE_URL"] == "not a url"


def coaches(database: Database, *emails: str) -> dict[str, int]:
    """Make these coaches; gives how many candidates each coach has by now."""
    with writing(database.engine) as db:
        for email in emails:
            members.set_role(TRUSTED, db, email, Role.COACH, Settings())
    with reading(database.engine) as db:
        return {member.email: member.candidates for member in members.list_members(TRUSTED, db)}


def assigned_after(database: Database, visitor: Visitor, meanwhile: Callable[[], object]) -> dict[str, int]:
    """Choose Carl, have something done elsewhere, and assign the first candidate; gives how many each coach has."""
    page = visitor.open("people", people="Coaching")
    page.at.selectbox(key="coach").select("carl@example.org")
    visitor.again(page)
    meanwhile()
    page.at.multiselect[0].set_value(page.at.multiselect[0].options[:1])
    next(button for button in page.at.button if button.label == "Assign").click()
    visitor.again(page)
    return coaches(database)


def test_the_coach_who_was_chosen_gets_the_candidates_whoever_is_added_or_removed_meanwhile(
    database: Database, visitor: Visitor
) -> None:
    add(database.platform_engine, people=[person(1), person(2)])

    def remove_carl() -> None:
        with writing(database.engine) as db:
            members.set_role(TRUSTED, db, "carl@example.org", Role.INTERVIEWEE, Settings())

    coaches(database, "bob@example.org", "carl@example.org")
    assert assigned_after(database, visitor, remove_carl) == {"bob@example.org": 0}
    coaches(database, "carl@example.org")
    held = assigned_after(database, visitor, lambda: coaches(database, "anna@example.org"))
    assert held == {"anna@example.org": 0, "bob@example.org": 0, "carl@example.org": 1}


def test_a_new_account_is_found_at_once(database: Database, visitor: Visitor) -> None:
    coaches(database, "bob@example.org")
    visitor.open("candidates")
    add(database.platform_engine, people=[person(1)])
    found = visitor.open("people", people="Coaching").at.multiselect[0].options
    assert found == ["Person 1 (person1@example.org)"]
    add(database.platform_engine, people=[person(2)])
    seen = visitor.open("people", people="Who sees whom")
    assert "Person 2 (person2@example.org)" in seen.at.selectbox(key="candidate_seen").options
    add(database.platform_engine, people=[person(3)])
    compared = visitor.open("compare").at.selectbox(key="adding_person").options
    assert compared == [f"Person {number} · person{number}@example.org" for number in (1, 2, 3)]


def test_nobody_is_given_a_role_in_a_workspace_of_ones_own(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with dashboard_of(monkeypatch, OWNER_EMAIL=EMAIL, DATA_DIR=str(tmp_path)) as owner:
        open_workspace(runtime.engine())
        page = owner.open("people")
        assert [tab.label for tab in page.at.tabs] == ["Audit trail", "Setup"]
        assert "Role" not in page.text


def test_admins_give_roles_elsewhere(visitor: Visitor) -> None:
    labels = [tab.label for tab in visitor.open("people").at.tabs]
    assert labels == ["Roles", "Coaching", "Who sees whom", "Audit trail", "Setup"]


def test_where_nobody_is_a_sentence_stands_in_place_of_an_empty_table(database: Database, visitor: Visitor) -> None:
    page = visitor.open("people", people="Roles")
    assert "Nobody yet." in page.text
    assert not page.at.dataframe
    page = visitor.open("compare")
    assert "No candidates yet." in page.text
    assert "No candidates match." not in page.text
