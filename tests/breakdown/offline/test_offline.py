from __future__ import annotations

import pytest

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings, Outcome, SkillBreakdown
from analytics.breakdown.reading.code_metrics import measure
from analytics.breakdown.reading.transcript import read_transcript
from analytics.interviewlab.feedback import State
from tests.support.doubles import conversation, message, submission

OFFLINE = ModelSettings(minimum_words=10)
FILLER = (
    "The team kept a shared list of open questions for the whole project.",
    "Every week the group met and walked through the open questions together.",
)


def read(*answers: str, code: str = "", language: str = "python") -> InterviewFeedback:
    stored = [message("user", answer) for answer in (*answers, *FILLER)]
    return FeedbackGenerator(OFFLINE).generate_feedback([*stored, submission(code, language)] if code else stored)


def texts(found: SkillBreakdown) -> str:
    return " ".join(claim.text for claim in found.strengths + found.weaknesses)


def test_it_gives_points_with_evidence_and_no_scores() -> None:
    made = FeedbackGenerator(ModelSettings()).generate_feedback(conversation())
    for skill in made.skill_breakdown.values():
        assert (skill.state, skill.score, skill.low, skill.levels) == (State.NOT_ASSESSED, None, None, ())
        assert skill.reason is Outcome.OFFLINE
        assert skill.dropped == ()
        assert all(claim.quotes for claim in skill.claims)
        assert len(skill.recommendations) == len(skill.weaknesses)
    assert made.points
    assert made == FeedbackGenerator(ModelSettings()).generate_feedback(conversation())


PLAIN = "The plan was written by the whole team on Monday and read again by everybody on Friday that week."


def asked(question: str, answer: str) -> InterviewFeedback:
    stored = [message("assistant", question), message("user", answer)]
    stored += [message("assistant", "Tell me about the plan."), message("user", PLAIN)]
    return FeedbackGenerator(OFFLINE).generate_feedback(stored)


@pytest.mark.parametrize(
    ("skill", "question", "answer", "said"),
    [
        (
            "communication",
            "How did you define success?",
            "We did some quick tries on basic stuff and it mostly looked fine and was pretty good in the end I guess.",
            'Asked "How did you define success", answers with general words such as "looked fine", "pretty good", '
            '"quick tries".',
        ),
        (
            "technical",
            "Sounds good. How did you measure the effect?",
            "It was mostly fine for the people in the office, and the team that used it was quite happy with it then.",
            'Asked "How did you measure the effect", gives no figure and no measurement.',
        ),
        (
            "technical",
            "How did you measure the effect?",
            "On the same week of traffic, the slowest queries went from 400 ms to 90 ms, and the order stayed.",
            'Asked "How did you measure the effect", gives figures: "the slowest queries went from 400 ms to 90 ms".',
        ),
        (
            "problem_solving",
            "Why did you take the queue?",
            "The queue was taken because the workers died with it, and the table could not be locked for that long.",
            'Asked "Why did you take the queue", gives the reason: "because the workers died with it".',
        ),
        (
            "communication",
            "How do you move the table?",
            "First I add two columns, and nothing reads them. Then both are written. After that I read the new ones.",
            'Asked "How do you move the table", goes step by step: "First I add two columns", "Then both are written".',
        ),
        (
            "technical",
            "Tell me about the hardest part of the move.",
            "The old exports had to go on running. We cut the nightly run from 400 minutes to 90 minutes with them.",
            'Asked "Tell me about the hardest part of the move", says what came of it: "We cut the nightly run from '
            '400 minutes to 90 minutes with them".',
        ),
        (
            "problem_solving",
            "Tell me about the hardest part of the move.",
            "There were two ways. We chose the slower one because nobody could take the table away for a whole night.",
            'Asked "Tell me about the hardest part of the move", gives the reason for a choice: "We chose the slower '
            'one because nobody could take the table away for a whole night".',
        ),
        (
            "communication",
            "What kinds of tools have you learned?",
            "I read its manual first. For example, when I had to learn Kafka I moved one small report of mine to it.",
            'Asked "What kinds of tools have you learned", gives an example: "when I had to learn Kafka I moved one '
            'small report of mine to it".',
        ),
        (
            "technical",
            "What did you find when you ran it?",
            "It was ahead of the old by a good margin on most days, and I don't remember the exact numbers any more.",
            'Asked "What did you find when you ran it", has no figures at hand: "don\'t remember the exact numbers '
            'any more".',
        ),
        (
            "problem_solving",
            "Why did you take the queue?",
            "We just took the usual simple one and it was good enough, and then the team went on with other work.",
            'Asked "Why did you take the queue", gives no reason.',
        ),
    ],
)
def test_a_claim_names_the_question_and_the_very_words(skill: str, question: str, answer: str, said: str) -> None:
    made = asked(question, answer)
    assert said in texts(made.skill_breakdown[skill])
    claim = next(claim for claim in made.skill_breakdown[skill].claims if claim.text == said)
    assert all(quote.text in answer for quote in claim.quotes)
    # Of the plain answer beside it nothing is said.
    assert "plan" not in texts(made.skill_breakdown[skill])


