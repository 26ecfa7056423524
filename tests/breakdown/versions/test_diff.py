"""What two versions differ in, and what is newer than one."""

from __future__ import annotations

from typing import Any

from analytics.breakdown import ModelSettings
from analytics.breakdown.versions.diff import Newer, difference, newer_than
from tests.support import world
from tests.support.breakdowns import generated, offline
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, honest
from tests.support.versions import save, versions_of


def test_differences_tell_kept_gained_and_lost_points() -> None:
    def reworded(call: Any) -> object:
        said = honest(call)
        if call.answer == "points":
            said["strengths"][0]["text"] = "Finds the cause by measuring, which spares everybody a guess."
            said["weaknesses"], said["recommendations"] = [], []
        return said

    before, after = generated(level=2), generated(reworded, level=4)
    technical = next(found for found in difference(before, after) if found.skill == "technical")
    assert [(old.text[:7], new.text[:5]) for old, new in technical.kept] == [("Locates", "Finds")]
    assert technical.gained == ()
    assert [claim.kind for claim in technical.lost] == ["weakness", "recommendation"]
    assert (technical.before.score, technical.after.score) == (0.25, 0.75)
    same = difference(before, before)
    assert all(not found.gained and not found.lost and len(found.kept) == 3 for found in same)


def test_what_is_newer_than_a_version_is_told(database: Database, people: world.World) -> None:
    feedback = generated()
    save(database, feedback, asked=SETTINGS.model_name)
    ours, platforms = (version.origin for version in versions_of(database))
    transcript = feedback.provenance.transcript_hash
    assert newer_than(ours, transcript, SETTINGS) == ()
    assert newer_than(ours, "another", SETTINGS) == (Newer.TRANSCRIPT,)
    other = ModelSettings(base_url=SETTINGS.base_url, model="another")
    assert newer_than(ours, transcript, other) == (Newer.MODEL,)
    # Without a model there is nothing better to make it with.
    assert newer_than(ours, transcript, ModelSettings()) == ()
    changed = ours.model_copy(update={"prompt_hash": "x", "rubric_hash": "y"})
    assert newer_than(changed, transcript, SETTINGS) == (Newer.PROMPT, Newer.RUBRIC)
    assert newer_than(platforms, "another", SETTINGS) == ()

    without = offline()
    save(database, without)
    rules = versions_of(database)[0].origin
    assert newer_than(rules, transcript, ModelSettings()) == ()
    assert newer_than(rules, transcript, SETTINGS) == (Newer.CONNECTED,)
