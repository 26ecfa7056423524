"""The pieces of an interview's page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import streamlit as st

from analytics.charts import day, state_words
from analytics.conversation import CodeSubmission, Conversation, Speaker, Turn
from analytics.feedback import SkillBreakdown
from analytics.skills import SKILLS, Skill, band
from analytics.text import visible
from pages.parts import filters
from pages.parts.data import InterviewPage
from pages.parts.person import STATUS_WORDS
from pages.parts.text import counted, number, plain

# What one page of a conversation holds at most: more makes the browser slow.
CHARACTERS: Final = 20_000
TURNS: Final = 40
_CODE_SHOWN: Final = 20_000
_SPEAKERS: Final = {
    Speaker.CANDIDATE: ("Candidate", ":material/person:"),
    Speaker.INTERVIEWER: ("Interviewer", ":material/record_voice_over:"),
}


class Piece(NamedTuple):
    """A turn, or a part of a very long one."""

    number: int
    turn: Turn
    said: str
    part: int
    parts: int


def facts(shown: InterviewPage) -> None:
    """Show when the interview was, how long it took and what it was about."""
    interview, feedback = shown.interview, shown.feedback
    with st.grid(5, min_column_width=150):
        st.metric("Date", day(interview.date), border=True)
        st.metric("Duration", "–" if interview.minutes is None else f"{interview.minutes:.0f} min", border=True)
        st.metric("Turns", interview.turn_count, border=True)
        st.metric("Status", STATUS_WORDS.get(interview.status, plain(interview.status, 20)), border=True)
        st.metric("Overall", number(feedback.overall), border=True)
    if feedback.topics:
        st.markdown(" ".join(f":gray-badge[{plain(topic, 40)}]" for topic in feedback.topics[:20]))


def summary(shown: InterviewPage) -> None:
    """Show what the platform says about the interview as a whole."""
    feedback = shown.feedback
    if feedback.summary:
        st.markdown(plain(feedback.summary, 2_000))
    overall = {"Strengths": feedback.strengths, "Weaknesses": feedback.weaknesses, "Recommendations": feedback.recommendations}
    if any(overall.values()) or feedback.detailed_feedback:
        with st.expander("The platform's feedback as a whole", icon=":material/summarize:"):
            if feedback.detailed_feedback:
                st.text(visible(feedback.detailed_feedback[:CHARACTERS]))
            for name, points in overall.items():
                _points(name, points)


def skills(shown: InterviewPage) -> None:
    """Show each skill's score or state, and its strengths, weaknesses and recommendations."""
    for pair in (SKILLS[:2], SKILLS[2:]):
        for column, skill in zip(st.columns(2), pair, strict=True):
            with column.container(border=True, height="stretch"):
                _skill(skill, shown.feedback.skills[skill.key])


def submissions(submitted: Sequence[CodeSubmission]) -> None:
    """Show the code that was handed in, with what the platform found about it."""
    for place, submission in enumerate(submitted, 1):
        quality = "" if submission.quality is None else f", quality {submission.quality:.2f}"
        label = f"Submission {place}: {plain(submission.language, 20) or 'code'}{quality}"
        with st.expander(label, icon=":material/code:", expanded=place == 1 and len(submission.code) < 4_000):
            st.code(visible(submission.code[:_CODE_SHOWN]), language=_language(submission.language), line_numbers=True)
            if len(submission.code) > _CODE_SHOWN:
                st.caption(f"The first {_CODE_SHOWN:,} of {len(submission.code):,} characters.")
            _points("Strengths", submission.strengths)
            _points("Weaknesses", submission.weaknesses)


def conversation(held: Conversation) -> None:
    """Show the conversation, a page of it at a time."""
    if not held.turns:
        st.info("No conversation is stored for this interview.", icon=":material/speaker_notes_off:")
        return
    pages = paged(held.turns)
    starts = [page[0].number for page in pages]
    asked = st.query_params.get("turn", "1")
    turn = int(asked) if asked.isdigit() and 1 <= int(asked[:9]) <= len(held.turns) else 1
    part = filters.identity("part") or 1
    place = max(0, next((i for i, page in enumerate(pages) if any(p.number == turn and p.part == part for p in page)), 0))
    for piece in pages[place]:
        name, icon = _SPEAKERS[piece.turn.speaker]
        with st.chat_message(name, avatar=icon):
            st.caption(f"{piece.number} · {name}")
            st.text(visible(piece.said))


def paged(turns: Sequence[Turn]) -> list[list[Piece]]:
    """Divide a conversation into pages of at most `TURNS` turns and `CHARACTERS` characters."""
    pages: list[list[Piece]] = []
    held = CHARACTERS
    for number_, turn in enumerate(turns, 1):
        parts = max(1, -(-len(turn.said) // CHARACTERS))
        for part in range(parts):
            said = turn.said[part * CHARACTERS : (part + 1) * CHARACTERS]
            if held + len(said) > CHARACTERS or len(pages[-1]) >= TURNS:
                pages.append([])
                held = 0
            pages[-1].append(Piece(number_, turn, said, part + 1, parts))
            held += len(said)
    return pages


def _skill(skill: Skill, found: SkillBreakdown) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(skill.label)
        if found.score is None:
            st.badge(state_words(found.state), icon=":material/block:", color="gray")
        else:
            st.markdown(f"**{found.score:.2f}** {band(found.score)}")
    if found.score is not None:
        st.progress(found.score)
    if found.reason:
        st.caption(found.reason.sentence)
    for name, points in (("Strengths", found.strengths), ("Weaknesses", found.weaknesses), ("Recommendations", found.recommendations)):
        _points(name, points)
    if found.score is not None and not (found.strengths or found.weaknesses or found.recommendations):
        st.caption("This interview was stored without a breakdown for this skill.")


def _points(name: str, points: Sequence[str]) -> None:
    if points:
        st.markdown(f"**{name}**\n" + "\n".join(f"- {plain(point, 600)}" for point in points[:10]))


def _language(language: str) -> str | None:
    return language if language.isalnum() and len(language) < 20 else None