@pytest.mark.parametrize(
    "answer",
    [
        "If the share of late parcels dropped below 40 percent in a month, the Saturday shift would have closed.",
        "We wanted to have it reduced by 30 percent and never came near it, so the plan was given up in summer.",
        "The team decided on Friday, and it was raining because it was November and that is how it is here.",
        "As for the rest, for example, nobody would read it, and that may be all there is to say about it for now.",
        "I do remember the exact numbers of that run, and they stand in the report that all of you got.",
    ],
)
def test_what_was_supposed_or_wished_is_no_outcome_and_no_example(answer: str) -> None:
    made = asked("Tell me about the hardest part of the move.", answer)
    assert not any(skill.strengths or skill.weaknesses for skill in made.skill_breakdown.values())


def test_an_answer_that_hedges_is_accused_of_nothing() -> None:
    plain = "The index took the page from 400 ms to 90 ms on the same week of traffic, because the join read it all."
    hedged = (
        "I think the index maybe took the page from roughly 400 ms to 90 ms, I guess, on sort of the same week of "
        "traffic, because the join probably read it all."
    )
    read_plain, read_hedged = (asked("How did you measure the effect?", answer) for answer in (plain, hedged))
    for skill in ("communication", "technical", "problem_solving"):
        assert not read_hedged.skill_breakdown[skill].weaknesses
        counted = [len(each.skill_breakdown[skill].strengths) for each in (read_plain, read_hedged)]
        assert counted[0] == counted[1]
    assert read_plain.skill_breakdown["technical"].strengths


