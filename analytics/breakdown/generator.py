"""The breakdown of one interview as a pipeline: read, ask for claims, verify, repair, rate, assemble.

`stages` says what is asked in which order, and nothing else does. Who drives it decides how the questions are asked:
`generate_feedback` at once in threads, a job in steps that survive (`analytics.breakdown.jobs.run`), a batch in files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from analytics.breakdown.assemble import Judgement, assemble, assemble_offline
from analytics.breakdown.assessment.findings import Findings, SkillAnswer, verify_answers
from analytics.breakdown.assessment.result import MODEL_ANALYST, RECORDED_ANALYST, InterviewFeedback
from analytics.breakdown.assessment.reviews import read_priorities, review_questions
from analytics.breakdown.assessment.scoring import ORDERS, RatingAnswer
from analytics.breakdown.assessment.support import SupportAnswer, apply_support, claims_of
from analytics.breakdown.llm.judging import claim_rating_call, rating_call, support_call
from analytics.breakdown.llm.prompts import Call, points_call, repair_call
from analytics.breakdown.llm.protocol import Reply, read_rating
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.reading.estimate import Estimate, estimate
from analytics.breakdown.reading.prepare import PreparedInterview, prepare
from analytics.breakdown.reading.token_count import count_tokens
from analytics.breakdown.records import Usage
from analytics.breakdown.run_limits import Event, RunLimits
from analytics.breakdown.stages import Answer, Heard, Question, Stages, ask_together, drive
from analytics.skills import BY_KEY

if TYPE_CHECKING:
    from analytics.breakdown.llm.client import ModelClient

# Where a model found nothing to point to, the answers are rated all the same.
_RATED: Final = (None, Outcome.NOTHING_FOUND)


class RecordedAnswers(Protocol):
    """Recorded answers for interviews that are known by their transcript's fingerprint."""

    def knows(self, transcript_hash: str) -> bool:
        """Return whether there are answers for this interview."""

    def ask(self, call: Call) -> Reply:
        """Answer a call about an interview that is known."""


