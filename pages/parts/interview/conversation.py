"""The conversation on an interview's page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import streamlit as st

from analytics.breakdown import Quote
from analytics.formatting import quantity
from analytics.interviewlab.conversation import Conversation, Speaker, Turn
from analytics.text import fold, visible
from pages.parts import address
from pages.parts.markdown import plain

# What one page of a conversation holds at most: more makes the browser slow.
CHARACTERS: Final = 20_000
MESSAGES: Final = 30
# Which quote of which interview the conversation was turned to.
TURNED_TO: Final = "quote_turned_to"
_BLANK_LINES: Final = re.compile(r"(?<! ) *\n(?: *\n)+ *")
_SPEAKERS: Final = {
    Speaker.CANDIDATE: ("Candidate", ":material/person:"),
    Speaker.INTERVIEWER: ("Interviewer", ":material/record_voice_over:"),
}


class Piece(NamedTuple):
    """A message, numbered as stored, or a part of a very long one."""

    number: int
    turn: Turn
    said: str
    part: int
    parts: int


def anchor(quote: Quote) -> str:
    """Return the HTML anchor of a quote."""
    if quote.place == "code":
        return f"code-{quote.message + 1}"
    number, part = piece_of(quote)
    return f"message-{number}" if part == 1 else f"message-{number}-part-{part}"


def piece_of(quote: Quote) -> tuple[int, int]:
    """Return the message, numbered as stored, and the part of it in which a quote begins."""
    return quote.message + 1, quote.start // CHARACTERS + 1


def quote_label(quote: Quote) -> str:
    """Return what stands for a quote on a page: the number of its sentence, or the lines of its code."""
    if quote.place != "code" or quote.lines is None:
        return quote.id
    return line_label(*quote.lines)


def line_label(first: int, last: int) -> str:
    """Name a line of code, or several."""
    return f"line {first}" if first == last else f"lines {first}–{last}"


def conversation(
    conversation: Conversation,
    quotes: Sequence[Quote] = (),
    asked_quote: Quote | None = None,
    *,
    below: Callable[[int], None] = lambda _number: None,
) -> None:
    """Show the conversation page by page, starting at the message in the address.

    What is quoted is marked, and most of all the quote that the address asks for. `below` draws what belongs to the
    message of a number.
    """
    if conversation.skipped:
        st.caption(
            f"{quantity(conversation.skipped, 'stored message')} cannot be read and "
            f"{'is' if conversation.skipped == 1 else 'are'} left out."
        )
    if not conversation.turns:
        st.info("No conversation is stored for this interview.", icon=":material/speaker_notes_off:")
        return
    pages = divide_into_pages(conversation.turns)
    place, asked = 0, 1
    if len(pages) > 1:
        asked = address.whole_number(
            "Go to message", "message", conversation.turns[-1].message + 1, smallest=1, on_change=_first_part
        )
        place = page_of(pages, asked, address.identity("part") or 1)
        _turn_pages(pages, place, "above")
    numbers = {id(turn.submission): place for place, turn in enumerate(conversation.submission_turns, 1)}
    for piece in pages[place]:
        _say(
            piece,
            numbers.get(id(piece.turn.submission)),
            [quote for quote in quotes if quote.place == "content" and quote.message == piece.turn.message],
            asked_quote,
            asked_for=piece.number == asked != pages[place][0].number,
        )
        if piece.part == piece.parts:
            below(piece.number)
    if len(pages) > 1:
        _turn_pages(pages, place, "below")


def go_to(conversation: Conversation, quote: Quote) -> None:
    """Open the page of the conversation that holds a quote; call it before the conversation is drawn."""
    if quote.place == "content" and len(divide_into_pages(conversation.turns)) > 1:
        _turn_to(*piece_of(quote))


def ask_for(quote_id: str) -> None:
    """Request that the conversation open at the piece with this id."""
    st.session_state.pop(TURNED_TO, None)
    address.write_address(quote=quote_id)


def pieces_here(conversation: Conversation) -> frozenset[tuple[int, int]]:
    """Return the messages, and their parts, on the open page of the conversation."""
    pages = divide_into_pages(conversation.turns)
    place = 0
    if len(pages) > 1:
        asked = st.session_state.get("message") or address.identity("message") or 1
        place = page_of(pages, asked, address.identity("part") or 1)
    return frozenset((piece.number, piece.part) for page in pages[place : place + 1] for piece in page)


def page_of(pages: Sequence[Sequence[Piece]], number: int, part: int) -> int:
    """Return the page that holds a part of a message, or the page that would."""
    exact = [place for place, page in enumerate(pages) if any((p.number, p.part) == (number, part) for p in page)]
    before = [place for place, page in enumerate(pages) if page[0].number <= number and page[0].part == 1]
    return (exact or before[-1:] or [0])[0]


def _turn_pages(pages: Sequence[Sequence[Piece]], place: int, where: str) -> None:
    first, last, last_of_all = pages[place][0], pages[place][-1], pages[-1][-1].number
    with st.container(horizontal=True, vertical_alignment="center"):
        earlier = pages[place - 1][0] if place > 0 else None
        later = pages[place + 1][0] if place + 1 < len(pages) else None
        st.button(
            "Earlier", icon=":material/chevron_left:", disabled=earlier is None, key=f"Earlier_{where}",
            on_click=_go, args=(earlier.number, earlier.part) if earlier else None,
        )  # fmt: skip
        st.button(
            "Later", icon=":material/chevron_right:", icon_position="right", disabled=later is None,
            key=f"Later_{where}", on_click=_go, args=(later.number, later.part) if later else None,
        )  # fmt: skip
        here = f"Messages {first.number:,}–{last.number:,} of {last_of_all:,}"
        part = f", part {first.part} of {first.parts}" if first.parts > 1 else ""
        st.caption(f"{here}{part}", width="content")


def _go(number: int, part: int) -> None:
    _turn_to(number, part)
    address.write_address(quote=None)


def _turn_to(number: int, part: int) -> None:
    st.session_state["message"] = number
    address.write_address(part=part if part > 1 else None)


def _first_part() -> None:
    address.write_address(part=None, quote=None)


def _say(
    piece: Piece, submission: int | None, quotes: Sequence[Quote], asked_quote: Quote | None, *, asked_for: bool
) -> None:
    name, icon = _SPEAKERS[piece.turn.speaker]
    with st.chat_message(name, avatar=icon):
        part = f", part {piece.part} of {piece.parts}" if piece.parts > 1 else ""
        marked = ":primary-badge[:material/arrow_back: this message]" if asked_for else ""
        who = f"{plain(piece.turn.name, 60)} · {name}" if piece.turn.name else name
        heading = f"{who} · {piece.number}{part} {marked}"
        begun = [quote for quote in quotes if piece_of(quote) == (piece.number, piece.part)]
        if begun:
            st.subheader(f":small[:gray[{heading}]]", anchor=anchor(begun[0]))
        else:
            st.caption(heading)
        if piece.said.strip():
            text = mark_text(piece.turn.said, quotes, asked_quote, (piece.part - 1) * CHARACTERS, len(piece.said))
            if text is None:
                st.text(visible(piece.said))
            else:
                st.markdown(text)
        if submission is not None and piece.part == 1:
            st.caption(f":material/code: Submitted the code above, submission {submission}.")


def mark_text(
    text: str, quotes: Sequence[Quote], asked: Quote | None = None, start: int = 0, length: int | None = None
) -> str | None:
    """Format a message, or a part of it, with its quotes marked; None without a quote.

    A quote whose words no longer stand there, since the conversation was changed, is not marked.
    """
    end = len(text) if length is None else start + length
    standing = sorted(
        (max(quote.start, start), min(quote.end, end), quote)
        for quote in {quote.id: quote for quote in quotes}.values()
        if quote.start < end and quote.end > start and fold(text[quote.start : quote.end]) == fold(quote.text)
    )
    if not standing:
        return None
    written: list[str] = []
    place = start
    for first, last, quote in standing:
        if first < place:
            continue
        colour = "orange" if asked is not None and quote.id == asked.id else "blue"
        written.append(_lines(text[place:first]))
        written.append(f":{colour}-background[{plain(text[first:last])}] :{colour}-badge[{plain(quote.id)}]")
        place = last
    written.append(_lines(text[place:end]))
    return "".join(written)


def _lines(text: str) -> str:
    """Write text between marks, line by line as it was."""
    lines = [plain(line) for line in text.split("\n")]
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return before + _BLANK_LINES.sub("\n\n", "  \n".join(lines)) + after


def divide_into_pages(turns: Sequence[Turn]) -> list[list[Piece]]:
    """Split a conversation into pages of at most `MESSAGES` messages and `CHARACTERS` characters."""
    pages: list[list[Piece]] = []
    length = 0
    for turn in turns:
        parts = max(1, -(-len(turn.said) // CHARACTERS))
        for part in range(parts):
            text = turn.said[part * CHARACTERS : (part + 1) * CHARACTERS]
            if not pages or length + len(text) > CHARACTERS or len(pages[-1]) >= MESSAGES:
                pages.append([])
                length = 0
            pages[-1].append(Piece(turn.message + 1, turn, text, part + 1, parts))
            length += len(text)
    return pages
