"""Personal data: export, deletion, and how long superseded breakdowns are kept.

Only our own tables are touched. What the platform holds about a person is told, and stays the platform's to delete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from analytics.access import job_data, orphans
from analytics.access.actors import FORGOTTEN, UNTOLD, anonymise_actor, hide_in_trail, hide_others
from analytics.access.agreement_data import AGREEMENT
from analytics.access.audit import record
from analytics.access.coaching_data import COACHING, links_of, made_since, read_by, rows_ended_before, rows_of_person
from analytics.access.person import Person, find_person
from analytics.access.review_data import REVIEW_MOMENTS, expire_reviews, expire_verdicts
from analytics.access.sign_in import TIED_AT, normalise_email
from analytics.access.viewer import TRUSTED
from analytics.columns import now
from analytics.database import job_store
from analytics.database.judge_tables import version_scores
from analytics.database.review_tables import struck_claims
from analytics.database.schema import (
    added_interviews,
    audit,
    breakdown_jobs,
    breakdown_versions,
    candidate_scatter,
    candidate_summaries,
    coach_candidates,
    identities,
    imports,
    interview_tags,
    members,
    shown_versions,
    skill_scores,
    stale_candidates,
)
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import private_interviews, report_links
from analytics.database.verdict_tables import blind_raters, verdicts
from analytics.interviewlab.tables import interviews, users

_BY_USER: Final = (skill_scores, candidate_summaries, candidate_scatter, stale_candidates)
# In this order: what refers to a version goes before it.
_BY_INTERVIEW: Final = (
    shown_versions,
    breakdown_jobs,
    version_scores,
    breakdown_versions,
    imports,
    added_interviews,
    interview_tags,
    verdicts,
    *AGREEMENT,
    *REVIEW_MOMENTS,
    private_interviews,
)


class PrivacyError(ValueError):
    """A person whose data cannot be exported or deleted now; the message says why and may be shown to the user."""


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """How many of our rows were deleted or anonymised, and how many the platform still holds."""

    removed: int
    platform: Mapping[str, int]


def export_person(engine: Engine, user_id: int) -> dict[str, Any]:
    """Export everything we hold about a person, table by table, as plain JSON values, without what is kept from them.

    That is what others wrote for themselves, which claims they struck, and who they are. Raises `PrivacyError` for
    somebody about whom nothing is held.
    """
    with reading(engine) as db:
        person = find_person(db, user_id)
        names = (*person.emails, *person.unproven)
        ours: dict[str, Any] = {}
        told_of = read_by(person.user_id, person.since, person.emails)
        for table, condition in (*_rows_of(person, person.since), *told_of):
            if table is not struck_claims:
                found = db.execute(sa.select(table).where(condition)).mappings()
                told = [hide_others(table, dict(row), names) for row in found]
                ours.setdefault(table.name, []).extend(_plain(told))
        for name, rows in job_data.rows_of(db, _workflows(db, person)).items():
            ours[f"{job_store.SCHEMA}.{name}"] = _plain(rows)
        trail = [row for row in _trail(db, person) if row["action"] not in UNTOLD or _is_by(row, names)]
        theirs = {"candidates": (user_id,), "interviews": (*person.interview_ids, *person.gone_ids)}
        ours[audit.name] = _plain([hide_in_trail(row, theirs, names) for row in trail])
        platform = _at_platform(db, person)
    if not any(ours.values()) and not any(platform.values()):
        raise PrivacyError(f"Nothing is held about a user {user_id}.")
    return {"user_id": user_id, "exported_at": now().isoformat(), "ours": ours, "rows_of_the_platform": platform}


def forget(engine: Engine, user_id: int, *, admins: Collection[str] | None = None) -> ErasureCounts:
    """Delete a person's data from our tables in one transaction, with one audit row that does not name them.

    The jobs' own file of a SQLite database goes first. Raises `PrivacyError` while a breakdown of theirs, a batch that
    held one, or a recording of theirs is being worked on, and for somebody about whom nothing is held. With `admins`,
    whom the settings make admins, also for everybody who has a role.
    """
    with writing(engine) as db:
        found = find_person(db, user_id)
        if admins is not None and _has_role(db, found, admins):
            raise PrivacyError("This person is a coach or an admin by now, whom only an admin may forget.")
        # Nobody else loses anything by an e-mail that is not proven, and none of it may stay.
        person = replace(found, emails=(*found.emails, *found.unproven))
        workflows = _workflows(db, person)
        unfinished = breakdown_jobs.c.finished_at.is_(None)
        of_theirs = sa.or_(
            breakdown_jobs.c.id.in_(workflows.jobs),
            breakdown_jobs.c.batch_id.in_(workflows.batches),
            breakdown_jobs.c.id.in_(orphans.open_jobs()),
        )
        if db.execute(sa.select(sa.func.count()).where(unfinished, of_theirs)).scalar_one():
            raise PrivacyError("A breakdown of this person is being made. Cancel it, or wait, and try again.")
        if job_data.is_recording(db, person.emails):
            raise PrivacyError("A recording of this person is being written down. Wait, and try again.")
        # Batches as a whole: they have ended, and nobody needs their steps any more.
        removed = job_store.delete(db, workflows.all)
        # Of what is left of interviews that are gone nobody can say any more whose they were: all of it goes.
        removed += orphans.remove_all(db)
        for table, condition in (*_rows_of(person, None), *rows_of_person(person.user_id, person.emails)):
            removed += _count(db, sa.delete(table).where(condition))
        name, renamed = anonymise_actor(db, person.emails)
        # Also what was done with somebody who had the same id before.
        removed += renamed + sum(_scrub(db, row, person, name) for row in _trail(db, replace(person, since=None)))
        platform = _at_platform(db, person)
        if not removed and not any(platform.values()):
            raise PrivacyError(f"Nothing is held about a user {user_id}.")
        record(db, TRUSTED.actor, "forget", rows=removed)
    return ErasureCounts(removed, platform)


def expire(engine: Engine, days: int, *, at: datetime | None = None) -> int:
    """Delete breakdowns older than so many days, and other expired rows; return how many breakdowns.

    The one that is shown, which alone can be approved, and the latest of each interview stay, whatever their age.
    With them go requests for review that are settled, marks of claims that were taken back, and verdicts that no longer
    stand. A verdict that stands counts in charts, and stays with its interview.
    """
    before = (at or now()) - timedelta(days=days)
    other = breakdown_versions.alias()
    same = other.c.interview_id == breakdown_versions.c.interview_id
    latest = sa.select(sa.func.max(other.c.number)).where(same).scalar_subquery()
    outdated = sa.delete(breakdown_versions).where(
        breakdown_versions.c.created_at < before,
        breakdown_versions.c.id.not_in(sa.select(shown_versions.c.version_id)),
        breakdown_versions.c.number < latest,
    )
    with writing(engine) as db:
        expired, settled, withdrawn = _count(db, outdated), expire_reviews(db, before), expire_verdicts(db, before)
        ended = sum(_count(db, sa.delete(table).where(condition)) for table, condition in rows_ended_before(before))
        if expired or ended or settled or withdrawn:
            told = {"versions": expired, "links_looks_and_digests": ended, "reviews": settled, "verdicts": withdrawn}
            record(db, TRUSTED.actor, "retention", **told, days=days)
    return expired


def _has_role(db: Connection, person: Person, admins: Collection[str]) -> bool:
    role = sa.select(members.c.id).where(members.c.email.in_(person.emails))
    return not set(admins).isdisjoint(person.emails) or db.execute(role).first() is not None


def _workflows(db: Session | Connection, person: Person) -> job_data.Workflows:
    return job_data.workflows_of(db, _of_their_interviews(breakdown_jobs, person), person.emails)


def _rows_of(person: Person, since: datetime | None) -> Iterable[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Select a person's rows; what was agreed with whoever had their id before a moment is left out."""
    for table in _BY_USER:
        yield table, table.c.user_id == person.user_id
    for table, moment in COACHING.items():
        yield table, made_since(moment, since, table.c.user_id == person.user_id)
    yield report_links, links_of(person.user_id, since, person.emails)
    for table in _BY_INTERVIEW:
        yield table, _of_their_interviews(table, person)
    own = coach_candidates.c.user_id == person.user_id
    yield coach_candidates, made_since(coach_candidates.c.assigned_at, person.since, own)
    tied = made_since(TIED_AT, person.since, identities.c.user_id == person.user_id)
    # An e-mail changes hands: a sign-in that is tied to somebody else is theirs.
    elses = sa.and_(identities.c.user_id.is_not(None), identities.c.user_id != person.user_id)
    yield identities, sa.or_(tied, sa.and_(identities.c.email.in_(person.emails), ~elses))
    theirs = sa.select(members.c.id).where(members.c.email.in_(person.emails))
    yield coach_candidates, coach_candidates.c.member_id.in_(theirs)
    yield members, members.c.email.in_(person.emails)
    yield blind_raters, blind_raters.c.email.in_(person.emails)


