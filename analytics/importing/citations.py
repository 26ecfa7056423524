"""Citations of an interview's sentences by id, kept with their words when its speakers change.

Only the candidate's sentences have ids, in order, so other speakers number them anew. The words stay: a sentence is
known by how many letters were said before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.breakdown.reading.transcript import Transcript as ReadTranscript
from analytics.database.review_tables import review_requests
from analytics.database.schema import AWAY
from analytics.database.verdict_tables import verdicts
from analytics.transcripts.model import Transcript


def renumbered(
    before: ReadTranscript, stored_before: Transcript, after: ReadTranscript, stored_after: Transcript
) -> dict[str, str]:
    """Map the ids of sentences and submissions to their new ones.

    A sentence that is another speaker's now is noted by its place, and has an id again once it is the candidate's.
    """
    ids = {place: name for name, place in _places(after, stored_after).items()}
    moved = {name: ids.get(place, _note(place)) for name, place in _places(before, stored_before).items()}
    return moved | {_note(place): name for place, name in ids.items()}


def cites_anything(db: Connection, interview_id: int) -> bool:
    """Return whether a request for review or a verdict cites an interview."""
    found = (db.execute(cited.limit(1)).first() for cited in (_requests(interview_id), _verdicts(interview_id)))
    return any(one is not None for one in found)


def renumber_citations(db: Connection, interview_id: int, ids: Mapping[str, str]) -> None:
    """Replace the ids that requests for review and verdicts cite by the new ones."""
    for request_id, cited in db.execute(_requests(interview_id)).all():
        chosen = review_requests.c.id == request_id
        db.execute(sa.update(review_requests).where(chosen).values(sentence=_new_id(cited, ids)))
    for verdict_id, sentences in db.execute(_verdicts(interview_id)).all():
        kept = [name for cited in json.loads(sentences) if (name := _new_id(cited, ids))]
        chosen = verdicts.c.id == verdict_id
        db.execute(sa.update(verdicts).where(chosen).values(sentences=json.dumps(kept)))


def _requests(interview_id: int) -> sa.Select[tuple[Any, str]]:
    row = review_requests.c
    return sa.select(row.id, row.sentence).where(row.interview_id == interview_id, row.sentence != "")


def _verdicts(interview_id: int) -> sa.Select[tuple[Any, str]]:
    row = verdicts.c
    return sa.select(row.id, row.sentences).where(row.interview_id == interview_id, row.sentences != "[]")


def _new_id(cited: str, ids: Mapping[str, str]) -> str:
    """Return the new id, with the lines of `C1:3-9`; what is noted by its place stays so until it has one."""
    if cited.startswith(AWAY):
        return ids.get(cited, cited)
    name, colon, lines = cited.partition(":")
    return f"{ids[name]}{colon}{lines}" if ids.get(name) else ""


def _note(place: int | str) -> str:
    return f"{AWAY}{place}" if isinstance(place, int) else ""


def _places(read: ReadTranscript, stored: Transcript) -> dict[str, int | str]:
    """Return where each sentence stands, as the number of letters before it; a submission is known by its code."""
    texts = [turn.text for turn in stored.turns]
    letters = list(accumulate((_letters(text) for text in texts), initial=0))
    places: dict[str, int | str] = {one.id: one.code for one in read.submissions}
    for one in read.sentences:
        places[one.id] = letters[one.message] + _letters(texts[one.message][: one.start])
    return places


def _letters(text: str) -> int:
    """Count what is no space, which is all there is in some languages."""
    return len("".join(text.split()))
