"""Personal data in coaching: rows about a person, and rows a person wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from analytics.columns import UtcDateTime
from analytics.database.coaching_tables import goals, next_steps, note_versions, step_changes
from analytics.database.sharing_tables import (
    batch_reports,
    deletion_requests,
    digest_deliveries,
    digest_tokens,
    digests,
    looks,
    report_batches,
    report_links,
    visits,
)
from analytics.interviewlab.tables import belongs, users

# So long a digest of a week may still be due: without its row it would be sent again.
_LONGEST_PERIOD: Final = timedelta(days=7)
# About the person of their `user_id`, all of them, and when each row was made.
COACHING: Final = {
    step_changes: step_changes.c.changed_at,
    next_steps: next_steps.c.agreed_at,
    goals: goals.c.set_at,
}
# What else names a person by their id, and when.
_MOMENTS: Final = {
    note_versions: note_versions.c.written_at,
    report_links: report_links.c.made_at,
    looks: looks.c.base_at,
    visits: visits.c.last_at,
    deletion_requests: deletion_requests.c.asked_at,
}
COACHING_ACTORS: Final = (
    (note_versions, "written_by"),
    (next_steps, "agreed_by"),
    (step_changes, "changed_by"),
    (goals, "set_by"),
)


def made_since(moment: sa.ColumnElement[Any], since: datetime | None, condition: Any) -> sa.ColumnElement[bool]:
    """Choose rows by an id, but not those of somebody who had the id before."""
    return sa.and_(condition, sa.true() if since is None else moment >= sa.literal(since, UtcDateTime()))


def read_by(
    user_id: int, since: datetime | None, emails: Sequence[str]
) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Select what a person, who has their id since a moment, may be given beyond the rows about them alone.

    Of the notes about them those they may read: what others keep to themselves stays theirs.
    """

    def about(table: sa.Table) -> sa.ColumnElement[bool]:
        return made_since(_MOMENTS[table], since, table.c.user_id == user_id)

    versions = note_versions.c
    notes = sa.or_(versions.visibility == "shared", _by(versions.written_by, emails))
    return [
        (note_versions, sa.and_(about(note_versions), notes)),
        *((table, about(table)) for table in (looks, visits, deletion_requests)),
        *_digests_of(emails),
    ]


def rows_of_person(user_id: int, emails: Sequence[str]) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Select the rows that go with a person: notes about them, views of their page, and their digests.

    Also what they kept to themselves about others, which nobody else can read, where they looked, and the reports of
    them, and by them, that wait to be taken.
    """
    versions = note_versions.c
    notes = sa.or_(versions.user_id == user_id, sa.and_(versions.visibility == "me", _by(versions.written_by, emails)))
    seen = sa.or_(looks.c.user_id == user_id, _by(looks.c.viewer, emails))
    visited = sa.or_(visits.c.user_id == user_id, _by(visits.c.viewer, emails))
    asked = deletion_requests.c.user_id == user_id
    return [
        (note_versions, notes), (looks, seen), (visits, visited), (deletion_requests, asked), *_digests_of(emails),
        (batch_reports, batch_reports.c.user_id == user_id), (report_batches, _by(report_batches.c.asked_by, emails)),
    ]  # fmt: skip


def links_of(user_id: int, since: datetime | None, emails: Sequence[str]) -> sa.ColumnElement[bool]:
    """Select the links to a person's reports and the links they made; both stop working with the person."""
    about = made_since(report_links.c.made_at, since, report_links.c.user_id == user_id)
    return sa.or_(about, _by(report_links.c.made_by, emails))


def rows_ended_before(moment: datetime) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Select the rows that have expired: links that ended before a moment, and views and deliveries from before it."""
    ended = sa.func.coalesce(report_links.c.revoked_at, report_links.c.expires_at)
    sent = sa.and_(
        digest_deliveries.c.changed_at < moment,
        digest_deliveries.c.due_on < (moment - _LONGEST_PERIOD).date(),
    )
    # A digest tells what is new since: without the look there would be none for whoever reads nothing else.
    in_use = sa.exists().where(digests.c.email == looks.c.viewer)
    # An old e-mail ends digests for as long as there are any.
    unwanted = ~sa.exists().where(digests.c.email == digest_tokens.c.email)
    return [
        (report_links, ended < moment),
        (looks, sa.and_(looks.c.shown_at < moment, ~in_use)),
        (visits, visits.c.last_at < moment),
        (digest_deliveries, sent),
        (digest_tokens, sa.and_(digest_tokens.c.made_at < moment, unwanted)),
    ]


def orphaned_rows() -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Select links, views and digests of people who are gone or whose id now belongs to somebody else.

    A request for deletion of somebody who is gone is still to be carried out.
    """
    moments = [(table, _MOMENTS[table]) for table in (report_links, looks, visits)]
    moments += [(digests, digests.c.chosen_at)]
    taken = users.c.id == deletion_requests.c.user_id, ~belongs(deletion_requests.c.asked_at, users)
    # A coach or an admin without an account has digests all the same.
    return [
        (deletion_requests, sa.exists().where(*taken)),
        *(
            (
                table,
                sa.and_(
                    table.c.user_id.is_not(None),
                    ~sa.exists().where(users.c.id == table.c.user_id, belongs(moment, users)),
                ),
            )
            for table, moment in moments
        ),
    ]


def _digests_of(emails: Sequence[str]) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    return [(table, table.c.email.in_(emails)) for table in (digests, digest_deliveries, digest_tokens)]


def _by(column: sa.Column[str], emails: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.func.lower(column).in_(emails)
