"""Notes on a turn or a line of code: they stay with the words when turns are divided anew, and are found by search."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.coaching.access import CoachingError
from analytics.coaching.notes import Visibility, filter_notes, notes_about
from analytics.coaching.places import NotePlace, line_place, message_of, turn_place
from analytics.database.sessions import reading, writing
from analytics.interviewlab.conversation import Conversation, read_conversation
from analytics.views.notes import note_in_interview
from tests.support.coaching import THEM, coach_them, words_in
from tests.support.world import PEOPLE, World

CODE = {"type": "code_review", "code": "def f():\n    return 1\n\nprint(f())", "language": "python"}


def talk(*said: str, code: dict[str, Any] | None = None) -> Conversation:
    roles = ("assistant", "user")
    history: list[dict[str, Any]] = [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]
    if code:
        history.append({"role": "user", "content": "", "metadata": code})
    return read_conversation(history)


def test_a_note_stays_with_its_words_when_speakers_are_said_anew() -> None:
    place = turn_place(talk("Why a queue?", "To be fair. And fast.", "What else?"), 2)
    assert place == NotePlace(3, None, "To be fair. And fast.")
    joined = talk("Why a queue? To be fair. And fast.", "What else?")
    split = talk("Why a queue?", "To be fair.", "And fast.", "What else?")
    longer = talk("Why a queue?", "To be fair. And fast.", "What else?", "Nothing")
    assert [message_of(one, place) for one in (joined, split, longer)] == [1, 2, 2]
    # Other words at the same place are something else.
    assert message_of(talk("Why a queue?", "So that nobody waits."), place) is None
    assert message_of(talk("Why"), place) is None


CHINESE = "我先说明背景，再说明我们为什么选择队列而不是直接调用。" * 14
THAI = "เราเลือกคิวเพราะระบบต้องรองรับผู้ใช้จำนวนมากพร้อมกัน" * 8
# Written with the voiced mark as a character of its own, the quote ends between a letter and its mark.
JAPANESE = "あ" + "か\u3099" * 200


@pytest.mark.parametrize("long", [CHINESE, THAI, JAPANESE])
def test_a_note_stands_on_a_long_message_without_spaces(long: str) -> None:
    held = talk("Why?", long, "And?")
    place = turn_place(held, 2)
    assert (len(long) > len(place.quote), message_of(held, place)) == (True, 2)
    assert message_of(talk("Why?", f"{long}完", "And?"), place) == 2
    assert message_of(talk("Why?", f"完{long}", "And?"), place) is None
    assert message_of(talk("Why?", long[:150], "And?"), place) is None


def test_a_note_on_a_line_of_code_knows_its_line() -> None:
    held = talk("Write f.", "Here.", code=CODE)
    place = line_place(held, 1, 2)
    assert (place.quote, message_of(held, place)) == ("return 1", 3)
    changed = talk("Write f.", "Here.", code=CODE | {"code": "def f():\n    return 2"})
    assert message_of(changed, place) is None


@pytest.mark.parametrize("wrong", [{"message": 3}, {"message": 99}, {"line": 1}, {"line": 1, "submission": 7}])
def test_what_is_not_there_has_no_note(world: World, wrong: dict[str, int]) -> None:
    with writing(world.database.engine) as db, pytest.raises(CoachingError, match="There is no such"):
        note_in_interview(world.viewer("coach"), db, THEM.interviews[0], Visibility.SHARED, "Here", **wrong)


@pytest.mark.parametrize("who", ["other interviewee", "other coach"])
def test_nobody_notes_in_an_interview_they_do_not_see(world: World, who: str) -> None:
    with writing(world.database.engine) as db, pytest.raises(CoachingError, match="does not exist"):
        note_in_interview(world.viewer(who), db, THEM.interviews[0], Visibility.SHARED, "Here", message=1)
    with writing(world.database.engine) as db, pytest.raises(CoachingError, match="Share the note"):
        note_in_interview(world.viewer("interviewee"), db, THEM.interviews[0], Visibility.COACHES, "Mine", message=1)


def test_search_finds_wordings_and_quotes_among_what_the_viewer_may_read(world: World) -> None:
    coach_them(world)
    with reading(world.database.engine) as db:
        shared = notes_about(world.viewer("coach"), db, THEM.user_id)
        private = notes_about(world.viewer("coach"), db, THEM.user_id, private=True)
    assert words_in(repr(filter_notes(shared, "a NOTE  about"))) == {"chalcedony", "galena"}
    # The first message, which these are about, holds the word.
    quoted = filter_notes(private, PEOPLE["interviewee"].word)
    assert words_in(repr(quoted)) == {"basalt", "chalcedony"}
    assert filter_notes(private, "malachite") == []
