"""An interview's page besides its conversation: facts, summary, skills and submitted code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Final, Literal

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.breakdown import Quote
from analytics.breakdown.assessment.result import is_ours, write_out
from analytics.formatting import STATUS_WORDS, language_name, number, quantity, state_words
from analytics.interviewlab.conversation import CodeSubmission, Conversation
from analytics.interviewlab.feedback import POINTS, SkillBreakdown
from analytics.judges import SEVERAL
from analytics.queries.interviews import InterviewRow
from analytics.reviews.requests import ReviewTarget
from analytics.skills import SKILLS, Skill, band
from analytics.text import fold, visible
from analytics.views.interview import InterviewView
from pages.parts import times, verdicts
from pages.parts.interview import likely_lines, states
from pages.parts.interview.pieces import CHARACTERS, anchor, line_label
from pages.parts.interview.skill_links import skill_anchor
from pages.parts.markdown import plain
from pages.parts.reviews import requests

_SUBMISSIONS_SHOWN: Final = 30
_POINTS_SHOWN: Final = 10
_TIMES: Final = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
# The two halves of the page scroll by themselves, so that a claim and what was said stay side by side.
_PANE: Final = 760


def again(before: int) -> str:
    """Describe how often a point has come up by this interview: "third time"; empty for the first."""
    if not before:
        return ""
    time = f"{_TIMES[before - 1]} time" if before <= len(_TIMES) else f"{before + 1} times"
    return f":orange-badge[:material/repeat: {time}]"


def neighbours(shown: InterviewRow, interviews: Sequence[InterviewRow]) -> None:
    """Link to the candidate's interviews before and after this one; `interviews` are newest first."""
    place = next((place for place, row in enumerate(interviews) if row.interview_id == shown.interview_id), None)
    if place is None:
        return
    for step, word, icon in ((1, "Previous", ":material/chevron_left:"), (-1, "Next", ":material/chevron_right:")):
        if 0 <= place + step < len(interviews):
            other = interviews[place + step]
            st.page_link(
                "interview.py", label=f"{word}: {times.day(other.date)}", icon=icon, help=plain(other.title, 200),
                icon_position="left" if step > 0 else "right", query_params={"interview": str(other.interview_id)},
            )  # fmt: skip


def when_and_score(view: InterviewView) -> None:
    """Show the interview's date and overall score in the bar."""
    score = None if view.hidden else view.feedback.overall
    st.caption(f"{times.day(view.interview.date)}{'' if score is None else f' · **{number(score)}**'}", width="content")


def facts(view: InterviewView) -> None:
    """Show in one line the interview's date, duration, status and topics."""
    interview, score = view.interview, view.feedback.overall
    several = len({given.judge.key for given in view.current.judged.values()}) > 1
    by = f" ({SEVERAL})" if several else ""
    overall = "no overall score" if score is None else f"overall **{number(score)}**{by}"
    parts = [
        times.day_and_age(interview.date),
        "" if interview.minutes is None else f"{interview.minutes:.0f} min",
        quantity(interview.turn_count, "turn"),
        STATUS_WORDS.get(interview.status, plain(interview.status, 20)),
        "" if view.hidden else overall,
    ]
    st.markdown(" · ".join(filter(None, parts)))
    if view.feedback.topics:
        st.markdown(" ".join(f":gray-badge[{plain(topic, 40)}]" for topic in view.feedback.topics[:20]))


def summary(view: InterviewView) -> None:
    """Show what InterviewLab says of the whole interview, without what stands at the skills below or is ours."""
    feedback = view.feedback
    if is_ours(feedback.summary):
        return
    if feedback.summary:
        st.markdown(plain(feedback.summary, 2_000))
    below = {point for skill in feedback.skills.values() for name in POINTS for point in getattr(skill, name)}
    overall = {name: [point for point in getattr(feedback, name) if point not in below] for name in POINTS}
    ours = feedback.detailed_feedback == write_out(feedback.strengths, feedback.weaknesses)
    detailed = "" if ours else feedback.detailed_feedback
    if any(overall.values()) or detailed:
        opened = st.expander(
            "Overall feedback from InterviewLab", icon=":material/summarize:", key="whole", on_change="rerun"
        )
        if not opened.open:
            return
        with opened:
            if detailed:
                st.text(visible(detailed[:CHARACTERS]))
            for name, points in overall.items():
                _points(name.capitalize(), points)


def pane_height(view: InterviewView) -> int | Literal["content"]:
    """Return the height of both halves: without a conversation there is nothing to scroll beside the other."""
    return _PANE if view.conversation.turns else "content"


def skills(viewer: Viewer, view: InterviewView) -> None:
    """Show each skill's score or state, and its strengths, weaknesses and recommendations."""
    states.explain_no_scores(view)
    grid = st.grid(2, min_column_width=400)
    for skill in SKILLS:
        with grid.cell(), st.container(border=True, height="stretch"):
            _score(skill, view.feedback.skills[skill.key])
            verdicts.section(viewer, view, skill)
            requests.of_score(viewer, view, skill)
            _claims(viewer, view, skill)


