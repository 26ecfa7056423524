"""Adding an interview from a transcript: what is stored, for whom, once, and with all that speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from analytics.access.private import set_private
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown import read_transcript, transcript_hash
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.source import prepare_stored, stored_interview
from analytics.breakdown.versions import save
from analytics.coaching.notes import Visibility, notes_about
from analytics.coaching.places import message_of
from analytics.columns import now
from analytics.database.schema import added_interviews, audit, coach_candidates, interview_tags, ours
from analytics.database.sessions import reading, writing
from analytics.importing import change
from analytics.importing.add import AddedInterview, Details, Person, Upload, add_interview, recognise, warnings
from analytics.importing.errors import AddError
from analytics.importing.tags import keep, set_tags, tag_by_title
from analytics.interviewlab.tables import interviews, users
from analytics.queries import interviews as queries
from analytics.queries.tags import Tags, kinds, label, tags
from analytics.transcripts import speakers
from analytics.views.notes import note_in_interview
from tests.support.breakdowns import offline
from tests.support.doubles import SETTINGS
from tests.support.world import PEOPLE, World

TEAMS = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Ada Lovelace>Hello Grace, why would you use a queue here?</v>

00:00:05.000 --> 00:00:19.500
<v Grace Hopper>I would use a queue because it absorbs peaks. I measured 40 requests a second.</v>

00:00:20.000 --> 00:00:22.000
<v Bob Roy>And when it is full?</v>

00:00:23.000 --> 00:00:30.000
<v Grace Hopper>Then it refuses, and the caller tries again later.</v>
"""
HELD = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
DETAILS = Details("Backend, first round", HELD, Tags("system design", 4), "A team of five")


@pytest.fixture
def owning(world: World) -> sa.Engine:
    """Our role, with the rights to add."""
    world.database.allow_adding()
    return world.database.engine


def add(
    engine: sa.Engine,
    viewer: Viewer,
    person: Person,
    *,
    upload: Upload | None = None,
    candidate: str = "Grace Hopper",
    details: Details = DETAILS,
) -> AddedInterview:
    with writing(engine) as connection:
        return add_interview(
            viewer, connection, upload or recognise(TEAMS.encode()), candidate, person=person, details=details
        )


def counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        tables = (users, interviews, *ours.sorted_tables)
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables
            # Judges belong to nobody: the next breakdown has the same one.
            if table.name not in {"audit", "stale_candidates", "judges"}
        }


def test_it_is_stored_as_the_platform_would_with_everybodys_names(world: World, owning: sa.Engine) -> None:
    coach = world.viewer("coach")
    added = add(owning, coach, Person(user_id=11))
    assert (added.user_id, added.new) == (11, True)
    with reading(owning) as db:
        row = db.execute(sa.select(interviews).where(interviews.c.id == added.interview_id)).one()
        found = queries.conversation(coach, db, added.interview_id)
        assert tags(coach, db, [added.interview_id]) == {added.interview_id: Tags("system design", 4)}
        assert kinds(coach, db) == ["system design"]
        assert kinds(world.viewer("other coach"), db) == []
        noted = db.execute(sa.select(audit.c.actor, audit.c.action, audit.c.user_id)).all()[-1]
    assert noted == ("coach@example.org", "add_interview", 11)
    assert (row.title, row.status, row.feedback, row.turn_count) == ("Backend, first round", "completed", None, 2)
    assert (row.started_at, row.completed_at) == (HELD, HELD + timedelta(seconds=30))
    assert [message["role"] for message in row.conversation_history] == ["assistant", "user", "assistant", "user"]
    assert {message["metadata"]["speaker"] for message in row.conversation_history} == {
        "Ada Lovelace", "Grace Hopper", "Bob Roy",
    }  # fmt: skip
    assert found is not None
    assert [turn.name for turn in found.turns][1] == "Grace Hopper"
    # Only the candidate's own words can be quoted.
    assert all("?" not in sentence.text for sentence in read_transcript(found).sentences)


def test_the_same_file_is_the_same_interview(world: World, owning: sa.Engine) -> None:
    first = add(owning, world.viewer("admin"), Person(user_id=11))
    before = counts(owning)
    again = add(owning, world.viewer("coach"), Person(user_id=11))
    assert again == first._replace(new=False)
    assert counts(owning) == before
    with pytest.raises(AddError, match="for somebody whom you do not see"):
        add(owning, world.viewer("other coach"), Person(user_id=12))


def test_what_somebody_practised_with_is_a_new_file_to_everybody_else(world: World, owning: sa.Engine) -> None:
    themselves, coach = replace(world.viewer("interviewee"), adds_own=True), world.viewer("coach")
    practice = add(owning, themselves, Person(user_id=11), details=replace(DETAILS, practice=True))
    theirs = add(owning, replace(world.viewer("other interviewee"), adds_own=True), Person(user_id=12))
    assert theirs.new
    with pytest.raises(AddError, match="for somebody whom you do not see"):
        add(owning, coach, Person(user_id=11))
    with writing(owning) as db:
        set_private(replace(world.viewer("other interviewee"), adds_own=True), db, theirs.interview_id, private=True)
    shared = add(owning, coach, Person(user_id=11))
    assert (shared.new, shared.interview_id > theirs.interview_id) == (True, True)
    # Each finds what they may see, and nobody adds it twice.
    assert add(owning, world.viewer("admin"), Person(user_id=11)) == shared._replace(new=False)
    assert add(owning, themselves, Person(user_id=11)) == practice._replace(new=False)