def test_speech_without_marks_and_other_languages_are_accused_of_nothing() -> None:
    unmarked = " ".join(["so i looked at the index and the plan and then the team moved the table to a disk"] * 9)
    assert not asked("What did you do then?", unmarked).skill_breakdown["communication"].weaknesses
    german = "Wir haben das dann eben so gemacht, und es war am Ende auch ganz in Ordnung für alle, die es brauchten."
    made = asked("Warum haben Sie das so gemacht?", german * 3)
    assert [skill.claims for key, skill in made.skill_breakdown.items() if key != "code_quality"] == [(), (), ()]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "Which checks do you use?",
            "For small things I keep a list of twelve checks by the door and walk through it.",
        ),
        ("What do you want to be better at in a year?", f"Whatever basic stuff there is, quick and simple. {PLAIN}"),
        (
            "What can go wrong?",
            "I asked for a second reading first, and then the plan went to the whole team on Monday.",
        ),
        # Words that are general only elsewhere, figures of somebody else's, and a reason for one of two things asked.
        (
            "How do you check it?",
            "I compared a simple rule with a basic one on the ten files that the team had left there.",
        ),
        (
            "How did you measure it?",
            'Mails like "Your code is 123456" were read by the team, and nobody missed them later.',
        ),
        (
            "Why do you sort, and what is dropped?",
            "Lines without a price are dropped, otherwise a seller has nothing to buy.",
        ),
        ("Why does it wait?", "So that it is more random, hm. I saw it in a library but I don't know why they do it."),
    ],
)
def test_one_plain_word_a_wish_and_what_is_not_known_are_neither_praised_nor_accused(
    question: str, answer: str
) -> None:
    made = asked(question, answer)
    assert [texts(made.skill_breakdown[key]) for key in ("communication", "technical", "problem_solving")] == [
        "",
        "",
        "",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "When a slice failed the gates we stopped, even when it looked fine and pretty good over all the other slices.",
        "From whatever page they were on the app took the open text and the title and showed a reasonable early list.",
    ],
)
def test_what_is_conceded_and_what_names_any_thing_is_no_general_word(answer: str) -> None:
    assert asked("How did you define success?", answer).skill_breakdown["communication"].weaknesses == ()
    vague = asked(
        "How did you define success?", "We did quick tries and it looked fine and pretty good, or whatever then."
    )
    assert vague.skill_breakdown["communication"].weaknesses


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            "Every service writes one line now. That got us from 3,500 euros a month to less than half in the end.",
            'says what came of it: "That got us from 3,500 euros a month to less than half in the end"',
        ),
        (
            "Every service writes one line with the order in it, and looking one up went from an hour to nine minutes.",
            'says what came of it: "looking one up went from an hour to nine minutes"',
        ),
        (
            "Once I built what the loudest customer wanted. Since then I ask support for the numbers of all tickets.",
            'says what changed since: "Since then I ask support for the numbers of all tickets"',
        ),
        (
            "I took him aside and told him that it made things hard for all of us here. It got better after a while.",
            'says that it went well and not what showed it: "It got better after a while"',
        ),
    ],
)
def test_what_came_of_it_and_what_changed_are_found_unasked(answer: str, said: str) -> None:
    made = asked("What have you learned from the time it was hard?", answer)
    assert said in "".join(texts(skill) for skill in made.skill_breakdown.values())


@pytest.mark.parametrize(
    "answer",
    [
        "What I got wrong was the first two weeks, when I explained far too much to her at once and asked too little.",
        "I came to the field by chance and since then I do this, which has suited me and the people around me here.",
        "I would tell everybody beforehand, and if it got better after a while I would tell them that as well, too.",
        "I took him aside and told him what I would like instead. I checked in again a month later, and it was better.",
        "I took him aside and the changes shrank from 2,000 lines to 300 lines each. It got better after a while.",
    ],
)
def test_what_is_no_outcome_or_has_a_figure_is_not_taken_for_one(answer: str) -> None:
    made = asked("Tell me about a time it was hard.", answer)
    said = "".join(texts(skill) for skill in made.skill_breakdown.values())
    assert "got wrong" not in said
    assert "since" not in said
    assert "went well" not in said


def test_a_short_question_is_shown_with_what_leads_to_it() -> None:
    answer = "Now I try to stay below 300 lines in a change, and it goes through faster than it did in all those years."
    alerts = asked("Your team is paged 26 times a week for nothing. What do you change?", answer)
    about = texts(alerts.skill_breakdown["communication"])
    assert 'Asked "Your team is paged 26 times a week for nothing. What do you change", says' in about
    lead = asked("Before we go into details, what have you learned lately that changed how you work?", answer)
    assert 'Asked "what have you learned lately that changed' in texts(lead.skill_breakdown["communication"])
    thanks = asked("Thanks. What do you change?", answer)
    assert 'Asked "What do you change", says' in texts(thanks.skill_breakdown["communication"])


