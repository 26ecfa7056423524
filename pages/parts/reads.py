"""The pages' only access to data: reads for the current viewer.

Nothing is kept between two views: most statements take a fraction of what a cache does. A database that cannot be used
ends the page with one sentence, and the page comes back by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, tzinfo

from analytics import runtime
from analytics.access.viewer import Viewer
from analytics.breakdown import Quote
from analytics.breakdown.reading.transcript import remembered_transcript
from analytics.breakdown.versions import shown
from analytics.breakdown.versions.version import Version
from analytics.coaching.links import Link, links_of
from analytics.coaching.news import former_look, keep, mark_seen
from analytics.coaching.notes import Note, notes_about
from analytics.database import replica, sessions
from analytics.database.errors import DatabaseError
from analytics.database.sessions import Session
from analytics.judges import Judge, names
from analytics.queries import interviews as queries
from analytics.queries import tags
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.report.content import Report
from analytics.reviews.requests import QueuedRequest
from analytics.roster import order, page, refresh
from analytics.roster.filters import Filters
from analytics.scores.version_scores import all_judges as all_judges_of
from analytics.scores.version_scores import judges_by_key
from analytics.settings import SettingsError
from analytics.setup import rights
from analytics.setup.backfill import is_unfinished
from analytics.views.candidate import CandidateView, view_candidate
from analytics.views.comparison import (
    ClaimChanges,
    Comparison,
    Scatter,
    view_claim_changes,
    view_comparison,
    view_scatter,
)
from analytics.views.interview import InterviewView, view_interview, view_likely_lines
from analytics.views.judge import JudgeView, view_judge
from analytics.views.news import News, view_news
from analytics.views.report import view_report
from analytics.views.reviews import view_queue
from analytics.views.session import SessionView, view_session
from pages.parts import outage

_log = logging.getLogger(__name__)


def candidates(
    viewer: Viewer,
    filters: Filters,
    *,
    sort: order.Sort,
    descending: bool,
    after: str | None = None,
    before: str | None = None,
    size: int = 25,
) -> page.RosterPage:
    """Read a page of the roster after bringing it up to date; raises `roster.CursorError`."""
    refresh.try_refresh_stale(runtime.engine)
    with reading() as db:
        return page.page(
            viewer, db, filters=filters, sort=sort, descending=descending, size=size, after=after, before=before
        )


def anybody(viewer: Viewer) -> bool:
    """Return whether the roster has anybody in it, after bringing it up to date."""
    refresh.try_refresh_stale(runtime.engine)
    with reading() as db:
        return bool(page.search(viewer, db, "", size=1))


def report(viewer: Viewer, user_id: int, since: date | None, until: date | None, zone: tzinfo) -> Report | None:
    """Assemble a candidate's report; None if the viewer sees no such candidate."""
    with reading() as db:
        return view_report(viewer, user_id, runtime.settings().targets, db, since=since, until=until, zone=zone)


def report_links(viewer: Viewer, user_id: int) -> list[Link]:
    """List the links to a candidate's report."""
    with reading() as db:
        return links_of(viewer, db, user_id)


def session(viewer: Viewer, view: CandidateView, *, private: bool, most_notes: int) -> tuple[SessionView, News] | None:
    """Read notes, steps and goals, and what is new, which is then on record.

    Only the newest notes are read, without `private` only shared ones. None if the person is gone. A failure to record
    is ignored.
    """
    # Not from the replica: what was just written would be missing, and what was just marked as seen new again.
    with _explain_errors(), sessions.reading(runtime.engine()) as db:
        found = view_session(viewer, view.candidate.user_id, db, private=private, most_notes=most_notes, candidate=view)
        # News are about all interviews, whatever is filtered.
        trends = None if view.is_filtered else view.trends
        new = view_news(viewer, view.candidate.user_id, db, trends=trends, session=found)
    if found is None or new is None:
        return None
    if new.to_keep is not None:
        try:
            with sessions.writing(runtime.engine()) as connection:
                keep(viewer, connection, view.candidate.user_id, new.to_keep)
        except DatabaseError as error:
            _log.info("What was shown is not kept: %s", error)
    return found, new


def notes(viewer: Viewer, user_id: int, *, private: bool) -> list[Note]:
    """List all notes about a person, without `private` only shared ones."""
    with reading(primary=True) as db:
        return notes_about(viewer, db, user_id, private=private)