class FeedbackGenerator:
    """Makes the breakdown of an interview, each claim tied to what was said.

    Without `model` the settings are those of the environment, for scripts; the program hands its own
    in. Without a model configured there, `recorded` answers are used for the interviews they are about, and rules read
    the others. Keep one as long as the settings stay.
    """

    def __init__(
        self,
        model: ModelSettings | None = None,
        *,
        client: ModelClient | None = None,
        recorded: RecordedAnswers | None = None,
    ) -> None:
        self.settings = ModelSettings.from_environment() if model is None else model
        self._client = client
        self._recorded = None if self.settings.is_configured else recorded
        self._lock = threading.Lock()

    def generate_feedback(
        self,
        conversation_history: object,
        resume_context: object = None,
        job_description: str | None = None,
        *,
        names: tuple[str, ...] = (),
        title: str = "",
        post: str = "",
        on_event: Callable[[Event], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> InterviewFeedback:
        """Make the breakdown now, with several calls at a time.

        `names` are the candidate's, and are not sent; `title` is the interview's, and tells the level of the post, one
        of `analytics.skills.POSTS`, unless `post` does.
        """
        prepared = self.prepare(conversation_history, resume_context, job_description, names=names, title=title)
        if post:
            prepared = prepared.model_copy(update={"post": post})
        expected = self.estimate(prepared)
        run = RunLimits(self.settings, on_event=on_event, cancelled=cancelled, total=expected.calls)
        with ThreadPoolExecutor(self.settings.concurrency, thread_name_prefix="breakdown") as pool:
            ask = partial(self.ask, run=run)
            feedback = drive(self.stages(prepared, run), partial(ask_together, pool, ask))
        run.report("finished", "", f"{feedback.quoted} of {feedback.points} claims quoted")
        return feedback

    def prepare(
        self,
        conversation_history: object,
        resume_context: object = None,
        job_description: str | None = None,
        *,
        names: tuple[str, ...] = (),
        title: str = "",
    ) -> PreparedInterview:
        """Read, clean and redact the interview, decide which skills can be assessed, and split it into parts."""
        return prepare(conversation_history, resume_context, job_description, self.settings, names, title=title)

    def estimate(self, prepared: PreparedInterview) -> Estimate:
        """Estimate the tokens and time of a run, without repairs; zero without a model."""
        if not self.settings.is_configured:
            return Estimate(tokens=0, seconds=0.0, calls=0)
        return estimate(prepared, self.settings)

    def stages(self, prepared: PreparedInterview, run: RunLimits) -> Stages:
        """Run the pipeline as a generator: yields each stage's questions and is sent their answers in order.

        Without a model or recorded answers, or where a run would take more tokens than one may, nothing is asked.
        """
        recorded = self._recorded is not None and self._recorded.knows(prepared.transcript_hash)
        if not self.settings.is_configured and not recorded:
            return assemble_offline(prepared)
        if self.estimate(prepared).tokens > self.settings.token_ceiling:
            too_much = {skill: Findings(skill=skill, outcome=Outcome.OVER_BUDGET) for skill in prepared.skills}
            return assemble(prepared, too_much, Judgement(), self.settings)
        settings, skills = self.settings, prepared.skills
        asked = [_points(prepared, skill, part, settings) for skill in skills for part in prepared.parts_for(skill)]
        # One leads, so that a server has the transcript in its cache when the others come.
        answers: Sequence[SkillAnswer] = yield [replace(each, leads=each is asked[0]) for each in asked]
        own = {skill: [answer for answer in answers if answer.skill == skill] for skill in prepared.skills}
        findings = {skill: self._verify(prepared, skill, own[skill], run) for skill in prepared.skills}
        weak = [skill for skill in prepared.skills if findings[skill].needs_repair]
        repairs: Sequence[SkillAnswer] = yield [_repair(prepared, findings[skill], settings) for skill in weak]
        for skill, repair in zip(weak, repairs, strict=True):
            findings[skill] = self._verify(prepared, skill, own[skill], run, repair)
        checked: Sequence[SupportAnswer] = (
            yield [_support(prepared, findings, self.settings)] if claims_of(findings) else []
        )
        for support in checked:
            findings = apply_support(findings, support)
        rated = {skill: found for skill, found in findings.items() if found.outcome in _RATED}
        ratings: Sequence[RatingAnswer] = yield _ratings(prepared, rated, self.settings) if rated else []
        judgement = Judgement(
            ratings=tuple(ratings),
            reviews=review_questions(prepared, answers),
            priorities=next((read_priorities(prepared, rated, rating.priorities) for rating in ratings), ()),
            other_usage=sum((each.usage for each in checked), sum((each.usage for each in ratings), Usage())),
        )
        analyst = RECORDED_ANALYST if recorded else MODEL_ANALYST
        return assemble(prepared, findings, judgement, self.settings, analyst=analyst, seconds=run.seconds)

    def ask(self, question: Question, heard: Heard | None = None, *, run: RunLimits) -> Answer:
        """Ask the model once (paid); never raises for what the model or its server does.

        `heard` is called when the answer begins, where the server tells.
        """
        if question.event is not None:
            run.report(*question.event)
        return question.read(self._reply(question.call(), run, heard))

    def client(self) -> ModelClient:
        """Return the client for the model's server, created when first needed."""
        with self._lock:
            if self._client is None:
                # The SDK takes a second and a half to import, which a page without a model need not wait for.
                from analytics.breakdown.llm.client import ModelClient

                self._client = ModelClient(self.settings)
            return self._client

    def _reply(self, call: Call, run: RunLimits, heard: Heard | None) -> Reply:
        if run.cancelled():
            return Reply(outcome=Outcome.CANCELLED)
        if self._recorded is not None:
            return self._recorded.ask(call)
        reserved = count_tokens(call.instructions) + count_tokens(call.prompt) + min(call.most_tokens, 800)
        if not run.reserve(reserved):
            return Reply(outcome=Outcome.OVER_BUDGET)
        reply = self.client().ask(call, until=run.until, cancelled=run.cancelled, heard=heard)
        run.settle(reserved, reply.usage.tokens)
        return reply

    @staticmethod
    def _verify(
        prepared: PreparedInterview,
        skill: str,
        answers: Sequence[SkillAnswer],
        run: RunLimits,
        repair: SkillAnswer | None = None,
    ) -> Findings:
        findings = verify_answers(prepared, skill, answers, repair)
        label = BY_KEY[skill].label
        run.report("verified", skill, f"{label}: verified {len(findings.union)} of {findings.made} points")
        return findings


def _points(prepared: PreparedInterview, skill: str, part: int, settings: ModelSettings) -> Question:
    return Question(
        name=f"gather {skill} {part}",
        kind=SkillAnswer,
        call=lambda: points_call(prepared, skill, part, settings),
        read=partial(_answer, skill, part),
        event=("reading", skill, f"Reading for {BY_KEY[skill].label.lower()}"),
    )


def _repair(prepared: PreparedInterview, findings: Findings, settings: ModelSettings) -> Question:
    skill = findings.skill
    return Question(
        name=f"repair {skill}",
        kind=SkillAnswer,
        call=lambda: repair_call(prepared, skill, findings.verified, settings),
        read=partial(_answer, skill, 0),
    )


def _support(prepared: PreparedInterview, findings: Mapping[str, Findings], settings: ModelSettings) -> Question:
    return Question(
        name="support",
        kind=SupportAnswer,
        call=lambda: support_call(prepared, findings, settings),
        read=lambda reply: SupportAnswer(answer=reply.answer, outcome=reply.outcome, usage=reply.usage),
        event=("verified", next(iter(findings)), "Checking what each quote shows"),
    )


def _ratings(prepared: PreparedInterview, rated: Mapping[str, Findings], settings: ModelSettings) -> list[Question]:
    """Ask for the levels of all skills, strengths first and weaknesses first, and once by the claims alone."""
    orders = min(settings.samples, len(ORDERS))
    questions = [
        Question(
            name=f"rate all {order}",
            kind=RatingAnswer,
            call=partial(rating_call, prepared, rated, order, settings, -(-(settings.samples - order) // orders)),
            read=read_rating,
            event=("rating", next(iter(rated)), f"Rating all skills ({order + 1} of {orders})"),
        )
        for order in range(orders)
    ]
    with_claims = {skill: found for skill, found in rated.items() if found.claims}
    if with_claims:
        questions.append(
            Question(
                name="rate by claims",
                kind=RatingAnswer,
                call=lambda: claim_rating_call(prepared, with_claims, settings),
                read=partial(read_rating, by_claims=True),
            )
        )
    return questions


def _answer(skill: str, part: int, reply: Reply) -> SkillAnswer:
    return SkillAnswer(
        skill=skill, part=part, answer=reply.answer, outcome=reply.outcome, model=reply.model, usage=reply.usage
    )
