"""A coaching in the small world: notes of every visibility, a step and a goal, each with a word of its own."""

from __future__ import annotations

from datetime import date
from typing import Final

from analytics.coaching.goals import set_goal
from analytics.coaching.notes import Visibility, write_note
from analytics.coaching.steps import agree_step
from analytics.database.sessions import writing
from analytics.views.notes import note_in_interview
from tests.support.world import PEOPLE, World

THEM: Final = PEOPLE["interviewee"]
# Who wrote what about the interviewee, by the word that stands in it.
WRITTEN: Final = {
    "alabaster": ("coach", Visibility.ME),
    "basalt": ("coach", Visibility.COACHES),
    "chalcedony": ("coach", Visibility.SHARED),
    "dolomite": ("admin", Visibility.ME),
    "epidote": ("admin", Visibility.COACHES),
    "feldspar": ("interviewee", Visibility.ME),
    "galena": ("interviewee", Visibility.SHARED),
}
SHARED: Final = {"chalcedony", "galena"}
# The notes that stand at the first message of their first interview.
IN_INTERVIEW: Final = {"basalt", "chalcedony", "feldspar"}
# What each may read with private notes switched on; whoever is not named reads nothing.
READABLE: Final = {
    "interviewee": SHARED | {"feldspar"},
    "coach": SHARED | {"alabaster", "basalt", "epidote"},
    "admin": SHARED | {"dolomite", "basalt", "epidote"},
}


def coach_them(world: World) -> dict[str, str]:
    """Write all of it; gives the ids of the notes by their word, and that of the step under "step"."""
    ids = {}
    with writing(world.database.engine) as db:
        for word, (who, visibility) in WRITTEN.items():
            viewer, text = world.viewer(who), f"A note about {word}."
            if word in IN_INTERVIEW:
                ids[word] = note_in_interview(viewer, db, THEM.interviews[0], visibility, text, message=1)
            else:
                ids[word] = write_note(viewer, db, THEM.user_id, visibility, text)
        ids["step"] = agree_step(
            world.viewer("coach"), db, THEM.user_id, "Tell it in three sentences", due_on=date(2027, 1, 31),
            skill="communication",
        )  # fmt: skip
        set_goal(world.viewer("coach"), db, THEM.user_id, "technical", 0.9, why="The next level asks for it")
    return ids


def words_in(text: str) -> set[str]:
    """Give the words of notes that stand in a text."""
    return {word for word in WRITTEN if word in text}