def mark_news_seen(viewer: Viewer, user_id: int) -> None:
    """Start the next list of what is new where the last shown one ends."""
    with writing() as connection:
        if (former := former_look(viewer, connection, user_id)) is not None:
            keep(viewer, connection, user_id, mark_seen(former))


def judges(records: Iterable[SkillRecord | ComparedRecord]) -> dict[str, Judge]:
    """Return the judges of these scores by key."""
    with reading() as db:
        return judges_by_key(db, {record.judge for record in records})


def review_queue(viewer: Viewer) -> tuple[QueuedRequest, ...] | None:
    """List the requests that wait for the viewer's answer; None if they cannot be read."""
    try:
        with sessions.reading(runtime.engine()) as db:
            return view_queue(viewer, db)
    except DatabaseError:
        return None


def people(viewer: Viewer, search: str) -> list[page.SearchResult]:
    """List candidates whose name or e-mail contains a text, including those just added."""
    refresh.try_refresh_stale(runtime.engine)
    with reading() as db:
        return page.search(viewer, db, search)


def kinds(viewer: Viewer) -> list[str]:
    """List the kinds of the interviews the viewer sees."""
    with reading() as db:
        return tags.kinds(viewer, db)


def all_judges() -> dict[str, str]:
    """Return the key of every judge that gave a score here, by name."""
    with reading() as db:
        return {name: key for key, name in names({judge.key: judge for judge in all_judges_of(db)}).items()}


def missing_for_adding() -> list[str]:
    """Return the rights that adding interviews lacks on this database; empty if none is missing."""
    with writing() as connection:
        return rights.missing_for_adding(connection)


def candidate(
    viewer: Viewer, user_id: int, kind: str | None = None, difficulty: int | None = None
) -> CandidateView | None:
    """Read everything about a candidate, or about interviews of a kind; None if there is none to see."""
    with reading() as db:
        return view_candidate(viewer, user_id, runtime.settings().targets, db, kind=kind, difficulty=difficulty)


def interviews_of(viewer: Viewer, user_id: int) -> list[queries.InterviewRow]:
    """List a candidate's interviews, newest first."""
    with reading() as db:
        return queries.candidate_interviews(viewer, db, user_id)


def comparison(viewer: Viewer, interview_ids: Sequence[int]) -> tuple[Comparison, Scatter]:
    """Read several interviews in the requested order, and the noise of their scores."""
    with reading() as db:
        view = view_comparison(viewer, interview_ids, db)
        return view, view_scatter(viewer, view, db)


def claim_changes(viewer: Viewer, before: int, after: int) -> list[ClaimChanges]:
    """Compare the claims of two interviews."""
    with reading() as db:
        return view_claim_changes(viewer, before, after, db)


def interview(viewer: Viewer, interview_id: int) -> InterviewView | None:
    """Read an interview; None if the viewer may see no such interview."""
    with reading() as db:
        return view_interview(viewer, interview_id, db)


def judge(viewer: Viewer) -> JudgeView:
    """Compare every judge with people, on the interviews the viewer sees."""
    with reading() as db:
        return view_judge(viewer, db)


def history(viewer: Viewer, interview_id: int) -> list[Version]:
    """List every version of an interview's breakdown, newest first."""
    with reading() as db:
        return shown.history(viewer, db, interview_id)


def quote(viewer: Viewer, interview_id: int, cited: str) -> Quote | None:
    """Return the piece of an interview's conversation with this id; None if there is none."""
    with reading() as db:
        return remembered_transcript(queries.conversation(viewer, db, interview_id)).quote(cited)


def likely_lines(viewer: Viewer, interview_id: int, skill: str, claims: Sequence[str]) -> dict[str, tuple[Quote, ...]]:
    """Find lines of an interview that may show claims without a quote."""
    with reading() as db:
        return view_likely_lines(viewer, interview_id, skill, claims, db)


def is_set_up() -> bool:
    """Return whether the scores of all interviews have been read."""
    with reading() as db:
        return not is_unfinished(db)


@contextmanager
def reading(*, primary: bool = False) -> Iterator[Session]:
    """Open a session for reading, with `primary` on the primary; a database failure ends the page."""
    with _explain_errors(), replica.reading(runtime.engine(), None if primary else runtime.replica()) as db:
        yield db


@contextmanager
def writing() -> Iterator[sessions.Connection]:
    """Open one transaction on the primary; fails as `reading` does."""
    with _explain_errors(), sessions.writing(runtime.engine()) as db:
        yield db


@contextmanager
def _explain_errors() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, SettingsError) as error:
        outage.explain(error)
