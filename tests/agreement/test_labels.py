"""A table of people's levels comes in whole or not at all, and says of each wrong line what is wrong."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED, NotAllowedError
from analytics.agreement.labels import LabelImport, LabelsError, import_labels
from analytics.agreement.pairs import human_levels_of
from analytics.database.agreement_tables import human_levels
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from tests.support.agreement import judge
from tests.support.world import World


def bring(world: World, text: str, who: str = "admin") -> LabelImport:
    with writing(world.database.engine) as db:
        return import_labels(world.viewer(who), db, text.encode())


def levels(world: World, who: str = "admin") -> dict[tuple[int, str], float]:
    with reading(world.database.engine) as db:
        return {key: each.level for key, each in human_levels_of(world.viewer(who), db).items()}


def test_levels_come_in_once_and_the_latest_counts(world: World) -> None:
    first = "id,skill,level\n101,technical,4\n101,communication,2\n201,Problem solving,5\n"
    assert bring(world, first) == LabelImport(levels=3, interviews=2, known=0)
    assert bring(world, first) == LabelImport(levels=0, interviews=0, known=3)
    assert bring(world, "skill;level;id\ntechnical;3.0;101\n") == LabelImport(1, 1, 0)
    assert levels(world) == {(101, "technical"): 3, (101, "communication"): 2, (201, "problem_solving"): 5}
    # A coach sees what is said of their own candidates.
    assert levels(world, "coach") == {(101, "technical"): 3, (101, "communication"): 2}
    assert bring(world, first).sentence == "Brought in 1 level of 1 interview. 2 levels had been brought in before."


def test_every_wrong_line_is_named_and_nothing_comes_in(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 102).values(status="in_progress"))
    wrong = (
        "id,skill,level\n101,technical,4\n,technical,4\nx1,technical,4\n101,tech,3\n101,communication,6\n"
        "\n101,technical,2\n999,technical,2\n102,technical,2\n101,communication,\n"
    )
    with pytest.raises(LabelsError) as caught:
        bring(world, wrong)
    assert str(caught.value).splitlines() == [
        "Nothing was brought in. Correct these lines and bring in the file again.",
        "Line 3: id is empty.",
        "Line 4: 'x1' is no id of an interview; write the number in its address.",
        "Line 5: 'tech' is not a skill; write one of communication, technical, problem_solving, code_quality.",
        "Line 6: the level '6' is not a whole number from 1 to 5.",
        "Line 8: line 2 says a level of this skill and interview already.",
        "Line 9: there is no completed interview 999 that you may judge.",
        "Line 10: there is no completed interview 102 that you may judge.",
        "Line 11: level is empty.",
    ]
    assert levels(world) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a column is missing: id, skill, level"),
        ("id,level\n1,2\n", "a column is missing: skill"),
        ("id,skill,level\n", "holds no levels"),
        ('id,skill,level\n101,"technical,4\n', "Line 2"),
        ("id,skill,level\n101,technical,3,5\n", "Line 2: there are more cells than columns"),
        ("id,skill,level,level\n101,technical,3,5\n", "a column appears twice: level"),
        ("id,skill,level\r101,technical,3\r", "Line 1"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_a_sentence(world: World, text: str, told: str) -> None:
    with pytest.raises(LabelsError, match=told):
        bring(world, text)


def test_nobody_brings_in_levels_of_people_they_may_not_judge(world: World) -> None:
    with pytest.raises(LabelsError, match="no completed interview 201"):
        bring(world, "id,skill,level\n201,technical,4\n", "coach")
    with pytest.raises(NotAllowedError):
        bring(world, "id,skill,level\n101,technical,4\n", "interviewee")
    with writing(world.database.engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(human_levels)).scalar_one() == 0


def test_a_verdict_stands_before_a_level_from_a_file(world: World) -> None:
    bring(world, "id,skill,level\n101,technical,1\n103,technical,1\n")
    judge(world.database, world.viewer("coach"), 101, 4)
    judge(world.database, world.viewer("admin"), 101, 5)
    assert levels(world)[101, "technical"] == 4.5
    assert levels(world)[103, "technical"] == 1


def test_bytes_that_are_no_text_are_refused(world: World) -> None:
    with writing(world.database.engine) as db, pytest.raises(LabelsError):
        import_labels(TRUSTED, db, b"\x00\xff\x00\x9f" * 40)
