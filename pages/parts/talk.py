"""The pieces of an interview's page."""

from __future__ import annotations

from collections.abc import Sequence
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
MESSAGES: Final = 30
_SUBMISSIONS_SHOWN: Final = 30
_SPEAKERS: Final = {
    Speaker.CANDIDATE: ("Candidate", ":material/person:"),
    Speaker.INTERVIEWER: ("Interviewer", ":material/record_voice_over:"),
}


class Piece(NamedTuple):
    """A message, numbered as it is stored, or a part of a very long one."""

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
    overall = {
        "Strengths": feedback.strengths,
        "Weaknesses": feedback.weaknesses,
        "Recommendations": feedback.recommendations,
    }
    if any(overall.values()) or feedback.detailed_feedback:
        opened = st.expander(
            "The platform's feedback as a whole", icon=":material/summarize:", key="whole", on_change="rerun"
        )
        if not opened.open:
            return
        with opened:
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
    """Show the code that was handed in, with what the platform found about it; all but the first when it is opened."""
    for place, submission in enumerate(submitted[:_SUBMISSIONS_SHOWN], 1):
        quality = "" if submission.quality is None else f", quality {submission.quality:.2f}"
        label = f"Submission {place}: {plain(submission.language, 20) or 'code'}{quality}"
        opened = st.expander(
            label, icon=":material/code:", expanded=place == 1, key=f"submission_{place}", on_change="rerun"
        )
        if opened.open:
            with opened:
                _submission(submission)
    if len(submitted) > _SUBMISSIONS_SHOWN:
        st.caption(f"The first {_SUBMISSIONS_SHOWN} of {len(submitted)} submissions.")


def _submission(submission: CodeSubmission) -> None:
    st.code(visible(submission.code[:CHARACTERS]), language=_language(submission.language), line_numbers=True)
    if len(submission.code) > CHARACTERS:
        st.caption(f"The first {CHARACTERS:,} of {len(submission.code):,} characters.")
    _points("Strengths", submission.strengths)
    _points("Weaknesses", submission.weaknesses)


def conversation(held: Conversation) -> None:
    """Show the conversation, a page of it at a time, from the message that the address names."""
    if held.skipped:
        st.caption(
            f"{counted(held.skipped, 'stored message')} cannot be read and "
            f"{'is' if held.skipped == 1 else 'are'} left out."
        )
    if not held.turns:
        st.info("No conversation is stored for this interview.", icon=":material/speaker_notes_off:")
        return
    pages = paged(held.turns)
    place, asked = 0, 1
    if len(pages) > 1:
        asked = filters.whole_number(
            "Go to message", "message", held.turns[-1].message + 1, smallest=1, on_change=_first_part
        )
        place = page_of(pages, asked, filters.identity("part") or 1)
        _turn_pages(pages, place, "above")
    numbers = {id(turn.submission): place for place, turn in enumerate((t for t in held.turns if t.submission), 1)}
    for piece in pages[place]:
        _say(piece, numbers.get(id(piece.turn.submission)), asked_for=piece.number == asked != pages[place][0].number)
    if len(pages) > 1:
        _turn_pages(pages, place, "below")


def page_of(pages: Sequence[Sequence[Piece]], number: int, part: int) -> int:
    """Find the page that holds a part of a message; where there is none, the page that would."""
    exact = [place for place, page in enumerate(pages) if any((p.number, p.part) == (number, part) for p in page)]
    before = [place for place, page in enumerate(pages) if page[0].number <= number and page[0].part == 1]
    return (exact or before[-1:] or [0])[0]


def _turn_pages(pages: Sequence[Sequence[Piece]], place: int, where: str) -> None:
    first, last, last_of_all = pages[place][0], pages[place][-1], pages[-1][-1].number
    with st.container(horizontal=True, vertical_alignment="center"):
        for word, icon, side, other in (
            ("Earlier", ":material/chevron_left:", "left", place - 1),
            ("Later", ":material/chevron_right:", "right", place + 1),
        ):
            to = pages[other][0] if 0 <= other < len(pages) else None
            st.button(
                word, icon=icon, icon_position=side, disabled=to is None, key=f"{word}_{where}",
                on_click=_go, args=(to.number, to.part) if to else None,
            )  # fmt: skip
        here = f"Messages {first.number:,}–{last.number:,} of {last_of_all:,}"
        part = f", part {first.part} of {first.parts}" if first.parts > 1 else ""
        st.caption(f"{here}{part}", width="content")


def _go(number: int, part: int) -> None:
    st.session_state["message"] = number
    filters.remember(part=part if part > 1 else None)


def _first_part() -> None:
    filters.remember(part=None)


def _say(piece: Piece, submission: int | None, *, asked_for: bool) -> None:
    name, icon = _SPEAKERS[piece.turn.speaker]
    with st.chat_message(name, avatar=icon):
        part = f", part {piece.part} of {piece.parts}" if piece.parts > 1 else ""
        marked = ":primary-badge[:material/arrow_back: this message]" if asked_for else ""
        st.caption(f"{name} · {piece.number}{part} {marked}")
        if piece.said.strip():
            st.text(visible(piece.said))
        if submission is not None and piece.part == 1:
            st.caption(f":material/code: Handed in the code shown above as submission {submission}.")


def paged(turns: Sequence[Turn]) -> list[list[Piece]]:
    """Divide a conversation into pages of at most `MESSAGES` messages and `CHARACTERS` characters."""
    pages: list[list[Piece]] = []
    held = 0
    for turn in turns:
        parts = max(1, -(-len(turn.said) // CHARACTERS))
        for part in range(parts):
            said = turn.said[part * CHARACTERS : (part + 1) * CHARACTERS]
            if not pages or held + len(said) > CHARACTERS or len(pages[-1]) >= MESSAGES:
                pages.append([])
                held = 0
            pages[-1].append(Piece(turn.message + 1, turn, said, part + 1, parts))
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
    for name, points in (
        ("Strengths", found.strengths),
        ("Weaknesses", found.weaknesses),
        ("Recommendations", found.recommendations),
    ):
        _points(name, points)
    if found.score is not None and not (found.strengths or found.weaknesses or found.recommendations):
        st.caption("This interview was stored without a breakdown for this skill.")


def _points(name: str, points: Sequence[str]) -> None:
    if points:
        st.markdown(f"**{name}**\n" + "\n".join(f"- {plain(point, 600)}" for point in points[:10]))


def _language(language: str) -> str | None:
    return language if language.isalnum() and len(language) < 20 else None
