from __future__ import annotations

import pytest

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings
from tests.support.doubles import message

OFFLINE = ModelSettings(minimum_words=10)
PLAIN = "The plan was written by the whole team on Monday and read again by everybody on Friday that week."


def asked(question: str, answer: str) -> InterviewFeedback:
    stored = [message("assistant", question), message("user", answer)]
    stored += [message("assistant", "Tell me about the plan."), message("user", PLAIN)]
    return FeedbackGenerator(OFFLINE).generate_feedback(stored)


def said_of(made: InterviewFeedback) -> dict[str, str]:
    return {
        key: " ".join(claim.text for claim in skill.strengths + skill.weaknesses)
        for key, skill in made.skill_breakdown.items()
    }


SHOWN = [
    (
        "technical",
        "How do you go about it at work",
        "It was slow. We cut the nightly run from 400 minutes to 90 minutes with it.",
        'says what came of it: "We cut the nightly run from 400 minutes to 90 minutes with it"',
    ),
    (
        "technical",
        "Tell me about the shop",
        "We were able to reduce the load time of the first page by 30%, and the rest stayed as it was.",
        'says what came of it: "We were able to reduce the load time of the first page by 30%"',
    ),
    (
        "technical",
        "How large is it",
        "We have a suite of about 5,000 regression tests and only 20% of them are automated so far.",
        'gives figures: "We have a suite of about 5,000 regression tests and only 20% of them are automated so far"',
    ),
    (
        "technical",
        "What was the result",
        "We tried it in March on paper. It found 70 dead letters from 900 that were in the boxes.",
        'gives figures: "It found 70 dead letters from 900 that were in the boxes"',
    ),
    (
        "problem_solving",
        "Which tasks do you prefer to do yourself",
        "I prefer to write the documents myself, as it has none of the words we use.",
        'gives the reason: "I prefer to write the documents myself, as it has none of the words we use"',
    ),
    (
        "problem_solving",
        "What makes those tasks different",
        "The projects I work on are all under contract, so I only ask it what is public.",
        'gives the reason: "The projects I work on are all under contract, so I only ask it what is public"',
    ),
    (
        "problem_solving",
        "What do you do with the report",
        "If the links are right and the numbers are as well, I put them in my report that day.",
        'says what is done in which case: "If the links are right and the numbers are as well, I put them in my report '
        'that day"',
    ),
    (
        "problem_solving",
        "What is the most frustrating part of it",
        "On Fridays it struggles with the report format of our own program, and we wait a day.",
        'names a difficulty: "it struggles with the report format of our own program"',
    ),
    (
        "problem_solving",
        "What was the hardest challenge",
        "One challenge we faced was integrating the old program with all of the new ones at once.",
        'names a difficulty: "One challenge we faced was integrating the old program with all of the new ones at once"',
    ),
    (
        "problem_solving",
        "How do you keep a person signed in",
        "The token is short. The downside is that a stolen one still works for up to 20 minutes.",
        'names the downside: "The downside is that a stolen one still works for up to 20 minutes"',
    ),
    (
        "problem_solving",
        "How did you solve the problem",
        "Nobody on it knew the tool. So we had to sit down with the two of them and read all of it.",
        'says what was done about it: "we had to sit down with the two of them and read all of it"',
    ),
    (
        "technical",
        "How do you verify what it says",
        "Then I double-check every source that it names, one after the other, with the library.",
        'says what is checked: "I double-check every source that it names"',
    ),
    (
        "communication",
        "What kinds of tasks are these",
        "For example, when a format is new, I ask it for the first draft of the function.",
        'gives an example: "when a format is new, I ask it for the first draft of the function"',
    ),
    (
        "communication",
        "Can you share a time when it helped",
        "Last week I asked it about a process that reads the memory of another one.",
        'tells of one occasion: "Last week I asked it about a process that reads the memory of another one"',
    ),
    (
        "communication",
        "Tell me about a time when you were in charge",
        "We rented a truck for the whole of the week and drove the tables to the hall.",
        'tells of one occasion: "We rented a truck for the whole of the week and drove the tables to the hall"',
    ),
    (
        "communication",
        "How do you go about it at work",
        "I give it the first lines of the table, and then ask for the rest of it all.",
        'tells the steps in order: "I give it the first lines of the table, and then ask for the rest of it all"',
    ),
    (
        "communication",
        "How do you go about it at work",
        "I ask it for the names of all the players. Then I look up a few of them in the lists.",
        'goes step by step: "I ask it for the names of all the players", "Then I look up a few of them in the lists"',
    ),
    (
        "communication",
        "Can you walk me through the process",
        "When it is new, I usually start by reading all of the notes. Then, I draw a rough plan of the page.",
        'goes step by step: "I usually start by reading all of the notes", "Then, I draw a rough plan of the page"',
    ),
]


