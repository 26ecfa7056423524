"""What requests for review and verdicts cite of an interview is the same words after its speakers have changed."""

from __future__ import annotations

import json
import random
import re

import sqlalchemy as sa

from analytics.breakdown import read_transcript
from analytics.database.review_tables import review_requests
from analytics.database.sessions import reading, writing
from analytics.database.verdict_tables import verdicts
from analytics.importing import change
from analytics.importing.add import Details, Person, add_interview, recognise
from analytics.queries.interviews import conversation
from analytics.reviews.asking import ask_review
from analytics.reviews.requests import ReviewTarget, requests_about
from analytics.transcripts.model import Transcript
from analytics.transcripts.speakers import reassign_turn, swap_speakers
from analytics.verdicts.verdicts import give_verdict
from tests.support.coaching import THEM
from tests.support.world import START, World

# Some sentences are there twice, so that their words alone do not tell which is meant.
SAID = """Ada: Why a queue?
Grace: It absorbs peaks. I measured it.
Ada: I see. I measured it.
Grace: And it refuses when it is full.
Ada: Then what?
Grace: I measured it. The caller tries again
Ada: Good.
Grace: That is all.
"""


class Interview:
    """The interview in a world, with what is cited of it."""

    def __init__(self, world: World, said: str = SAID) -> None:
        world.database.allow_adding()
        self.engine, self.coach = world.database.engine, world.viewer("coach")
        with writing(self.engine) as db:
            details = Details("Backend", START)
            added = add_interview(
                self.coach, db, recognise(said), "Grace", person=Person(user_id=THEM.user_id), details=details
            )
            self.id = added.interview_id

    def change(self, transcript: Transcript, candidate: str = "Grace") -> None:
        with writing(self.engine) as db:
            change.change_speakers(self.coach, db, self.id, transcript, candidate)

    @property
    def transcript(self) -> Transcript:
        with reading(self.engine) as db:
            held = change.read_stored(self.coach, db, self.id)
        assert held is not None
        return held.transcript

    def words(self) -> dict[str, str]:
        """The words of each sentence by its id."""
        with reading(self.engine) as db:
            read = read_transcript(conversation(self.coach, db, self.id))
        return {sentence.id: sentence.text for sentence in read.sentences}

    def cited(self) -> tuple[list[str], list[str]]:
        """The ids that requests cite, in the order of skills, and those of the verdict."""
        with reading(self.engine) as db:
            asked = db.execute(sa.select(review_requests.c.sentence).order_by(review_requests.c.skill)).scalars().all()
            given = json.loads(db.execute(sa.select(verdicts.c.sentences)).scalar_one())
        # What is another speaker's now is noted by its place.
        return [re.sub("@.*", "", one) for one in asked], [one for one in given if not one.startswith("@")]


def cite(world: World, interview: Interview, one: str, other: str) -> None:
    them = world.viewer("interviewee")
    with writing(interview.engine) as db:
        for skill, sentence in (("communication", one), ("technical", other), ("code_quality", "")):
            ask_review(them, db, ReviewTarget(interview.id, skill), "I did say why", sentence=sentence)
        give_verdict(interview.coach, db, interview.id, "technical", 4, reason="Measured", sentences=[one, other])


def test_citations_follow_their_words_and_go_where_these_are_no_more_the_candidates(world: World) -> None:
    interview = Interview(world)
    assert interview.words()["S4"] == "I measured it."
    cite(world, interview, "S2", "S4")
    # What Ada said third is Grace's too: S2 stays, and what was S4 comes two later.
    interview.change(reassign_turn(interview.transcript, 2, "Grace"))
    assert interview.cited() == (["", "S2", "S6"], ["S2", "S6"])
    assert interview.words()["S6"] == "I measured it."
    # The first answer was Ada's: its sentences have no id any more, and nothing else is cited in their place.
    interview.change(reassign_turn(interview.transcript, 1, "Ada"))
    assert interview.cited() == (["", "", "S4"], ["S4"])
    interview.change(swap_speakers(interview.transcript, "Ada", "Grace"))
    assert [interview.words()[name] for name in interview.cited()[1]] == ["I measured it."]
    with reading(interview.engine) as db:
        told = requests_about(world.viewer("interviewee"), db, user_id=THEM.user_id)
    assert sorted(one.sentence for one in told) == sorted(interview.cited()[0])
    # What was said by mistake is taken back whole.
    interview.change(swap_speakers(interview.transcript, "Ada", "Grace"))
    assert interview.cited() == (["", "", "S4"], ["S4"])


def test_sentences_of_a_language_without_spaces_are_told_apart(world: World) -> None:
    interview = Interview(world, "Ada: 为什么用队列？\nGrace: 它吸收高峰。我测量过。它满了就拒绝。\nAda: 好。\n")
    cite(world, interview, "S2", "S3")
    assert interview.words()["S2"] == "我测量过。"
    interview.change(reassign_turn(interview.transcript, 0, "Grace"))
    assert [interview.words()[name] for name in interview.cited()[1]] == ["我测量过。", "它满了就拒绝。"]


def test_through_random_changes_nothing_cited_has_other_words(world: World) -> None:
    interview, chance = Interview(world), random.Random(20_261_202)
    cite(world, interview, "S3", "S5")
    words = [interview.words()[name] for name in ("S3", "S5")]
    followed = 0
    for _ in range(40):
        before = interview.cited()[0]
        stored = interview.transcript
        interview.change(reassign_turn(stored, chance.randrange(len(stored.turns)), chance.choice(("Ada", "Grace"))))
        after, kept = interview.cited()
        assert [name for name in after if name] == kept
        told = [interview.words()[name] for name in after if name]
        assert [word for word in words if word in told] == told
        followed += after != before and any(after)
    assert followed