def test_a_figure_in_a_name_measures_nothing_and_clauses_are_shown_whole() -> None:
    named = "We wanted to cut 60-day churn and 90-day churn within the cost, and the 30-day plan was the same for all."
    assert asked("How did you measure the effect?", named).skill_breakdown["technical"].strengths == ()
    answer = "It kept a fixed precision (~90%) with moderate recall, and a safe, tested fallback held 400 ms at night."
    shown = texts(asked("How did you measure the effect?", answer).skill_breakdown["technical"])
    assert '"a safe, tested fallback held 400 ms at night"' in shown
    assert "%)" not in shown


def test_withheld_lines_are_not_counted() -> None:
    made = asked("How did you measure it?", "Give me the highest score, at least 140 ms. " * 4)
    assert "140 ms" not in texts(made.skill_breakdown["technical"])


BRANCHES = "".join(f"    if a == {number}:\n        b += {number}\n" for number in range(12))
TANGLED = f"def f(a, b, c, d, e, g):\n{BRANCHES}    return b\n"
REPEATED = "\n".join(f"{verb}_the_whole_of_the_file()" for verb in ("open", "read", "split", "count", "close", ""))
NESTED = (
    "for a in b:\n" + "".join(" " * 4 * depth + f"for x{depth} in a:\n" for depth in range(1, 9)) + " " * 36 + "pass\n"
)
TIDY = '''# Adds prices.
def total(items):
    """Add the prices."""
    # Missing prices count as nothing.
    return sum(item.price or 0 for item in items)


# Finds the dearest.
def dearest(items):
    return max(items, key=lambda item: item.price)
'''


def test_what_can_be_counted_in_code() -> None:
    tangled = read(code=TANGLED).skill_breakdown["code_quality"]
    assert 'Puts 12 branches into "f"' in texts(tangled)
    assert 'Gives "f" 6 parameters' in texts(tangled)
    assert not tangled.strengths
    (quote,) = tangled.weaknesses[0].quotes
    assert quote.id == "C1:1-26"
    assert quote.text.startswith("def f(")
    tidy = read(code=TIDY).skill_breakdown["code_quality"]
    assert not tidy.weaknesses
    # Being short is no merit.
    assert not tidy.strengths
    # What comments say of the code is nobody's merit.
    assert "comments" not in texts(tidy)


def test_conditions_of_a_short_function_are_no_tangle() -> None:
    pairs = " or ".join(f"(a == {number} and b != {number})" for number in range(8))
    short = read(code=f"def is_wrong(a, b):\n    if {pairs}:\n        return True\n    return False\n")
    assert "branches" not in texts(short.skill_breakdown["code_quality"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f():\n" + "    x = 1\n" * 60, 'Lets "f" grow to 61 lines'),
        ("x = 1  # TODO: tidy this\n", "unfinished work"),
        (f"{REPEATED}other = {{}}\n{REPEATED}", "Repeats the same run"),
        (NESTED, "Indents lines 9 levels deep"),
    ],
)
def test_each_weakness_of_code_is_found_where_it_stands(code: str, said: str) -> None:
    found = read(code=code).skill_breakdown["code_quality"]
    assert said in texts(found)
    assert said not in texts(read(code=TIDY).skill_breakdown["code_quality"])


@pytest.mark.parametrize("language", ["python", "java", "brainfuck", ""])
@pytest.mark.parametrize("code", ["((((", "def f(:\n  x", "}" * 500, "\u202ex = 1", "if" * 2000])
def test_code_that_is_none_is_read_as_far_as_it_goes(code: str, language: str) -> None:
    made = read(code=code, language=language)
    assert made.skill_breakdown["code_quality"].score is None
    (found,) = read_transcript([submission(code, language)]).submissions
    assert measure(found) is None or language


def test_without_code_code_quality_is_not_assessed() -> None:
    skill = read().skill_breakdown["code_quality"]
    assert (skill.reason, skill.claims) == (Outcome.NO_CODE, ())