@pytest.mark.parametrize(("skill", "question", "answer", "said"), SHOWN)
def test_what_an_answer_shows_is_named_with_the_very_words(skill: str, question: str, answer: str, said: str) -> None:
    made = asked(f"{question}?", answer)
    assert f'Asked "{question}", {said}' in said_of(made)[skill]
    assert all(quote.text in answer for claim in made.skill_breakdown[skill].claims for quote in claim.quotes)
    # A line shows one thing, and of the plain answer beside it nothing is said.
    assert "plan" not in "".join(said_of(made).values()) or "plan" in answer
    assert sum(bool(texts) for texts in said_of(made).values()) == 1


@pytest.mark.parametrize("answer", [answer for _, question, answer, _ in SHOWN if "go about" not in question])
def test_what_was_not_asked_for_is_not_named(answer: str) -> None:
    said = said_of(asked("Is it on the second floor?", answer))
    assert not any(text for text in said.values() if "came of it" not in text and "downside" not in text)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        # Greetings and what only asks for a nod are no questions, and a nod answers another one.
        ("So how are you doing today?", "I'm doing well."),
        ("Hello, how have you been?", "Tired."),
        ("Is that right?", "That is how it was."),
        ("How do you keep up then?", "Yeah, that's about it."),
        ("Tell me more about the second one.", "The second one or…"),
        # Motives are no reasons.
        (
            "Why do you think you should get the job?",
            "I should get it because I have all of the skills that are needed.",
        ),
        # What was cut or broke off, hums and false starts.
        (
            "Tell me about a time when you led.",
            "Last year I started the club in the, in the new house of the whole school and all of the others.",
        ),
        ("Tell me about a time when you led.", "Last year, um, I, uh, started a club with the people of my old class."),
        ("Tell me about a time when you led.", "Last semester I took the class that is called"),
        # A post and a habit are no occasion, and what everybody does tells nothing.
        ("Tell me about a time when you led.", "I was the captain of the team, and that is a lot of work every week."),
        ("Tell me about a time when you led.", "I also made sure to communicate clearly with the whole of the team."),
        ("How did you set up a time-based split?", "I grouped the accounts so that none of them stood on both sides."),
        # To be better is no plan.
        ("What is one of your weaknesses?", "I tend to be late. To overcome that I am trying to be better at it."),
    ],
)
def test_nothing_is_said_where_nothing_can_be_told(question: str, answer: str) -> None:
    assert set(said_of(asked(question, answer)).values()) == {""}


# It asks for all that can be told of an answer.
ANYTHING = (
    "How do you handle, perform, verify and decide the most difficult, typical and different process in a situation of "
    "what kind?"
)


