"""Who scored what, on the charts: a mark with words where that changes, names in hover labels and tables."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from analytics.charts import comparison, judge_steps, progression
from analytics.judges import PLATFORM_JUDGE, JudgeKind, judge_of
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.skills import SKILL_KEYS

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FIRST = judge_of(JudgeKind.MODEL, host="api.example", model="m-<1>", prompt="a", rubric="r")
SECOND = judge_of(JudgeKind.MODEL, host="api.example", model="m-<1>", prompt="b", rubric="r")
JUDGES = {judge.key: judge for judge in (PLATFORM_JUDGE, FIRST, SECOND)}
BY = [PLATFORM_JUDGE, PLATFORM_JUDGE, FIRST, FIRST, SECOND]


def history(*skills: str) -> list[SkillRecord]:
    """Five interviews: by the platform, by a model, by it with new instructions; other skills by the platform."""
    return [
        SkillRecord(
            key, number, f"Round {number}", START + timedelta(weeks=number), "scored", None, 0.5 + number / 100,
            judge.key if key in (skills or SKILL_KEYS) else PLATFORM_JUDGE.key,
            START + timedelta(weeks=60) if judge is FIRST and key in (skills or SKILL_KEYS) else None,
        )
        for number, judge in enumerate(BY, 1)
        for key in SKILL_KEYS
    ]  # fmt: skip


def test_a_line_is_broken_and_marked_where_another_judge_begins_also_between_two_fingerprints() -> None:
    drawn = progression.progression(history(), judges=JUDGES)
    line = drawn.figure.data[0]
    assert list(line.y) == [0.51, 0.52, None, 0.53, 0.54, None, 0.55]
    assert not line.connectgaps
    marks = [shape for shape in drawn.figure.layout.shapes if shape.x0 == shape.x1]
    # All four skills change at the same interviews, so there are two marks, half-way to the next interview.
    assert [mark.x0 for mark in marks] == [line.x[2], line.x[5]]
    assert line.x[1] < marks[0].x0 < line.x[3]
    words = [note.hovertext for note in drawn.figure.layout.annotations]
    assert words[0] == "From here scored by m-&lt;1&gt; at api.example, before by InterviewLab"
    assert words[1] == "From here scored by m-&lt;1&gt; at api.example with new instructions"
    assert {note.text for note in drawn.figure.layout.annotations} == {"New judge"}
    assert drawn.alt.endswith(
        "From 22 Mar 2026 scored by m-<1> at api.example, before by InterviewLab. "
        "From 5 Apr 2026 scored by m-<1> at api.example with new instructions."
    )


def test_every_point_says_who_scored_it_and_the_first_of_a_judge_who_did_before() -> None:
    about = [point[3] for point in progression.progression(history(), judges=JUDGES).figure.data[1].customdata]
    label = "m-&lt;1&gt; at api.example"
    assert about == [
        "Scored by InterviewLab", "Scored by InterviewLab", "", f"From here scored by {label}, before by InterviewLab",
        f"Scored by {label} on 25 Apr 2027", "", f"From here scored by {label} with new instructions",
    ]  # fmt: skip


def test_in_fields_of_their_own_only_the_skills_that_change_are_marked() -> None:
    targets = dict.fromkeys(SKILL_KEYS, 0.8)
    drawn = progression.progression(history("technical"), targets=targets, judges=JUDGES)
    marks = [shape for shape in drawn.figure.layout.shapes if shape.x0 == shape.x1]
    assert {mark.xref for mark in marks} == {"x2"}
    assert len(marks) == 2
    assert "(Technical)" in drawn.alt
    assert drawn.table["Scored on"] == ["–", "–", "25 Apr 2027", "25 Apr 2027", "–"]
    # The titles and targets of all four fields are still there.
    assert sum("target" in note.text for note in drawn.figure.layout.annotations) == 4
    assert drawn.table["Scored by"][2] == (
        f"Communication: InterviewLab; Technical: m-<1> at api.example ({FIRST.key[-6:]}); "
        "Problem solving: InterviewLab; Code quality: InterviewLab"
    )


def test_one_judge_leaves_no_mark_and_is_named_once() -> None:
    rows = [record._replace(judge=PLATFORM_JUDGE.key) for record in history()]
    drawn = progression.progression(rows)
    assert not drawn.figure.layout.shapes
    assert not drawn.figure.layout.annotations
    assert list(drawn.figure.data[0].y) == [0.51, 0.52, 0.53, 0.54, 0.55]
    assert drawn.alt.endswith(" Scored by InterviewLab.")
    assert drawn.table["Scored by"] == ["InterviewLab"] * 5


def test_a_verdict_is_drawn_with_the_score_it_stands_beside() -> None:
    rows = history()
    rows[0] = rows[0]._replace(verdict=0.75, has_verdict=True)
    rows[4] = rows[4]._replace(verdict=None, has_verdict=True)
    drawn = progression.progression(rows, judges=JUDGES)
    assert list(drawn.figure.data[0].y)[:2] == [0.75, None]
    assert drawn.figure.data[0].customdata[0][3] == "Verdict of a coach; 0.51 by InterviewLab"
    assert drawn.table["Communication"][:2] == [0.75, "not assessed"]


def test_bars_and_their_table_name_the_judge() -> None:
    rows = [
        ComparedRecord(*record[:7], 1, "Ann", record.date, record.judge)
        for record in history()
        if record.interview_id < 4
    ]
    drawn = comparison.comparison(rows, {}, judges=JUDGES)
    assert [bar.customdata[0][3] for bar in drawn.figure.data] == [
        "Scored by InterviewLab", "Scored by InterviewLab", "Scored by m-&lt;1&gt; at api.example",
    ]  # fmt: skip
    assert drawn.table["Scored on"] == ["–", "–", "–"]
    assert drawn.table["Scored by"] == ["InterviewLab"] * 2 + [f"m-<1> at api.example ({FIRST.key[-6:]})"]


def test_thousands_of_changes_take_time_in_proportion() -> None:
    def seconds(changes: int) -> float:
        at = [(f"place {number}", "another judge") for number in range(changes)]
        times = []
        for _ in range(3):
            began = time.process_time()
            assert len(judge_steps.marks(at, "")["shapes"]) == changes
            times.append(time.process_time() - began)
        return min(times)

    # Sixteen times the changes: a square would take 256 times.
    assert seconds(8_000) < 64 * max(seconds(500), 0.0005)
