"""One interview: what it shows, the conversation, and its breakdown job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from analytics.access.blind import find_hidden
from analytics.access.viewer import Viewer
from analytics.breakdown import Quote, transcript_hash
from analytics.breakdown.assessment.likely_lines import likely_lines
from analytics.breakdown.assessment.recurrence import times_before
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import Job
from analytics.breakdown.reading.transcript import remembered_transcript
from analytics.breakdown.versions.locking import is_editor
from analytics.breakdown.versions.shown import ShownBreakdown, feedback_of, shown_breakdown
from analytics.interviewlab.conversation import Conversation, read_conversation
from analytics.interviewlab.feedback import Feedback
from analytics.queries import interviews, tags
from analytics.queries.interviews import InterviewRow
from analytics.queries.tags import Label
from analytics.verdicts.verdicts import NO_VERDICTS, InterviewVerdicts, verdicts_of
from analytics.views.reviews import NO_REVIEWS, ReviewsView, view_reviews

_NO_LABEL: Final = Label()
# As many interviews are looked at for what came up before.
_EARLIER: Final = 20


@dataclass(frozen=True, slots=True)
class SkillsView:
    """The breakdown an interview shows."""

    interview: InterviewRow
    current: ShownBreakdown

    @property
    def feedback(self) -> Feedback:
        """Return the scores and claims as all viewers see them."""
        return self.current.feedback


@dataclass(frozen=True, slots=True)
class InterviewView(SkillsView):
    """An interview as a whole.

    `transcript_hash` says what a breakdown of it would read now, `job` is the last one, `label` what people say it is,
    `verdicts` what coaches say of its skills. `hidden` is whether the viewer has to judge it first,
    `reviews` what was said about its scores and claims. `came_before` counts for a skill's weakness, by its text, the
    earlier interviews of the person with much the same. `may_press` is whether the viewer may have its breakdown made.
    """

    conversation: Conversation
    transcript_hash: str
    job: Job | None
    label: Label = _NO_LABEL
    verdicts: InterviewVerdicts = NO_VERDICTS
    hidden: bool = False
    reviews: ReviewsView = NO_REVIEWS
    came_before: Mapping[tuple[str, str], int] = field(default_factory=dict)
    may_press: bool = False


def view_skills(viewer: Viewer, interview_id: int, db: Session) -> SkillsView | None:
    """Read what an interview shows; None if it does not exist or the viewer may not see it."""
    interview = interviews.interview(viewer, db, interview_id)
    current = None if interview is None else shown_breakdown(viewer, db, interview_id)
    return None if interview is None or current is None else SkillsView(interview, current)


def view_interview(viewer: Viewer, interview_id: int, db: Session) -> InterviewView | None:
    """Read an interview as a whole; None as in `view_skills`."""
    skills = view_skills(viewer, interview_id, db)
    if skills is None:
        return None
    conversation = interviews.conversation(viewer, db, interview_id)
    return InterviewView(
        interview=skills.interview,
        current=skills.current,
        conversation=read_conversation(conversation),
        transcript_hash=transcript_hash(conversation),
        job=store.latest(viewer, db, interview_id),
        label=tags.label(viewer, db, interview_id),
        verdicts=verdicts_of(viewer, db, interview_id) or NO_VERDICTS,
        hidden=bool(find_hidden(viewer, db, interview_ids=[interview_id])),
        reviews=view_reviews(viewer, interview_id, db) or NO_REVIEWS,
        came_before=_came_before(viewer, skills, db),
        may_press=is_editor(viewer, db, interview_id),
    )


def _came_before(viewer: Viewer, skills: SkillsView, db: Session) -> dict[tuple[str, str], int]:
    at = skills.interview.completed_at
    if at is None or not any(skill.weaknesses for skill in skills.feedback.skills.values()):
        return {}
    rows = feedback_of(viewer, db, skills.interview.user_id, latest=_EARLIER)
    earlier = {row.interview_id: row.read() for row in rows if row.completed_at is not None and row.completed_at < at}
    return {
        (key, text): count
        for key, skill in skills.feedback.skills.items()
        for text, count in times_before(
            skill.weaknesses, {interview: read.skills[key].weaknesses for interview, read in earlier.items()}
        ).items()
    }


def view_likely_lines(
    viewer: Viewer, interview_id: int, skill: str, claims: Sequence[str], db: Session
) -> dict[str, tuple[Quote, ...]]:
    """Find lines that may show a skill's claims without quotes; none if the interview may not be seen."""
    transcript = remembered_transcript(interviews.conversation(viewer, db, interview_id))
    return {claim: likely_lines(transcript, skill, claim) for claim in claims}