@pytest.mark.parametrize(
    "answer",
    [
        # Figures of nobody's own, of rhetoric, of the future, and a few of something.
        "People with 30 years in the trade know all of it, and nobody would ask them for a figure then.",
        "It is never at 100% and in ten years it will be somewhere else, as all of these things are.",
        "In 5 to 10 years I'll be on my own, with 12 helpers that handle the tasks for me I hope.",
        # Reasons for nothing that anybody chose, and a consequence without a choice.
        "The report was late because of the snow, and so were the others that came in that week.",
        "The room was full of people, so she was standing at the door for the whole of the talk then.",
        # Conditions that were only imagined, or past.
        "If it came to that one day, I would take a course and learn how to write such a thing.",
        "If that makes sense, I can go on with the other half of the story about the report now.",
        # Difficulties that are none, or are somebody's way of saying something else.
        "It keeps getting easier with every release of it, and the whole team is glad about that.",
        "The problem was solved by Monday, and nobody in the whole office had to wait for it then.",
        # Checks that are wished for, forbidden or somebody else's.
        "Nobody checks the sources here, and the ones who should check them are on the other floor.",
        "Before I check the sources I would like to see whether there are any of them at all today.",
        # Examples and occasions without anything in them, and habits.
        "As an example, no. For example nobody here would ever ask for it, and neither would I today.",
        "Yesterday I had a long day with it, and the day before that was not much better than this.",
        "I was there last year, and the year before, and it will be the same in the next one too.",
        # Steps that are none.
        "I think about it now and then, and the answer is that it depends on the people in the room.",
        "I know the people and then there is the work, which is what it has been for all of us here.",
    ],
)
def test_what_only_sounds_like_it_is_not_named(answer: str) -> None:
    assert set(said_of(asked(ANYTHING, answer)).values()) == {""}


OCCASION_ASKED = "Can you share a time when the tool made your work harder?"


def test_an_occasion_that_was_asked_for_and_is_not_told_is_a_weakness() -> None:
    general = "It does the mails fairly well. Most annoying is when it comes to code and says that the fault is gone."
    told = "In spring it wrote the mails fairly well. It then said that the fault in our code was gone, and it was not."
    said = said_of(asked(OCCASION_ASKED, general))["communication"]
    assert 'made your work harder", tells of no single occasion, only in general: "Most annoying is when' in said
    assert "single occasion" not in said_of(asked(OCCASION_ASKED, told))["communication"]
    # What a recording asks back, or does not know, is no answer to find fault with.
    for unclear in ("What do you mean by harder, is it the time or the money?", "I don't know of one at the moment."):
        assert said_of(asked(OCCASION_ASKED, unclear))["communication"] == ""
    assert "single occasion" not in said_of(asked("How do you like the tool?", general))["communication"]


def test_an_open_question_that_a_few_words_answer_is_a_weakness() -> None:
    said = said_of(asked("How do you keep your skills up?", "Not concerned about it for now."))["communication"]
    assert 'Asked "How do you keep your skills up", says no more than "Not concerned about it for now".' in said
    for question, answer in (
        ("How do you keep your skills up?", "Can you rephrase that for me?"),
        ("How many people were there?", "Eleven, and two at home."),
        ("Is the tool allowed at work?", "Not that I know."),
        ("Is there anything else, or how do you see it?", "No, that is all."),
    ):
        assert said_of(asked(question, answer))["communication"] == ""


def test_of_one_kind_at_most_two_are_named_the_most_concrete_ones() -> None:
    told = ("moved a table to the new disk", "gave the B2 list to the head of sales", "built an index for C3 and C4")
    answers = [f"For example, I {each} for the whole of the team." for each in told]
    stored = [
        entry
        for place, answer in enumerate(answers)
        for entry in (message("assistant", f"What kind of work was step {place}?"), message("user", answer))
    ]
    made = FeedbackGenerator(OFFLINE).generate_feedback(stored)
    said = [claim.text for claim in made.skill_breakdown["communication"].strengths]
    assert len(said) == 2
    assert not any("new disk" in text for text in said)


def test_a_draft_without_a_point_says_what_was_asked_and_how_long_the_answers_are() -> None:
    stored = [
        message("assistant", "What do you do at the bank?"),
        message("user", f"{PLAIN} It is WFX, page 7 of it."),
        message("assistant", "Which week was that?"),
        message("user", "The week after the move to the other house."),
        message("assistant", "Who asked for it?"),
        message("user", "The head of the WFX team."),
    ]
    made = FeedbackGenerator(OFFLINE).generate_feedback(stored)
    assert made.points == 0
    assert [(question.id, question.asked, question.held, question.left_out) for question in made.questions] == [
        ("Q1", "What do you do at the bank", "25 words, the longest answer; figures: 7; names: WFX", ""),
        ("Q2", "Which week was that", "9 words", ""),
        ("Q3", "Who asked for it", "6 words; names: WFX", ""),
    ]


