"""Whoever is forgotten is in no row of any table of ours: all tables are walked, so that none is missed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from analytics.access import personal_data
from analytics.columns import now
from analytics.database.judge_tables import judges
from analytics.database.schema import ours
from analytics.database.sessions import reading, writing
from tests.support.world import PEOPLE, World

THEM: Final = PEOPLE["interviewee"]
OTHER: Final = PEOPLE["other interviewee"]
MARK: Final = "quicksilver"
# What no person is in: how far set-up is, what was learned from everybody, and which models there were.
OF_NOBODY: Final = frozenset({"progress", "cohort_figures", "judges"})
# Short columns that hold no words.
KEYS: Final = {
    "action": "note",
    "found": "{}",
    "skill": "technical",
    "level": 3,
    "difficulty": 3,
    "post": "senior",
    "judge": "model:of-nobody",
}
WHO: Final = {"email", "actor", "viewer", "made_by", "asked_by", "written_by", "agreed_by", "changed_by", "set_by",
              "rated_by", "taken_by", "struck_by", "given_by", "added_by", "brought_by", "rater", "audited_by",
              "created_by", "pressed_by", "approved_by", "assigned_by"}  # fmt: skip


def fill(table: sa.Table, person: Any, place: int, keys: dict[str, Any]) -> dict[str, Any]:
    """Write a row about a person, by them, with their word in whatever can hold a text."""
    row: dict[str, Any] = {}
    word = MARK if person is THEM else "lodestone"
    constraints = [*table.constraints, *(one for column in table.c for one in column.constraints)]
    checks = " ".join(str(one.sqltext) for one in constraints if isinstance(one, sa.CheckConstraint))
    for column in table.c:
        name, kind = column.name, column.type
        if name in keys:
            row[name] = keys[name]
        elif name in KEYS:
            row[name] = KEYS[name]
        elif checked := re.search(rf"\b{name} IN \('(\w+)'", checks):
            row[name] = checked.group(1)
        elif name in ("user_id", "maker_id", "asker_id"):
            row[name] = person.user_id
        elif name == "interview_id":
            row[name] = person.interviews[0]
        elif name in WHO:
            row[name] = person.email
        elif isinstance(kind, sa.String | sa.Text):
            length = getattr(kind, "length", None) or 80
            text = f"{word} {table.name} {name} {place}"
            row[name] = f'{{"word": "{text}"}}' if name in ("detail", "breakdown", "provenance") else text[:length]
        elif isinstance(kind, sa.LargeBinary):
            row[name] = word.encode()
        elif isinstance(kind, sa.Date):
            row[name] = date(2026, 3, 1)
        elif isinstance(kind, sa.Boolean):
            row[name] = False
        elif isinstance(kind, sa.Integer):
            row[name] = place
        elif isinstance(kind, sa.Float):
            row[name] = 0.5
        else:
            row[name] = now()
    return row


def trace(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through all rows of ours that name the person."""
    with reading(world.database.engine) as db:
        for table in ours.sorted_tables:
            for row in db.execute(sa.select(table)).mappings():
                told = repr(dict(row)).casefold()
                own = row.get("user_id") == THEM.user_id or row.get("interview_id") in THEM.interviews
                if own or MARK in told or THEM.word in told or THEM.email in told:
                    yield table.name, dict(row)


def test_no_table_of_ours_keeps_anything_of_a_forgotten_person(world: World) -> None:
    tables = [table for table in ours.sorted_tables if table.name not in OF_NOBODY]
    with writing(world.database.engine) as db:
        db.execute(sa.insert(judges).values(fill(judges, OTHER, 0, {"key": KEYS["judge"], "kind": "model"})))
        for person in (THEM, OTHER):
            keys: dict[str, Any] = {
                "version_id": f"{person.key}-version", "batch_id": f"{person.key}-batch",
                "request_id": f"{person.key}-request", "step_id": f"{person.key}-step",
                "member_id": world.member_ids["coach" if person is THEM else "other coach"],
            }  # fmt: skip
            named = {
                "breakdown_versions": "version_id", "report_batches": "batch_id", "review_requests": "request_id",
                "next_steps": "step_id",
            }  # fmt: skip
            for place, table in enumerate(tables, 10 * (1 + (person is OTHER))):
                own = keys | ({"id": keys[named[table.name]]} if table.name in named else {})
                row = fill(table, person, place, own)
                exists = [table.c[column.name] == row[column.name] for column in table.primary_key]
                if not db.execute(sa.select(sa.literal(1)).where(*exists)).first():
                    db.execute(sa.insert(table).values(row))
    filled = {name for name, _ in trace(world)}
    assert filled == {table.name for table in tables}
    personal_data.forget(world.database.engine, THEM.user_id)
    left = [f"{name}: {row}" for name, row in trace(world)]
    assert not left, "\n".join(left)
    with reading(world.database.engine) as db:
        # The other person's is all there.
        kept = {table.name for table in tables if OTHER.email in repr(db.execute(sa.select(table)).all())
                or "lodestone" in repr(db.execute(sa.select(table)).all())}  # fmt: skip
    assert len(kept) >= 30
