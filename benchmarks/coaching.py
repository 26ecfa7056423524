"""What coaches have written about people over the years: many notes, and steps, most of them done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString

from benchmarks import server
from tests.support.postgres import OwnServer

NOTES: Final = 200
STEPS: Final = 50
_OPEN_STEPS: Final = 10
_STATEMENTS: Final[tuple[LiteralString, ...]] = (
    """INSERT INTO skill_analytics.note_versions
        (note_id, number, user_id, skill, visibility, text, written_by, written_at)
    SELECT 'note ' || person || ' ' || n, 1, person, 'technical', 'shared', 'Prepared well, as agreed. Note ' || n,
        %(coach)s, now() - n * interval '5 days'
    FROM unnest(%(people)s) AS person, generate_series(1, %(notes)s) AS n""",
    """INSERT INTO skill_analytics.next_steps (id, user_id, skill, text, due_on, doer, agreed_by, agreed_at)
    SELECT 'step ' || person || ' ' || n, person, 'communication', 'Sum up each answer in one sentence, ' || n,
        now() + interval '9 days', 'candidate', %(coach)s, now() - n * interval '20 days'
    FROM unnest(%(people)s) AS person, generate_series(1, %(steps)s) AS n""",
    """INSERT INTO skill_analytics.step_changes (step_id, user_id, state, word, changed_by, changed_at)
    SELECT id, user_id, 'done', 'Much clearer', agreed_by, now() FROM skill_analytics.next_steps
    WHERE split_part(id, ' ', 3)::int > %(open)s""",
)


def write(own: OwnServer, name: str, people: Sequence[int], coach: str) -> None:
    """Write it about these people, as shared notes and steps of a coach's who may change them."""
    values = {"people": list(people), "coach": coach, "notes": NOTES, "steps": STEPS, "open": _OPEN_STEPS}
    with server.connection(own, name) as connection:
        for statement in _STATEMENTS:
            connection.execute(statement, values)