TURN = "Can you share a time when it was full, what has changed since, and what was frustrating?"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        # A story is shown with how it goes on; a remark in brackets, dashes and "back and forth" part nothing wrongly.
        (
            "I was working on a part of the new shop. I asked the model for three other ways to build it that day.",
            '"I was working on a part of the new shop", "I asked the model for three other ways to build it that day"',
        ),
        (
            "I was very glad when I gave the long list of parts to the model - that is all that we had.",
            '"I was very glad when I gave the long list of parts to the model"',
        ),
        (
            "I recently produced a long document for a team, and held the course that went along with it.",
            '"I recently produced a long document for a team"',
        ),
        (
            "I'd say the AI models often lack the words I need for a paper, and then I write it all by hand.",
            '"the AI models often lack the words I need for a paper"',
        ),
        (
            "It broke on two days. We now compare the sums on every download, and throw away what does not match.",
            'says what changed since: "We now compare the sums on every download"',
        ),
        (
            "They were set by hand then, and since then there is a step in the list that compares all of them.",
            'says what changed since: "since then there is a step in the list that compares all of them"',
        ),
        (
            "I dropped the rest over a month, and the nightly load went from 52 to 31 minutes after that.",
            'says what came of it: "the nightly load went from 52 to 31 minutes after that"',
        ),
    ],
)
def test_what_is_shown_is_whole(answer: str, said: str) -> None:
    assert said in " ".join(said_of(asked(TURN, answer)).values())


@pytest.mark.parametrize(
    "answer",
    [
        # A reason for something else, a check that says nothing of how, a condition that is only a wish, a cut remark.
        "I regret to admit that I used certain tools at times, as I felt some people there held it against me.",
        "In the end I can make sure the information is correct, and then it goes out to all of the others.",
        "If I feel that I need more of it, I will ask the model to make more of it for the whole team.",
        "I once asked what other courses in town (I have a book of them all) or skills I might add to mine.",
        # What was waited for and met with whatever was there is no merit.
        "I wait for the run to fail and then change the names to whatever works on that day of the week.",
    ],
)
def test_what_shows_nothing_by_itself_is_not_praised(answer: str) -> None:
    made = asked(TURN, answer)
    assert not any(skill.strengths for skill in made.skill_breakdown.values())


def test_a_habit_needs_no_figure_and_figures_alone_are_no_measurement() -> None:
    habit = "I write down what I want to see before some thing is built, and look at it again when it is out there."
    assert "no figure" not in str(said_of(asked("How do you know if a thing was worth it?", habit)))
    figures = "It went from 1,200 euros a month to about 900, and the list is there at six now."
    made = said_of(asked("What came of it, and how did you measure it?", figures))
    assert "gives figures: " in made["technical"]
    assert "how it was measured" not in made["technical"]


def test_the_question_named_is_the_one_that_asks() -> None:
    question = "When you hand it ten files and describe the case, what happens if it finds many causes?"
    made = asked(question, "I read all of them one by one, and then ask it about the one that I know best.")
    assert 'Asked "When you hand it ten files and describe the case"' not in str(said_of(made))
    assert "what happens if it finds many causes" in str(said_of(made))
    made = asked("Please tell about the last case.", "First I read the log of the day. Then I called the owner of it.")
    assert 'Asked "Please tell about the last case", goes step by step' in said_of(made)["communication"]


def test_names_are_those_of_one_sentence_and_a_word_counts_once() -> None:
    question = "Which tool would you not want to miss?"
    apart = said_of(asked(question, "Honestly it is a plain SQL notebook over the logs. Our SIEM is slow with joins."))
    assert "names " not in apart["technical"]
    one = said_of(asked(question, "Honestly it is a plain SQL notebook over the logs in our InfluxDB, all of it."))
    assert 'names "SQL", "InfluxDB"' in one["technical"]
    basic = said_of(asked("Do you use a program?", "We have one and it is pretty basic, so I do it on a board."))
    assert "general words" not in basic["communication"]
