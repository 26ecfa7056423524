"""Citations of an interview's sentences by id, kept with their words when its speakers change.

Only the candidate's sentences have ids, in order, so other speakers number them anew. The words stay: a sentence is
known by how many were said before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import accumulate

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from analytics.breakdown.reading.transcript import Transcript as ReadTranscript
from analytics.database.review_tables import review_requests
from analytics.database.verdict_tables import verdicts
from analytics.transcripts.model import Transcript


def renumbered(
    before: ReadTranscript, stored_before: Transcript, after: ReadTranscript, stored_after: Transcript
) -> dict[str, str]:
    """Map the ids of sentences and submissions to their new ones; what is the candidate's no more is missing."""
    ids = {place: sentence for sentence, place in _places(after, stored_after).items()}
    return {cited: ids[place] for cited, place in _places(before, stored_before).items() if place in ids}


def renumber_citations(db: Connection, interview_id: int, ids: Mapping[str, str]) -> None:
    """Give requests for review and verdicts the new ids of what they cite; what has none is cited no more."""
    requests = sa.select(review_requests.c.id, review_requests.c.sentence).where(
        review_requests.c.interview_id == interview_id, review_requests.c.sentence != ""
    )
    for request_id, cited in db.execute(requests).all():
        chosen = review_requests.c.id == request_id
        db.execute(sa.update(review_requests).where(chosen).values(sentence=_new_id(cited, ids)))
    given = sa.select(verdicts.c.id, verdicts.c.sentences).where(
        verdicts.c.interview_id == interview_id, verdicts.c.sentences != "[]"
    )
    for verdict_id, sentences in db.execute(given).all():
        kept = [name for cited in json.loads(sentences) if (name := _new_id(cited, ids))]
        chosen = verdicts.c.id == verdict_id
        db.execute(sa.update(verdicts).where(chosen).values(sentences=json.dumps(kept)))


def _new_id(cited: str, ids: Mapping[str, str]) -> str:
    """Return the new id, with the lines of `C1:3-9`; empty if there is none."""
    name, colon, lines = cited.partition(":")
    return f"{ids[name]}{colon}{lines}" if name in ids else ""


def _places(read: ReadTranscript, stored: Transcript) -> dict[str, int | str]:
    """Return where each sentence stands, as the number of words before it; a submission is known by its code."""
    texts = [turn.text for turn in stored.turns]
    words = list(accumulate((len(text.split()) for text in texts), initial=0))
    places: dict[str, int | str] = {one.id: one.code for one in read.submissions}
    for one in read.sentences:
        places[one.id] = words[one.message] + len(texts[one.message][: one.start].split())
    return places
