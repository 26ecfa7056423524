"""The people who acted on other people's data, and the placeholder that replaces them once they are forgotten."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.access.agreement_data import AGREEMENT_ACTORS
from analytics.access.coaching_data import COACHING_ACTORS
from analytics.access.review_data import REVIEW_ACTORS
from analytics.access.sign_in import normalise_email
from analytics.database.schema import (
    added_interviews,
    audit,
    breakdown_jobs,
    breakdown_versions,
    coach_candidates,
    interview_tags,
    shown_versions,
)
from analytics.database.verdict_tables import verdicts

FORGOTTEN: Final = "forgotten person"
SOMEBODY_ELSE: Final = "somebody else"
_FORMER: Final = "Former coach "
# What others did of this kind is not told to the person whose data it was.
UNTOLD: Final = ("note", "strike_claim", "unstrike_claim")
# Not told to the person whose data they acted on.
_UNNAMED: Final = (
    (breakdown_versions, "created_by"),
    (breakdown_jobs, "pressed_by"),
    (shown_versions, "changed_by"),
    (shown_versions, "approved_by"),
    (coach_candidates, "assigned_by"),
    (added_interviews, "added_by"),
    (interview_tags, "changed_by"),
    (verdicts, "given_by"),
    *AGREEMENT_ACTORS,
    *REVIEW_ACTORS,
)
_ACTORS: Final = (*_UNNAMED, *COACHING_ACTORS)


def anonymise_actor(db: Connection, emails: Sequence[str]) -> tuple[str, int]:
    """Replace a person's name wherever they acted on other people's data.

    Of each former coach it is their own ("Former coach 2"): what several said of one interview stays apart. Returns the
    name, `FORGOTTEN` for somebody who did nothing, and how many rows were changed.
    """
    name, changed = f"{_FORMER}{_last_number(db) + 1}", 0
    for table, actor in _ACTORS:
        theirs = sa.func.lower(table.c[actor]).in_(emails)
        changed += db.execute(sa.update(table).where(theirs).values({actor: name})).rowcount
    return (name if changed else FORGOTTEN), changed


def hide_others(table: sa.Table, row: Mapping[str, Any], emails: Sequence[str]) -> dict[str, Any]:
    """Hide who acted on a row, as far as the person with these e-mails is not told that anywhere else."""
    columns = [column for of, column in (*_UNNAMED, (audit, "actor")) if of is table]
    others = [name for name in columns if row[name] and normalise_email(row[name]) not in emails]
    return {**row, **dict.fromkeys(others, SOMEBODY_ELSE)}


def hide_in_trail(
    row: Mapping[str, Any], theirs: Mapping[str, Collection[int]], emails: Sequence[str]
) -> dict[str, Any]:
    """Hide who did what a row of the audit trail says, to which coach a person was assigned, and of whom else it tells.

    `theirs` names the lists of ids in a row, and which of them are the person's.
    """
    told, detail = hide_others(audit, row, emails), json.loads(row["detail"])
    involved = [row["actor"], detail.get("coach") or row["actor"]]
    if any(normalise_email(email) in emails for email in involved):
        return told
    hidden: dict[str, Any] = {"coach": SOMEBODY_ELSE} if "coach" in detail else {}
    for name, own in theirs.items():
        if isinstance(detail.get(name), list):
            hidden[name] = [number for number in detail[name] if number in own]
    return told | {"detail": json.dumps(detail | hidden, ensure_ascii=False)} if hidden else told


def _last_number(db: Connection) -> int:
    columns = [*(table.c[actor] for table, actor in _ACTORS), audit.c.actor]
    names = sa.union(*(sa.select(column.label("name")).where(column.like(f"{_FORMER}%")) for column in columns))
    numbers = (name.removeprefix(_FORMER) for name in db.execute(names).scalars())
    return max((int(number) for number in numbers if number.isdecimal()), default=0)
