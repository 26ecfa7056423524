"""The pieces of an interview's page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import streamlit as st

from analytics.breakdown import Quote
from analytics.breakdown.evidence import fold
from analytics.charts import state_words
from analytics.conversation import CodeSubmission, Conversation, Speaker, Turn
from analytics.feedback import SkillBreakdown
from analytics.skills import SKILLS, Skill, band
from analytics.text import visible
from pages.parts import filters, local
from pages.parts.data import InterviewPage
from pages.parts.person import STATUS_WORDS
from pages.parts.text import counted, number, plain

# What one page of a conversation holds at most: more makes the browser slow.
CHARACTERS: Final = 20_000
MESSAGES: Final = 30
_SUBMISSIONS_SHOWN: Final = 30
_BLANK_LINES: Final = re.compile(r"(?: *\n){2,} *")
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
        st.metric("Date", local.day(interview.date), border=True)
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


def submissions(held: Conversation, quotes: Sequence[Quote] = ()) -> None:
    """Show the code that was handed in, with what the platform found about it and the lines that are quoted marked.

    The first, and those that are quoted, are open; the others when they are opened.
    """
    submitted = [turn for turn in held.turns if turn.submission]
    for place, turn in enumerate(submitted, 1):
        submission = turn.submission
        cited = [quote for quote in quotes if quote.place == "code" and quote.message == turn.message]
        if submission is None or (place > _SUBMISSIONS_SHOWN and not cited):
            continue
        if cited:
            st.subheader(f":small[Quoted: {plain(', '.join(quote.id for quote in cited))}]", anchor=anchor(cited[0]))
        quality = "" if submission.quality is None else f", quality {submission.quality:.2f}"
        label = f"Submission {place}: {plain(submission.language, 20) or 'code'}{quality}"
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


def anchor(quote: Quote) -> str:
    """Name the place on the page where a quote stands."""
    if quote.place == "code":
        return f"code-{quote.message + 1}"
    number, part = piece_of(quote)
    return f"message-{number}" if part == 1 else f"message-{number}-part-{part}"


def piece_of(quote: Quote) -> tuple[int, int]:
    """Name the message, numbered as it is stored, and the part of it in which a quote begins."""
    return quote.message + 1, quote.start // CHARACTERS + 1


def _submission(submission: CodeSubmission, cited: Sequence[Quote]) -> None:
    code, language = submission.code[:CHARACTERS], _language(submission.language)
    ranges = _cited_lines(submission.code, cited)
    if ranges:
        for text, ids in _numbered(code.rstrip().split("\n"), ranges):
            if ids:
                with st.container(border=True):
                    st.caption(f":orange-badge[:material/format_quote: {plain(', '.join(ids))}]")
                    st.code(visible(text), language=language)
            else:
                st.code(visible(text), language=language)
    else:
        st.code(visible(code), language=language, line_numbers=True)
    if len(submission.code) > CHARACTERS:
        st.caption(f"The first {CHARACTERS:,} of {len(submission.code):,} characters.")
    _points("Strengths", submission.strengths)
    _points("Weaknesses", submission.weaknesses)


def _cited_lines(code: str, cited: Sequence[Quote]) -> dict[str, range]:
    """Find the lines, from 0, of each quote that still stands in the code."""
    return {
        quote.id: range(code.count("\n", 0, quote.start), code.count("\n", 0, max(quote.end - 1, quote.start)) + 1)
        for quote in cited
        if fold(code[quote.start : quote.end]) == fold(quote.text)
    }


def _numbered(lines: Sequence[str], ranges: dict[str, range]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Cut code where what is quoted begins or ends: the numbered lines, and the ids of the quotes they are in."""
    held: list[str] = []
    ids: tuple[str, ...] = ()
    for place, line in enumerate(lines):
        here = tuple(name for name, found in ranges.items() if place in found)
        if here != ids and held:
            yield "\n".join(held), ids
            held = []
        ids = here
        held.append(f"{place + 1:>4}  {line}")
    if held:
        yield "\n".join(held), ids


