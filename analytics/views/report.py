"""The report of a candidate for a period, as handed out by page, route and library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Final

from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access.private import private_among
from analytics.access.viewer import Viewer
from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.versions.shown import shown_breakdown
from analytics.candidate.focus import choose_focus
from analytics.candidate.skill_trends import SkillTrend, on_their_scale, skill_trends
from analytics.coaching.steps import Doer, Step, StepState, steps_of
from analytics.formatting import calendar_day, day, give_or_take, quantity, signed_number, wall_clock
from analytics.queries import candidates
from analytics.queries.candidates import SkillRecord
from analytics.report.content import Point, QuotedClaim, Report, SkillLine
from analytics.scores.version_scores import judges_by_key
from analytics.skills import SKILLS

MOST_CLAIMS: Final = 3
# So much of the steps has room on two pages, also of Letter, beside claims and quotes as long as they may be.
_STEP_CHARACTERS: Final = 2_200
_LINE_CHARACTERS: Final = 100
_INTERVIEWS_LOOKED_AT: Final = 6
ONLY_QUOTED: Final = "Only claims with a quote from the interview are printed."
_LIMITS: Final = (
    "± is the 95% interval: how far off a level or a change may be. Scores vary from interview to interview.",
    "A change without a number could not be told from that variation.",
    ONLY_QUOTED,
)
_VERDICTS: Final = "A diamond is a coach's verdict; levels and changes are told from the judge's scores."


def view_report(
    viewer: Viewer,
    user_id: int,
    targets: Mapping[str, float],
    db: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    zone: tzinfo = UTC,
    now: datetime | None = None,
    practice: bool = True,
) -> Report | None:
    """Assemble the report of a candidate for a period, both days included.

    None for a candidate who does not exist or whom the viewer may not see; without interviews in the period the skills
    say so. `now` is when the report says it was made. Interviews that only the candidate sees are in their own
    report, unless without `practice`.
    """
    candidate = candidates.candidate(viewer, db, user_id)
    if candidate is None:
        return None
    private = frozenset() if practice else private_among(db, user_id)
    history = [
        record
        for record in candidates.skill_history(viewer, db, user_id) or []
        if _is_within(wall_clock(record.date, zone).date(), since, until) and record.interview_id not in private
    ]
    trends = skill_trends(history, cohort.load(db))
    told = on_their_scale(history, trends)
    focus = choose_focus(trends, targets).skills
    skills = [_line(skill.label, skill.colour, trends[skill.key], targets[skill.key], told, zone) for skill in SKILLS]
    has_verdicts = any(point.is_verdict for skill in skills for point in skill.points)
    return Report(
        candidate=_in_one_line(candidate.name),
        period=_period(history, zone),
        made=f"Made on {day(now or datetime.now(UTC), zone)}.",
        skills=skills,
        claims=list(_claims(viewer, db, history, focus, zone)),
        steps=list(_steps([step for step in steps_of(viewer, db, user_id) if step.is_open], zone)),
        scored_by=_judges(db, history),
        limits=(*_LIMITS, _VERDICTS) if has_verdicts else _LIMITS,
    )


def _is_within(day_of_interview: date, since: date | None, until: date | None) -> bool:
    return (since is None or day_of_interview >= since) and (until is None or day_of_interview <= until)


def _period(history: Sequence[SkillRecord], zone: tzinfo) -> str:
    interviews = {record.interview_id: record.date for record in history}
    if not interviews:
        return "No completed interview in this period"
    first, last = min(interviews.values()), max(interviews.values())
    if len(interviews) == 1:
        return f"One interview, {day(first, zone)}"
    return f"{len(interviews)} interviews, {day(first, zone)} to {day(last, zone)}"


def _line(
    label: str, colour: str, trend: SkillTrend, target: float, history: Sequence[SkillRecord], zone: tzinfo
) -> SkillLine:
    points = [
        Point(wall_clock(record.date, zone).date(), record.shown_score, record.has_verdict)
        for record in history
        if record.skill == trend.skill and record.shown_score is not None
    ]
    now = None if trend.current is None else give_or_take(trend.current, trend.current_error)
    change = None
    if trend.trend in {"improving", "declining"} and trend.change_error is not None:
        change = f"{signed_number(trend.change)} ± {trend.change_error:.2f}"
    sentence = trend.sentence.removeprefix(f"{label}: ")
    return SkillLine(label, colour, now, change, target, sentence[:1].upper() + sentence[1:], points)


def _claims(
    viewer: Viewer, db: Session, history: Sequence[SkillRecord], focus: Sequence[str], zone: tzinfo
) -> Iterator[QuotedClaim]:
    """Choose what was said: weaknesses in what to work on next first, one strength last, the latest interview first."""
    titles = {record.interview_id: (record.interview_title, record.date) for record in history}
    latest = sorted(titles, key=lambda interview_id: titles[interview_id][1], reverse=True)[:_INTERVIEWS_LOOKED_AT]
    weaknesses: list[QuotedClaim] = []
    strengths: list[QuotedClaim] = []
    for interview_id in latest:
        current = shown_breakdown(viewer, db, interview_id)
        if current is None or current.breakdown is None:
            continue
        title, date = titles[interview_id]
        source = _in_one_line(f"{title}, {day(date, zone)}")
        for skill in SKILLS:
            breakdown = current.breakdown.skill_breakdown.get(skill.key)
            if breakdown is None:
                continue
            if skill.key in focus:
                weaknesses += [_as_quoted(claim, skill.label, source) for claim in breakdown.weaknesses if claim.quotes]
            strengths += [_as_quoted(claim, skill.label, source) for claim in breakdown.strengths if claim.quotes]
    yield from weaknesses[: MOST_CLAIMS - 1 if strengths else MOST_CLAIMS]
    yield from strengths[: max(1, MOST_CLAIMS - len(weaknesses))]


def _as_quoted(claim: Claim, skill: str, source: str) -> QuotedClaim:
    text, quote = _in_one_line(claim.text), _in_one_line(claim.main_quote.text)
    return QuotedClaim(claim.kind.capitalize(), skill, text, quote, source)


def _in_one_line(text: str) -> str:
    """Join the lines of a text: on paper each would take one, however short, and two pages would not hold them."""
    return " ".join(text.split())


def _steps(steps: Sequence[Step], zone: tzinfo) -> Iterator[str]:
    """Describe steps, newest first, as far as there is room, and count the others."""
    room = _STEP_CHARACTERS
    for place, step in enumerate(steps):
        text = _step(step, zone)
        room -= max(len(text), _LINE_CHARACTERS)
        if room < 0:
            left = len(steps) - place
            yield f"{quantity(left, 'earlier step')} {'is' if left == 1 else 'are'} still open."
            return
        yield text


def _step(step: Step, zone: tzinfo) -> str:
    """Describe what was agreed, who does it, until when, and what became of it so far."""
    who = "the coach" if step.doer is Doer.COACH else "the candidate"
    until = f", by {calendar_day(step.due_on)}" if step.due_on else ""
    said = ": ".join(filter(None, ("Tried" if step.state is StepState.TRIED else "", step.word)))
    agreed = f"({who}{until}; agreed on {day(step.agreed_at, zone)})"
    return _in_one_line(f"{step.text} {agreed}{'. ' if said else ''}{said}")


def _judges(db: Session, history: Sequence[SkillRecord]) -> str:
    """Describe whose scores these are."""
    given = {record.judge for record in history if record.score is not None}
    if not given:
        return ""
    labels = {judge.label for key, judge in judges_by_key(db, given).items() if key in given}
    return f"Scores by {' and '.join(sorted(labels))}."
