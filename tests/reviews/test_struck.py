"""Claims marked as wrong: struck wherever they are shown, kept in the version, not made again of the same words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.personal_data import expire
from analytics.access.viewer import TRUSTED, NotAllowedError
from analytics.api import PREFIX
from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings
from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.jobs.source import prepare_stored, stored_interview
from analytics.breakdown.run_limits import RunLimits
from analytics.breakdown.stages import drive
from analytics.breakdown.versions.version import read_version
from analytics.coaching.access import CoachingError, MissingError
from analytics.columns import now
from analytics.database.review_tables import struck_claims as table
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.reviews.struck import ClaimKey, take_back
from analytics.service import InterviewAnalytics
from analytics.skills import SKILL_KEYS
from analytics.views.report import view_report
from tests.support.api_client import bearer, client, platform_token
from tests.support.breakdowns import generated
from tests.support.doubles import SETTINGS, Double, conversation, honest
from tests.support.reviews import WRONG, seen, strike
from tests.support.versions import save, shown, versions_of
from tests.support.world import PEOPLE, World

TARGETS = dict.fromkeys(SKILL_KEYS, 0.9)
GAP = ClaimKey("technical", "weakness", "Leaves a known gap in the verification open.")


def unstrike(world: World, claim: ClaimKey = WRONG) -> None:
    with writing(world.database.engine) as db:
        take_back(world.viewer("admin"), db, 101, claim)


def told(world: World, who: str = "interviewee") -> str:
    """Everything that the API, the library and the report tell somebody about the interview's claims."""
    asked, headers = client(world), bearer(platform_token(PEOPLE[who].user_id))
    paths = ("/interviews/101/skills", "/interviews/101/insights", "/interviews/analytics/report?user_id=11")
    answers = [asked.get(PREFIX + path, headers=headers).text for path in paths]
    with reading(world.database.engine) as db:
        analytics = InterviewAnalytics(world.viewer(who))
        answers.append(repr(analytics.get_shown_skills(101, db).current))
        answers.append(repr(view_report(world.viewer(who), 11, TARGETS, db)))
    return "\n".join(answers)


def test_a_struck_claim_is_shown_nowhere_and_kept_in_the_version(world: World) -> None:
    save(world.database, generated())
    before = shown(world.database).breakdown
    strike(world, GAP)
    found = shown(world.database)
    assert found.breakdown is not None
    assert before is not None
    technical = found.breakdown.skill_breakdown["technical"]
    # With a weakness falls the advice on it; another skill that says the same keeps its own.
    assert (technical.weaknesses, technical.recommendations) == ((), ())
    assert technical.strengths == before.skill_breakdown["technical"].strengths
    assert GAP.claim in {claim.text for claim in found.breakdown.skill_breakdown["communication"].weaknesses}
    assert found.feedback.skills["technical"].weaknesses == ()
    assert found.feedback.skills["technical"].score == before.skill_breakdown["technical"].score
    kept = read_version(versions_of(world.database)[0]).skill_breakdown["technical"]
    assert [claim.text for claim in kept.weaknesses] == [GAP.claim]
    for who in ("interviewee", "coach"):
        headers = bearer(platform_token(PEOPLE[who].user_id))
        told = (
            client(world).get(f"{PREFIX}/interviews/101/skills/versions/2", headers=headers).json()["skill_breakdown"]
        )
        assert (told["technical"]["weaknesses"], told["technical"]["recommendations"]) == ([], [])
        assert GAP.claim in {claim["text"] for claim in told["communication"]["weaknesses"]}


def test_a_claim_of_the_platforms_is_struck_from_every_answer(world: World) -> None:
    assert WRONG.claim in told(world)
    for skill in SKILL_KEYS:
        strike(world, ClaimKey(skill, WRONG.kind, WRONG.claim))
    for who in ("interviewee", "coach", "admin"):
        text = told(world, who).replace(repr(shown(world.database).struck), "")
        assert (who, WRONG.claim in text) == (who, False)
        assert "strengths about marzipan" in text
    unstrike(world)
    assert WRONG.claim in told(world)
    assert seen(world, "coach").struck != ()
    assert seen(world).struck == ()