def test_somebody_new_is_seen_by_the_coach_who_brought_them(world: World, owning: sa.Engine) -> None:
    added = add(owning, world.viewer("coach"), Person(email="Grace@Example.org", name="Grace Hopper"))
    with reading(owning) as db:
        person = db.execute(sa.select(users).where(users.c.id == added.user_id)).one()
        seen_by = db.execute(
            sa.select(coach_candidates.c.member_id).where(coach_candidates.c.user_id == added.user_id)
        ).scalars()
        assert list(seen_by) == [world.member_ids["coach"]]
    assert (person.email, person.full_name, person.hashed_password) == ("grace@example.org", "Grace Hopper", "!")


@pytest.mark.parametrize(
    ("who", "person"),
    [
        ("coach", Person(user_id=12)),
        ("coach", Person(email=PEOPLE["unassigned"].email)),
        ("coach", Person(user_id=999)),
        ("coach", Person()),
        ("admin", Person(email="no address")),
        ("admin", Person(email="a@b@c")),
    ],
)
def test_nobody_else_gets_an_interview(world: World, owning: sa.Engine, who: str, person: Person) -> None:
    before = counts(owning)
    with pytest.raises(AddError):
        add(owning, world.viewer(who), person)
    assert counts(owning) == before


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_interviewees_add_their_own_where_that_is_set(world: World, owning: sa.Engine) -> None:
    themselves = world.viewer("interviewee")
    with pytest.raises(NotAllowedError):
        add(owning, themselves, Person(user_id=11))
    adding = Viewer(themselves.role, user_id=11, email=themselves.email, adds_own=True)
    for other in (Person(user_id=12), Person(email="new@example.org")):
        with pytest.raises(AddError):
            add(owning, adding, other)
    assert add(owning, adding, Person(user_id=11)).user_id == 11


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("details", "candidate", "sentence"),
    [
        (Details("  ", HELD), "Grace Hopper", "The title cannot be used"),
        (Details("x" * 300, HELD), "Grace Hopper", "The title cannot be used"),
        (Details("x", now() + timedelta(days=3)), "Grace Hopper", "The date lies in the future"),
        (Details("x", HELD, Tags("k" * 41)), "Grace Hopper", "at most 40 characters"),
        (Details("x", HELD, Tags(None, 6)), "Grace Hopper", "from 1 to 5"),
        (DETAILS, "Nobody", "Say who the candidate is: Ada Lovelace, Grace Hopper, Bob Roy"),
    ],
)
def test_what_cannot_be_saved_is_said_in_one_sentence(
    world: World, owning: sa.Engine, details: Details, candidate: str, sentence: str
) -> None:
    before = counts(owning)
    upload = recognise(TEAMS.encode())
    with pytest.raises(AddError, match=sentence), writing(owning) as connection:
        add_interview(world.viewer("admin"), connection, upload, candidate, person=Person(user_id=11), details=details)
    assert counts(owning) == before


def test_without_times_none_are_made_up() -> None:
    upload = recognise("Ada: Why?\nGrace: So.\nAda: And?\nGrace: That is all.\n")
    assert [turn.start for turn in upload.transcript.turns] == [None] * 4
    assert recognise("Ada: Why?\r\nGrace: So.\r\nAda: And?\r\nGrace: That is all.\r\n").source == upload.source


def test_what_speaks_against_the_choice_is_said() -> None:
    transcript = recognise(TEAMS.encode()).transcript
    assert warnings(transcript, "Grace Hopper", "Grace Hopper") == []
    assert warnings(transcript, "Ada Lovelace", "Grace Hopper") != []
    read = recognise("Ada: Why a café?\nGrace: So.\nAda: And?\nGrace: That’s all.\n".encode("cp1252")).transcript
    assert any("Windows-1252" in sentence for sentence in warnings(read))