def conversation(held: Conversation, quotes: Sequence[Quote] = (), asked_quote: Quote | None = None) -> None:
    """Show the conversation, a page of it at a time, from the message that the address names.

    What is quoted is marked, and most of all the quote that the address asks for.
    """
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
        _say(
            piece,
            numbers.get(id(piece.turn.submission)),
            [quote for quote in quotes if quote.place == "content" and quote.message == piece.turn.message],
            asked_quote,
            asked_for=piece.number == asked != pages[place][0].number,
        )
    if len(pages) > 1:
        _turn_pages(pages, place, "below")


def go_to(held: Conversation, quote: Quote) -> None:
    """Turn to the page of the conversation that holds a quote; before the conversation is drawn."""
    if quote.place == "content" and len(paged(held.turns)) > 1:
        _turn_to(*piece_of(quote))


def pieces_here(held: Conversation) -> frozenset[tuple[int, int]]:
    """Name the messages, and the parts of them, on the page of the conversation that is shown."""
    pages = paged(held.turns)
    place = 0
    if len(pages) > 1:
        asked = st.session_state.get("message") or filters.identity("message") or 1
        place = page_of(pages, asked, filters.identity("part") or 1)
    return frozenset((piece.number, piece.part) for page in pages[place : place + 1] for piece in page)


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
    _turn_to(number, part)
    filters.remember(quote=None)


def _turn_to(number: int, part: int) -> None:
    st.session_state["message"] = number
    filters.remember(part=part if part > 1 else None)


def _first_part() -> None:
    filters.remember(part=None, quote=None)


def _say(
    piece: Piece, submission: int | None, quotes: Sequence[Quote], asked_quote: Quote | None, *, asked_for: bool
) -> None:
    name, icon = _SPEAKERS[piece.turn.speaker]
    with st.chat_message(name, avatar=icon):
        part = f", part {piece.part} of {piece.parts}" if piece.parts > 1 else ""
        marked = ":primary-badge[:material/arrow_back: this message]" if asked_for else ""
        heading = f"{name} · {piece.number}{part} {marked}"
        begun = [quote for quote in quotes if piece_of(quote) == (piece.number, piece.part)]
        if begun:
            st.subheader(f":small[:gray[{heading}]]", anchor=anchor(begun[0]))
        else:
            st.caption(heading)
        if piece.said.strip():
            said = marked_text(piece.turn.said, quotes, asked_quote, (piece.part - 1) * CHARACTERS, len(piece.said))
            if said is None:
                st.text(visible(piece.said))
            else:
                st.markdown(said)
        if submission is not None and piece.part == 1:
            st.caption(f":material/code: Handed in the code shown above as submission {submission}.")


def marked_text(
    said: str, quotes: Sequence[Quote], asked: Quote | None = None, start: int = 0, length: int | None = None
) -> str | None:
    """Write a message, or a part of it, with what is quoted marked; None where nothing of it is quoted.

    A quote whose words no longer stand there, since the conversation was changed, is not marked.
    """
    end = len(said) if length is None else start + length
    standing = sorted(
        (max(quote.start, start), min(quote.end, end), quote)
        for quote in {quote.id: quote for quote in quotes}.values()
        if quote.start < end and quote.end > start and fold(said[quote.start : quote.end]) == fold(quote.text)
    )
    if not standing:
        return None
    written: list[str] = []
    place = start
    for first, last, quote in standing:
        if first < place:
            continue
        colour = "orange" if asked is not None and quote.id == asked.id else "blue"
        written.append(_lines(said[place:first]))
        written.append(f":{colour}-background[{plain(said[first:last])}] :{colour}-badge[{plain(quote.id)}]")
        place = last
    written.append(_lines(said[place:end]))
    return "".join(written)


def _lines(said: str) -> str:
    """Write text between marks, line by line as it was."""
    lines = [plain(line) for line in said.split("\n")]
    before = " " if said[:1].isspace() else ""
    after = " " if said[-1:].isspace() else ""
    return before + _BLANK_LINES.sub("\n\n", "  \n".join(lines)) + after


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
