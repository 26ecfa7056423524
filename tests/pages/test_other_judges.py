"""What pages say of scores that two judges gave: left out, moved, offered to be given again, never subtracted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from analytics import runtime
from analytics.access import sign_in
from analytics.access.viewer import Role, Viewer
from analytics.breakdown.jobs import store
from analytics.breakdown.versions import save as versions_save
from analytics.database.sessions import writing
from analytics.roster.refresh import learn_again, refresh
from analytics.skills import SKILL_KEYS, SKILLS
from pages.parts.viewer import read_sign_in
from tests.support.breakdowns import scored_by
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, conversation
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor, dashboard_of

MODEL = str(SETTINGS.model_name)


class Jobs:
    """Notes presses as the worker does, and has nothing done."""

    def unavailable(self) -> str | None:
        return None

    def budget(self, viewer: Viewer, db: Any) -> None:
        return None

    def press(self, viewer: Viewer, interview_id: int) -> Any:
        return store.request(viewer, runtime.engine(), interview_id)


@pytest.fixture
def visitor(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """An admin, with a model connected."""
    with dashboard_of(
        monkeypatch, DATABASE_URL=database.url, OPENAI_BASE_URL="http://127.0.0.1:9/v1", OPENAI_MODEL=MODEL
    ) as somebody:
        monkeypatch.setattr(runtime, "jobs", Jobs)
        sign_in.viewer_of(database.engine, read_sign_in(somebody.claims), runtime.settings())
        yield somebody


def score(database: Database, numbers: range, level: float, skills: Sequence[str] = SKILL_KEYS) -> None:
    """Have the connected model score skills of interviews."""
    for number in numbers:
        made = scored_by(MODEL, **dict.fromkeys(skills, level))
        versions_save.save(
            database.engine, number, made, version_id=str(uuid.uuid4()), by="-", write_back=True, asked=MODEL
        )
    with writing(database.engine) as connection:
        refresh(connection)


@pytest.fixture
def ten(database: Database) -> Database:
    """Ten interviews of one person, the latest four scored by the model, twelve of another and two of a third."""
    stored = conversation()
    rows = [interview(n, feedback=feedback(*[0.5 + n / 100] * 4), conversation_history=stored) for n in range(1, 11)]
    rows += [interview(n, 2, feedback=feedback(*[0.4 + n / 100] * 4)) for n in range(20, 32)]
    rows += [interview(n, 3, feedback=feedback(*[0.5] * 4), conversation_history=stored) for n in (11, 12)]
    add(database.platform_engine, people=[person(1), person(2), person(3)], rows=rows)
    score(database, range(7, 11), 0.7)
    return database


def drawn(page: Visit) -> list[float | None]:
    lines = [line for line in page.figure()["data"] if line.get("legendgroup") == "communication"]
    return [y for line in lines if "markers" in str(line["mode"]) for y in line["y"] if y is not None]


def sentence(page: Visit) -> str:
    """Return what the card of the progression says of the first skill, as Markdown."""
    said: str = next(one.value for one in page.at.markdown if r" Communication\:" in one.value)
    return said.partition(" ")[2]


def choices(page: Visit) -> list[str]:
    found = [control for control in page.at.get("button_group") if control.key == "judge"]
    return list(found[0].options) if found else []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_another_judge_scored_is_left_out_and_offered_to_be_scored_again(ten: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="1")
    assert "Scores before 8 Mar 2026 were given by another judge, so they are left out here." in page.text
    assert "Scoring these 6 interviews again with the present judge would let them count." in page.text
    assert choices(page) == ["Newest judge", "All, as scored"]
    assert drawn(page) == [0.7] * 4
    # Best and worst are of one judge.
    (best,) = [link for link in page.at.page_link if link.label == "Best against worst"]
    assert not {"1", "2", "3", "4", "5", "6"} & set(str(best.proto.query_string).replace("=", "%2C").split("%2C"))

    page.at.session_state["rescore"] = True
    visitor.again(page)
    assert "6 interviews: about " in page.text
    assert " tokens" in page.text
    page.at.button(key="rescore_now").click()
    visitor.again(page)
    assert "0 of 6 interviews scored again" in page.text or page.at.get("progress")
    assert "would let them count" not in page.text
    viewer = Viewer(Role.ADMIN)
    with writing(ten.engine) as connection:
        assert sorted(store.with_open_job(viewer, connection, range(1, 40))) == [1, 2, 3, 4, 5, 6]  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_drawn_as_scored_each_line_is_broken_and_marked_where_the_judge_changes(
    ten: Database, visitor: Visitor
) -> None:
    def marks(page: Visit) -> list[Any]:
        return [shape for shape in page.figure()["layout"].get("shapes", []) if shape["x0"] == shape["x1"]]

    page = visitor.open("candidate", candidate="1")
    assert not marks(page)
    assert "Scored by" in page.alt()
    page = visitor.open("candidate", candidate="1", judge="All, as scored")
    assert drawn(page) == [*(pytest.approx(0.5 + n / 100) for n in range(1, 7)), *[0.7] * 4]
    assert len(marks(page)) == len(SKILL_KEYS)
    assert f"From 8 Mar 2026 scored by {MODEL} at 127.0.0.1:9, before by InterviewLab." in page.alt()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_over_a_bridge_all_are_on_one_scale_and_compared(ten: Database, visitor: Visitor) -> None:
    before = visitor.open("compare", interviews="1,10,2")
    assert before.at.table[0].value["2"][0] == "0.70 :gray[(another judge)]"
    assert before.at.table[0].value["3"][0].startswith("0.52 ")
    assert "+0.01" in before.at.table[0].value["3"][0]
    assert "Scores of two judges cannot be compared" in before.text
    assert "(" not in before.at.table[0].value["2"][4]
    # The bars' order follows what can be compared alone: all four differ by .01, and .19 of another judge is nothing.
    ordered = visitor.open("compare", interviews="1,10", by_change="true")
    assert ordered.figure()["layout"]["xaxis"]["categoryarray"] == [skill.label for skill in SKILLS]

    score(ten, range(20, 32), 0.8)
    page = visitor.open("candidate", candidate="1")
    assert choices(page) == ["Newest judge", "All, on one scale", "All, as scored"]
    # At first nobody's score is moved, the sentences tell what is drawn, and what else counts is said.
    assert drawn(page) == [0.7] * 4
    assert (
        sentence(page)
        == r"Communication\: steady over 4 interviews\, at about 0\.70\. 6 scores by another judge are left out\."
    )
    assert "The rest of this page also counts other judges’ scores, moved to this scale." in page.text
    assert f"Levels are on the scale of {MODEL} at 127" in page.text
    assert "targets are the same for every judge." in page.text
    page = visitor.open("candidate", candidate="1", judge="All, on one scale")
    assert len(drawn(page)) == 10
    assert drawn(page)[0] != 0.51
    assert sentence(page).startswith(r"Communication\: up by about 0\.06 over 10 interviews")
    assert "left out" not in page.text
    assert "All else on this page counts others’ too" not in page.text
    raw = visitor.open("candidate", candidate="1", judge="All, as scored")
    assert drawn(raw)[:2] == [0.51, 0.52]
    # Of one score nothing can be told, so the others are there at first.
    score(ten, range(12, 13), 0.7)
    few = visitor.open("candidate", candidate="3")
    assert choices(few) == ["All, on one scale", "Newest judge", "All, as scored"]
    assert len(drawn(few)) == 2

    after = visitor.open("compare", interviews="1,10,2")
    assert "≈" in after.at.table[0].value["2"][0]
    assert "cannot be compared" not in after.text
    assert "Given by another judge than the baseline's" in after.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_who_is_of_one_judge_sees_none_of_it(ten: Database, visitor: Visitor) -> None:
    page = visitor.open("candidate", candidate="2")
    assert choices(page) == []
    assert "another judge" not in page.text
    assert "whoever scores" not in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_an_overall_score_of_several_judges_says_so_wherever_it_is_shown(ten: Database, visitor: Visitor) -> None:
    score(ten, range(31, 32), 0.9, skills=["communication", "technical"])
    page = visitor.open("candidate", candidate="2")
    assert "overall average 0.79 (several judges)" in page.text
    assert "The overall score of 1 interview weighs skills that several judges scored." in page.text
    assert "overall **0.81** (several judges)" in visitor.open("interview", interview="31").text
    mixed = "The overall score of 1 interview weighs skills that several judges scored."
    assert mixed in visitor.open("compare", interviews="31,30").text
    # Two interviews of one judge each are no mix, nor is a person of whom every skill has the same newest judge.
    assert "several judges" not in visitor.open("interview", interview="30").text
    assert "several judges" not in visitor.open("compare", interviews="1,10").text
    assert "(several judges)" not in visitor.open("candidate", candidate="1").text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_roster_sorted_by_scores_of_several_judges_says_so_and_can_show_one(ten: Database, visitor: Visitor) -> None:
    learn_again(ten.engine)
    said = "Different judges scored these candidates"
    page = visitor.open("candidates", sort="Technical")
    assert said in page.text
    assert set(page.roster()["Name"]) == {"Person 1", "Person 2", "Person 3"}
    one = visitor.open("candidates", sort="Technical", by=f"{MODEL} at 127.0.0.1:9")
    assert one.roster()["Name"] == ["Person 1"]
    assert said not in one.text
    assert f"Scored by {MODEL} at 127" in " ".join(button.label for button in one.at.button)
    # First it is by attention, which weighs how far somebody is below a target that is the same for every judge.
    assert said in visitor.open("candidates").text
    assert said not in visitor.open("candidates", sort="Name").text