def test_speakers_are_changed_later_and_versions_are_out_of_date(world: World, owning: sa.Engine) -> None:
    coach = world.viewer("coach")
    added = add(owning, coach, Person(user_id=11))
    with reading(owning) as db:
        held = change.read_stored(coach, db, added.interview_id)
        before = transcript_hash(queries.conversation(coach, db, added.interview_id))
        assert change.read_stored(world.viewer("other coach"), db, added.interview_id) is None
        assert change.read_stored(coach, db, 101) is None
    assert held is not None
    assert held.candidate == "Grace Hopper"
    other = speakers.reassign_turn(held.transcript, 2, "Grace Hopper")
    with writing(owning) as connection:
        note_in_interview(coach, connection, added.interview_id, Visibility.SHARED, "Here", message=3)
        change.change_speakers(coach, connection, added.interview_id, other, "Grace Hopper")
    with reading(owning) as db:
        found = queries.conversation(coach, db, added.interview_id)
        assert transcript_hash(found) != before
        assert [turn.speaker for turn in found.turns][2] == "candidate"  # type: ignore[union-attr]
        (note,) = notes_about(coach, db, 11, interview_id=added.interview_id)
        assert found is not None
        assert note.place is not None
        assert message_of(found, note.place) == 3
        assert db.execute(sa.select(audit.c.action)).scalars().all()[-1] == "change_speakers"
    cut = speakers.Transcript("x", other.turns[:2])
    with pytest.raises(AddError, match="changed meanwhile"), writing(owning) as connection:
        change.change_speakers(coach, connection, added.interview_id, cut, "Grace Hopper")
    with pytest.raises(AddError, match="not added here"), writing(owning) as connection:
        change.change_speakers(world.viewer("other coach"), connection, added.interview_id, other, "Grace Hopper")


def test_it_is_deleted_with_all_that_hangs_on_it(world: World, owning: sa.Engine) -> None:
    before = counts(owning)
    coach = world.viewer("coach")
    added = add(owning, coach, Person(user_id=11))
    save.save(owning, added.interview_id, offline(), version_id="v", by="coach@example.org", write_back=True)
    job = store.request(coach, owning, added.interview_id)
    with pytest.raises(AddError, match="being made"), writing(owning) as connection:
        change.delete_interview(coach, connection, added.interview_id)
    with owning.begin() as connection:
        store_jobs = ours.tables[f"{ours.schema}.breakdown_jobs"]
        connection.execute(
            sa.update(store_jobs).where(store_jobs.c.id == job.id).values(finished_at=now(), state="failed")
        )
    with pytest.raises(AddError, match="not added here"), writing(owning) as connection:
        change.delete_interview(coach, connection, 101)
    colleague = Viewer(coach.role, member_id=coach.member_id, email="another@example.org")
    with pytest.raises(NotAllowedError), writing(owning) as connection:
        change.delete_interview(colleague, connection, added.interview_id)
    with writing(owning) as connection:
        change.delete_interview(world.viewer("admin"), connection, added.interview_id)
    assert counts(owning) == before
    with reading(owning) as db:
        last = db.execute(sa.select(audit.c.actor, audit.c.action)).all()[-1]
    assert last == ("admin@example.org", "delete_interview")
    # Once deleted, the file can be added again.
    assert add(owning, coach, Person(user_id=11)).new


def test_tags_are_set_by_hand_and_by_title(world: World, owning: sa.Engine) -> None:
    coach = world.viewer("coach")
    with writing(owning) as connection:
        set_tags(coach, connection, 101, Tags(" system   design ", 2))
        assert tag_by_title(coach, connection, "round * MARZIPAN", Tags("coding")) == 3
        assert tag_by_title(coach, connection, "round % marzipan", Tags("coding")) == 0
        assert tag_by_title(coach, connection, "rou\0nd\ud800" + "*a" * 100, Tags("coding")) == 0
        for wrong in ("*", "", "a*" * 128):
            with pytest.raises(AddError):
                tag_by_title(coach, connection, wrong, Tags("coding"))
    with pytest.raises(AddError, match="does not exist"), writing(owning) as connection:
        set_tags(coach, connection, 201, Tags("coding"))
    with pytest.raises(NotAllowedError), writing(owning) as connection:
        set_tags(world.viewer("interviewee"), connection, 101, Tags("coding"))
    with reading(owning) as db:
        assert tags(coach, db, [101, 102, 201]) == {101: Tags("coding", 2), 102: Tags("coding")}
        rows = db.execute(sa.select(interview_tags.c.interview_id)).scalars().all()
    assert sorted(rows) == [101, 102, 103]
    with writing(owning) as connection:
        set_tags(coach, connection, 102, Tags())
    with reading(owning) as db:
        assert tags(coach, db, [102]) == {}
        assert db.execute(sa.select(sa.func.count()).select_from(added_interviews)).scalar() == 0


def test_the_level_of_the_post_is_chosen_by_hand_and_kept(world: World) -> None:
    coach = world.viewer("coach")
    with writing(world.database.engine) as connection:
        before = stored_interview(connection, 101)
        set_tags(coach, connection, 101, Tags("coding", None, "senior"))
        after = stored_interview(connection, 101)
        # What files say of it leaves the level alone; choosing none gives it back to the title.
        keep(connection, {101: Tags("mock", 2)}, by="somebody")
        kept = label(coach, connection, 101).tags
        set_tags(coach, connection, 101, Tags("mock", 2))
        given_back = label(coach, connection, 101).tags
        with pytest.raises(AddError, match="one of intern"):
            set_tags(coach, connection, 101, Tags(post="wizard"))
    assert before is not None
    assert after is not None
    assert [prepare_stored(stored, SETTINGS).post for stored in (before, after)] == ["mid", "senior"]
    assert kept == Tags("mock", 2, "senior")
    assert given_back == Tags("mock", 2)
