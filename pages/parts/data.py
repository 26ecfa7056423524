"""The one door to the data: what the pages show, read for whoever is looking.

What was read of a candidate is kept until anything of it has changed (`queries.revised_candidate`), and nothing else
is: most statements take a fraction of what a cache does. A database that cannot be used ends the page with one
sentence, and the page comes back by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from analytics import cohort, database, outlook, queries, replica, roster, runtime, summaries
from analytics.access import Viewer
from analytics.breakdown import (
    Estimate,
    FeedbackGenerator,
    Quote,
    jobs,
    presenting,
    read_transcript,
    transcript_hash,
    versions,
)
from analytics.breakdown.reading import forecast_of
from analytics.conversation import Conversation, read_conversation
from analytics.database import DatabaseError
from analytics.feedback import Feedback
from analytics.settings import SettingsError
from pages.parts import ahead, trouble

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """What is shown about one candidate."""

    candidate: queries.Candidate
    history: list[queries.SkillRecord]
    interviews: list[queries.InterviewRow]
    outlooks: Mapping[str, outlook.SkillOutlook]
    next_step: outlook.NextStep
    recommendations: list[outlook.Recommendation]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The interviews side by side, and by skill how scores scatter: standard deviation and degrees of freedom.

    The scatter is the candidate's own where all interviews are of one person, else what is usual among all candidates.
    """

    records: list[queries.ComparedRecord]
    scatter: Mapping[str, tuple[float, float]]
    of_one: bool


@dataclass(frozen=True, slots=True)
class InterviewPage:
    """What is shown about one interview."""

    interview: queries.InterviewRow
    presented: presenting.Presented
    conversation: Conversation
    transcript_hash: str
    job: jobs.Job | None

    @property
    def feedback(self) -> Feedback:
        """Give the scores and points as everybody reads them."""
        return self.presented.feedback


def candidates(
    viewer: Viewer,
    filters: roster.Filters,
    *,
    sort: roster.Sort,
    descending: bool,
    after: str | None = None,
    before: str | None = None,
    size: int = 25,
) -> roster.RosterPage:
    """Read a page of the roster, brought up to date; raises `roster.CursorError`."""
    _refresh()
    with reading() as db:
        return roster.page(
            viewer,
            db,
            filters=filters,
            sort=sort,
            descending=descending,
            targets=runtime.settings().targets,
            size=size,
            after=after,
            before=before,
        )


def found(viewer: Viewer, search: str) -> list[roster.Found]:
    """List candidates whose name or e-mail holds a text."""
    with reading() as db:
        return roster.found(viewer, db, search)


def candidate(viewer: Viewer, user_id: int) -> CandidatePage | None:
    """Read everything about a candidate; None where there is none that the viewer may see."""
    # The revision comes first: what changes while the rest is read is read again with the next step.
    found: tuple[queries.Candidate, str | None] | None = ahead.revised_candidate(viewer, user_id)
    if found is None:
        with _explained():
            found = database.ask(runtime.engine(), lambda db: queries.revised_candidate(viewer, db, user_id))
    if found is None:
        return None
    person, revision = found
    kept = [] if revision is None else _kept(viewer, user_id, revision)
    if not kept:
        with reading() as db:
            kept.append(_candidate(viewer, db, person))
    return kept[0]


@lru_cache(maxsize=128)
def _kept(_viewer: Viewer, _user_id: int, _revision: str) -> list[CandidatePage]:
    """Give the place where what was read of a candidate is kept; empty until somebody fills it."""
    return []


def _candidate(viewer: Viewer, db: database.Session, person: queries.Candidate) -> CandidatePage:
    history = queries.skill_history(viewer, db, person.user_id) or []
    interviews = queries.candidate_interviews(viewer, db, person.user_id)
    outlooks = outlook.outlook(history, cohort.load(db))
    next_step = outlook.next_step(outlooks, runtime.settings().targets)
    latest = outlook.LAST_BREAKDOWNS
    feedback = presenting.feedback_of(viewer, db, person.user_id, latest=latest) if next_step.skills else []
    recommendations = outlook.recommendations(feedback, history, next_step.skills)
    return CandidatePage(person, history, interviews, outlooks, next_step, recommendations)


def interviews_of(viewer: Viewer, user_id: int) -> list[queries.InterviewRow]:
    """List a candidate's interviews, the latest first."""
    with reading() as db:
        return queries.candidate_interviews(viewer, db, user_id)


def compared(viewer: Viewer, interview_ids: Sequence[int]) -> Comparison:
    """Read the skills of several interviews in the order asked for; those the viewer may not see are missing."""
    with reading() as db:
        records = queries.compared(viewer, db, interview_ids)
        everybody = cohort.load(db)
        people = {record.user_id for record in records}
        history = (queries.skill_history(viewer, db, people.pop()) if len(people) == 1 else None) or []
    told = outlook.outlook(history, everybody)
    return Comparison(
        records=sorted(records, key=lambda record: interview_ids.index(record.interview_id)),
        scatter={key: (told[key].noise_sd, told[key].df) for key in told},
        of_one=bool(history),
    )


def interview(viewer: Viewer, interview_id: int) -> InterviewPage | None:
    """Read an interview; None where there is none that the viewer may see."""
    with reading() as db:
        found = queries.interview(viewer, db, interview_id)
        presented = presenting.presented(viewer, db, interview_id)
        if found is None or presented is None:
            return None
        conversation = queries.conversation(viewer, db, interview_id)
        job = jobs.latest(viewer, db, interview_id)
    return InterviewPage(
        interview=found,
        presented=presented,
        conversation=read_conversation(conversation),
        transcript_hash=transcript_hash(conversation),
        job=job,
    )


def history(viewer: Viewer, interview_id: int) -> list[versions.Version]:
    """List every version of an interview's breakdown, the newest first."""
    with reading() as db:
        return presenting.listed(viewer, db, interview_id)


def latest_job(viewer: Viewer, interview_id: int) -> jobs.Job | None:
    """Find the last job of an interview."""
    with reading() as db:
        return jobs.latest(viewer, db, interview_id)


def quote(viewer: Viewer, interview_id: int, cited: str) -> Quote | None:
    """Cut what an id names from an interview's conversation; None where there is no such sentence or line."""
    with reading() as db:
        return read_transcript(queries.conversation(viewer, db, interview_id)).quote(cited)


def forecast(shown: InterviewPage) -> Estimate | None:
    """Say what a new breakdown of an interview that the viewer sees would take; None where it is not completed."""
    with reading() as db:
        return forecast_of(db, shown.interview.interview_id, FeedbackGenerator())


@contextmanager
def reading() -> Iterator[database.Session]:
    """Open a session for reading; a database that cannot be used ends the page with one sentence."""
    with _explained(), replica.reading(runtime.engine(), runtime.replica()) as db:
        yield db


@contextmanager
def changing() -> Iterator[database.Session]:
    """Open a session for one transaction on the primary; fails as `reading` does."""
    with _explained(), database.session(runtime.engine()) as db:
        yield db


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, SettingsError) as error:
        trouble.explain(error)


def _refresh() -> None:
    """Bring the roster's summaries up to date; a database that takes no changes is shown as it stands."""
    try:
        with runtime.engine().begin() as connection:
            summaries.refresh(connection)
    except Exception as error:  # reading is what matters, and it reports by itself what it cannot do
        _log.info("The roster was not brought up to date: %s", database.described(error))