def submissions(conversation: Conversation, quotes: Sequence[Quote] = ()) -> None:
    """Show the submitted code with InterviewLab's findings and the quoted lines marked.

    The first, and those that are quoted, are open; the others when they are opened.
    """
    submitted = conversation.submission_turns
    for place, turn in enumerate(submitted, 1):
        submission = turn.submission
        cited = sorted(
            (quote for quote in quotes if quote.place == "code" and quote.message == turn.message),
            key=lambda quote: (quote.start, quote.end),
        )
        if submission is None or (place > _SUBMISSIONS_SHOWN and not cited):
            continue
        if cited:
            st.subheader(f":small[Quoted from submission {place}]", anchor=anchor(cited[0]))
        quality = "" if submission.quality is None else f", quality {submission.quality:.2f}"
        label = f"Submission {place}: {plain(language_name(submission.language), 20) or 'code'}{quality}"
        opened = st.expander(
            label,
            icon=":material/code:",
            expanded=place == 1 or bool(cited),
            key=f"submission_{place}",
            on_change="rerun",
        )
        if opened.open:
            with opened:
                _submission(submission, cited)
    if len(submitted) > _SUBMISSIONS_SHOWN:
        st.caption(f"The first {_SUBMISSIONS_SHOWN} of {len(submitted)} submissions, and those that are quoted.")


def _submission(submission: CodeSubmission, cited: Sequence[Quote]) -> None:
    code, language = submission.code[:CHARACTERS], _language(submission.language.lower())
    ranges = _cited_lines(submission.code, cited)
    if ranges:
        for text, quoted in _cut_lines(code.rstrip().split("\n"), ranges):
            if quoted:
                with st.container(border=True):
                    st.markdown(f":orange-badge[:material/format_quote: {quoted}]")
                    st.code(visible(text), language=language, wrap_lines=True)
            else:
                st.code(visible(text), language=language, wrap_lines=True)
    else:
        st.code(visible(code), language=language, line_numbers=True, wrap_lines=True)
    if len(submission.code) > CHARACTERS:
        st.caption(f"The first {CHARACTERS:,} of {len(submission.code):,} characters.")
    _points("Strengths", submission.strengths)
    _points("Weaknesses", submission.weaknesses)


def _cited_lines(code: str, cited: Sequence[Quote]) -> list[range]:
    """Find the lines, from 0, of each quote that still stands in the code."""
    return [
        range(code.count("\n", 0, quote.start), code.count("\n", 0, max(quote.end - 1, quote.start)) + 1)
        for quote in cited
        if fold(code[quote.start : quote.end]) == fold(quote.text)
    ]


def _cut_lines(lines: Sequence[str], ranges: Sequence[range]) -> Iterator[tuple[str, str]]:
    """Cut code where what is quoted begins or ends: the numbered lines, and the lines of each quote in them.

    Quotes that overlap or touch stand in one piece.
    """
    numbered = [f"{place + 1:>4}  {line}" for place, line in enumerate(lines)]
    is_quoted = [any(place in places for places in ranges) for place in range(len(lines))]
    for quoted, places in groupby(range(len(lines)), is_quoted.__getitem__):
        piece = list(places)
        labels = dict.fromkeys(
            line_label(each.start + 1, each.stop) for each in ranges if quoted and each.start in piece
        )
        yield "\n".join(numbered[place] for place in piece), ", ".join(labels)


def _score(skill: Skill, breakdown: SkillBreakdown) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(skill.label, anchor=skill_anchor(skill))
        if breakdown.score is None:
            st.badge(state_words(breakdown.state), icon=":material/block:", color="gray")
        else:
            st.markdown(f"**{breakdown.score:.2f}** {band(breakdown.score)}")
    if breakdown.score is not None:
        st.progress(breakdown.score)
    if breakdown.reason and breakdown.reason not in states.OF_THE_WHOLE:
        st.caption(breakdown.reason.sentence)


def _claims(viewer: Viewer, view: InterviewView, skill: Skill) -> None:
    breakdown = view.feedback.skills[skill.key]
    unquoted = tuple(dict.fromkeys((*breakdown.strengths[:_POINTS_SHOWN], *breakdown.weaknesses[:_POINTS_SHOWN])))
    near = likely_lines.find(viewer, view, skill, unquoted)
    came_before = {text: again(count) for (key, text), count in view.came_before.items() if key == skill.key}
    for kind, name, points in (
        ("strength", "Strengths", breakdown.strengths),
        ("weakness", "Weaknesses", breakdown.weaknesses),
        ("recommendation", "Recommendations", breakdown.recommendations),
    ):
        marks = came_before if kind == "weakness" else {}
        if not requests.are_open(view.reviews) and not any(near.values()):
            _points(name, points, marks)
        elif points:
            st.markdown(f"**{name}**")
            for place, point in enumerate(dict.fromkeys(points[:_POINTS_SHOWN])):
                with st.container(gap="xsmall"):
                    st.markdown(f"- {plain(point, 600)} {marks.get(point, '')}".rstrip())
                    if kind != "recommendation":
                        likely_lines.suggest(near.get(point, ()), f"{skill.key}_{kind}_{place}")
                    about = ReviewTarget(view.interview.interview_id, skill.key, kind, point)
                    requests.section(viewer, view.reviews, about)
    if breakdown.score is not None and not (breakdown.strengths or breakdown.weaknesses or breakdown.recommendations):
        st.caption("No written feedback for this skill.")


def _points(name: str, points: Sequence[str], marks: Mapping[str, str] = MappingProxyType({})) -> None:
    if points:
        lines = (f"- {plain(point, 600)} {marks.get(point, '')}".rstrip() for point in points[:_POINTS_SHOWN])
        st.markdown(f"**{name}**\n" + "\n".join(lines))


def _language(language: str) -> str | None:
    return language if language.isalnum() and len(language) < 20 else None