def _of_their_interviews(table: sa.Table, person: Person) -> sa.ColumnElement[bool]:
    theirs = sa.and_(table.c.interview_id.in_(person.interview_ids), ~orphans.is_orphan(table))
    return sa.or_(theirs, table.c.interview_id.in_(person.gone_ids))


def _trail(db: Session | Connection, person: Person) -> list[Mapping[str, Any]]:
    """Find the rows of the audit trail that name a person: as who did it, whom it was about, or in the detail."""
    rows = (dict(row) for row in db.execute(sa.select(audit).order_by(audit.c.id)).mappings())
    return [row for row in rows if _is_about(row, person) or _is_by(row, person.emails) or _names(row, person)]


def _is_about(row: Mapping[str, Any], person: Person) -> bool:
    theirs = row["user_id"] == person.user_id or row["interview_id"] in (*person.interview_ids, *person.gone_ids)
    return theirs and not _is_older(row, person)


def _is_older(row: Mapping[str, Any], person: Person) -> bool:
    return person.since is not None and row["at"] < person.since


def _is_by(row: Mapping[str, Any], emails: Collection[str]) -> bool:
    return normalise_email(row["actor"]) in emails


def _names(row: Mapping[str, Any], person: Person) -> bool:
    detail = json.loads(row["detail"])
    if _is_older(row, person):
        # The ids were somebody else's then; an e-mail is the same person's.
        person = replace(person, user_id=0, interview_ids=(), gone_ids=())
    return bool(_without(detail, person) != detail)