def test_taking_back_is_a_new_row_and_takes_back_what_fell_with_it(world: World) -> None:
    save(world.database, generated())
    before = shown(world.database).breakdown
    strike(world, GAP)
    unstrike(world, GAP)
    assert shown(world.database).breakdown == before
    with reading(world.database.engine) as db:
        rows = db.execute(sa.select(table.c.kind, table.c.struck, table.c.struck_by).order_by(table.c.id)).all()
    kinds = ["weakness", "recommendation"]
    assert [row.kind for row in rows] == kinds * 2
    assert [(row.struck, row.struck_by.split("@")[0]) for row in rows] == [(True, "coach")] * 2 + [(False, "admin")] * 2
    with pytest.raises(CoachingError, match="not marked as wrong"):
        unstrike(world, GAP)
    # What was taken back expires; what is struck stays, whatever its age.
    strike(world, ClaimKey("communication", GAP.kind, GAP.claim))
    expire(world.database.engine, 30, at=now() + timedelta(days=31))
    assert [one.key.skill for one in seen(world, "coach").struck] == ["communication"] * 2
    with reading(world.database.engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 2


@pytest.mark.parametrize("who", ["interviewee", "other interviewee", "other coach"])
def test_only_their_coaches_strike(world: World, who: str) -> None:
    with pytest.raises((NotAllowedError, MissingError)):
        strike(world, who=who)
    strike(world)
    with writing(world.database.engine) as db, pytest.raises((NotAllowedError, CoachingError)):
        take_back(world.viewer(who), db, 101, WRONG)
    assert len(seen(world, "coach").struck) == 1


def test_only_what_is_shown_is_struck_and_for_a_reason(world: World) -> None:
    with pytest.raises(CoachingError, match="no such claim"):
        strike(world, ClaimKey("technical", "weakness", "never said"))
    asked, headers = client(world), bearer(platform_token(PEOPLE["coach"].user_id))
    body = {"skill": WRONG.skill, "kind": WRONG.kind, "claim": WRONG.claim}
    without = asked.post(f"{PREFIX}/interviews/101/struck", headers=headers, json=body)
    assert (without.status_code, "Say what is wrong" in without.json()["detail"]) == (422, True)
    done = asked.post(f"{PREFIX}/interviews/101/struck", headers=headers, json=body | {"reason": "It was not so"})
    assert [one["reason"] for one in done.json()["struck"]] == ["It was not so"]


def regenerated(world: World, settings: ModelSettings = SETTINGS) -> InterviewFeedback:
    """Make the breakdown again of what the database holds, as a job does."""
    with reading(world.database.engine) as db:
        stored = stored_interview(db, 101)
    assert stored is not None
    # Through JSON, as a job hands it on.
    stored = type(stored)(*json.loads(json.dumps(stored)))
    generator = FeedbackGenerator(settings, client=Double(honest, settings))
    run = RunLimits(settings)
    return drive(
        generator.stages(prepare_stored(stored, settings), run),
        lambda questions: [generator.ask(question, run=run) for question in questions],
    )


def faults(made: InterviewFeedback, skill: str) -> dict[ClaimFault, int]:
    return made.skill_breakdown[skill].faults


def test_it_is_not_made_again_of_the_same_words(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        held: dict[str, Any] = {"conversation_history": conversation()}
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(held))
    save(world.database, regenerated(world))
    strike(world, GAP)
    made = regenerated(world)
    technical = made.skill_breakdown["technical"]
    assert (technical.weaknesses, technical.recommendations) == ((), ())
    assert faults(made, "technical")[ClaimFault.STRUCK] == 1
    assert len(technical.strengths) == 1
    # The same words still stand for another skill, and a strength may cite them.
    assert ClaimFault.STRUCK not in faults(made, "communication")
    # A breakdown that lacks only what was struck says no less than what is shown.
    saved = save(world.database, made)
    assert saved is not None
    assert saved.shown
    unstrike(world, GAP)
    assert [claim.text for claim in regenerated(world).skill_breakdown["technical"].weaknesses] == [GAP.claim]


def test_rules_do_not_make_it_again_either(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        held: dict[str, Any] = {"conversation_history": conversation()}
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(held))
    made = regenerated(world, ModelSettings())
    save(world.database, made)
    skill, claim = next((key, one.claims[0]) for key, one in made.skill_breakdown.items() if one.claims)
    with writing(world.database.engine) as db:
        values = {"interview_id": 101, "skill": skill, "kind": claim.kind, "claim": claim.text, "struck": True}
        values |= {"evidence": " ".join(claim.evidence), "reason": "-", "struck_by": TRUSTED.actor, "struck_at": now()}
        db.execute(sa.insert(table).values(values))
    again = regenerated(world, ModelSettings())
    assert claim.text not in {one.text for one in again.skill_breakdown[skill].claims if one.kind == claim.kind}
    assert faults(again, skill)[ClaimFault.STRUCK] >= 1