def _without(value: Any, person: Person, ids: Collection[int] = ()) -> Any:
    """Remove a person from a detail: their e-mails wherever they stand, the ids where lists of such stand."""
    if isinstance(value, str):
        return _without_emails(value, person.emails)
    if isinstance(value, list):
        return [_without(entry, person, ids) for entry in value if entry not in ids]
    if isinstance(value, dict):
        lists = {"candidates": (person.user_id,), "interviews": (*person.interview_ids, *person.gone_ids)}
        return {
            _without_emails(name, person.emails): _without(entry, person, lists.get(name, ()))
            for name, entry in value.items()
        }
    return value


def _without_emails(text: str, emails: Iterable[str]) -> str:
    """Remove e-mails from a text, as it may be a title that somebody wrote; not out of a longer one that holds them."""
    for email in emails:
        text = re.sub(rf"(?<![\w.+-]){re.escape(email)}(?![\w-]|\.\w)", FORGOTTEN, text, flags=re.IGNORECASE)
    return text


def _scrub(db: Connection, row: Mapping[str, Any], person: Person, name: str) -> int:
    """Remove a person from a row of the audit trail; that something was done, and when, stays, under another name."""
    detail = {} if _is_about(row, person) else _without(json.loads(row["detail"]), person)
    values: dict[str, Any] = {"detail": json.dumps(detail, ensure_ascii=False)}
    if _is_about(row, person):
        values |= {"user_id": None, "interview_id": None}
    if _is_by(row, person.emails):
        values["actor"] = name
    return _count(db, sa.update(audit).where(audit.c.id == row["id"]).values(values))


def _at_platform(db: Session | Connection, person: Person) -> dict[str, int]:
    """Count the rows that the platform holds about a person, as far as we may see them: its resumes we may not."""
    sources = ((users, users.c.id), (interviews, interviews.c.user_id))
    return {
        table.name: db.execute(sa.select(sa.func.count()).where(column == person.user_id)).scalar_one()
        for table, column in sources
    }


def _count(db: Connection, statement: sa.Update | sa.Delete) -> int:
    done = db.execute(statement)
    return int(getattr(done, "rowcount", 0))


def _plain(rows: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    return [
        {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in rows
    ]
