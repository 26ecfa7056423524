"""The breakdown of one interview: in one call, or step by step for a job that must survive."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Literal

from analytics.breakdown.evidence import Claim
from analytics.breakdown.findings import Findings, SkillAnswer, verify_answers
from analytics.breakdown.offline import offline_findings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.plan import Estimate, Prepared, estimate, prepare
from analytics.breakdown.prompt import Call, points_call, prompt_hash, rating_call, repair_call
from analytics.breakdown.records import Record, Usage
from analytics.breakdown.result import (
    MODEL_ANALYST,
    OFFLINE_ANALYST,
    InterviewFeedback,
    Provenance,
    SkillBreakdown,
)
from analytics.breakdown.scoring import Level, Score, score_levels
from analytics.breakdown.settings import ModelSettings
from analytics.breakdown.tokens import count_tokens
from analytics.breakdown.wire import Reply
from analytics.feedback import State
from analytics.skills import BY_KEY, SKILL_KEYS

if TYPE_CHECKING:
    from analytics.breakdown.analyst import Analyst

log = logging.getLogger(__name__)

_FAILING: Final = frozenset(Outcome) - {Outcome.TOO_FEW_WORDS, Outcome.NO_CODE, Outcome.NOTHING_FOUND, Outcome.OFFLINE}


class Event(Record):
    """A sign of progress: which step, of which skill, in words, and how many of the calls are done."""

    step: Literal["reading", "verified", "rating", "finished"]
    skill: str
    sentence: str
    done: int
    total: int


class Run:
    """What one run may use: time, tokens, and whether someone stopped it; shared by its steps and threads.

    `spent` are tokens that earlier steps of the same run have used in another process. `on_event` is called from the
    threads that do the work; what it raises is logged and otherwise ignored, since answers that were paid for hang on
    it.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        on_event: Callable[[Event], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        spent: int = 0,
        total: int = 0,
    ) -> None:
        self.started = time.monotonic()
        self.until = self.started + settings.deadline
        self.cancelled = cancelled or (lambda: False)
        self.total = total
        self._ceiling = settings.token_ceiling
        self._spent = spent
        self._done = 0
        self._on_event = on_event
        self._lock = threading.Lock()

    def reserve(self, tokens: int) -> bool:
        """Set tokens aside for a call; False when the run may not use so many more."""
        with self._lock:
            if self._spent + tokens > self._ceiling:
                return False
            self._spent += tokens
            return True

    def settle(self, reserved: int, used: int) -> None:
        """Replace what was set aside by what the call has used."""
        with self._lock:
            self._spent += used - reserved
            self._done += 1

    def tell(self, step: Literal["reading", "verified", "rating", "finished"], skill: str, sentence: str) -> None:
        """Report progress."""
        if self._on_event is None:
            return
        try:
            self._on_event(Event(step=step, skill=skill, sentence=sentence, done=self._done, total=self.total))
        except Exception:
            log.exception("a listener to the progress of a breakdown failed")


class FeedbackGenerator:
    """Writes the breakdown of an interview, every point tied to what was said.

    Without `model` the settings are read from the environment; without a model configured there, rules read the
    interview instead. Keep one as long as the settings stay. Every step takes and gives values that survive JSON;
    those named paid ask the model once and never raise for what it does: store what they give and they need not be
    taken again.
    """

    def __init__(self, model: ModelSettings | None = None, *, analyst: Analyst | None = None) -> None:
        self.settings = ModelSettings.from_environment() if model is None else model
        self._analyst = analyst
        self._lock = threading.Lock()

    def generate_feedback(
        self,
        conversation_history: object,
        resume_context: object = None,
        job_description: str | None = None,
        *,
        names: tuple[str, ...] = (),
        on_event: Callable[[Event], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> InterviewFeedback:
        """Take all steps, several calls at a time; `names` are the candidate's, and are not sent."""
        prepared = self.prepare(conversation_history, resume_context, job_description, names=names)
        if not self.settings.is_configured:
            return self.offline(prepared)
        expected = self.estimate(prepared)
        run = Run(self.settings, on_event=on_event, cancelled=cancelled, total=expected.calls)
        if expected.tokens > self.settings.token_ceiling:
            findings = {skill: Findings(skill=skill, outcome=Outcome.OVER_BUDGET) for skill in prepared.skills}
            return self.assemble(prepared, findings, {})
        with ThreadPoolExecutor(self.settings.concurrency, thread_name_prefix="breakdown") as pool:
            parts = [(skill, part) for skill in prepared.skills for part in prepared.parts_for(skill)]
            answers = list(pool.map(lambda step: self.gather(prepared, *step, run=run), parts))
            findings = dict(pool.map(lambda skill: (skill, self._find(prepared, skill, answers, run)), prepared.skills))
            samples = [
                (skill, sample)
                for skill, found in findings.items()
                if found.outcome is None
                for sample in range(self.settings.samples)
            ]
            rated = list(
                pool.map(lambda step: self.judge(prepared, step[0], findings[step[0]].union, step[1], run=run), samples)
            )
        levels = {skill: [level for level in rated if level.skill == skill] for skill in findings}
        feedback = self.assemble(prepared, findings, levels, seconds=time.monotonic() - run.started)
        run.tell("finished", "", f"{feedback.quoted} of {feedback.points} points quoted")
        return feedback

    def prepare(
        self,
        conversation_history: object,
        resume_context: object = None,
        job_description: str | None = None,
        *,
        names: tuple[str, ...] = (),
    ) -> Prepared:
        """Read, clean and redact the interview, decide what can be assessed, and cut it into parts."""
        return prepare(conversation_history, resume_context, job_description, self.settings, names)

    def estimate(self, prepared: Prepared) -> Estimate:
        """Say what a run will take, repairs not included; nothing without a model."""
        if not self.settings.is_configured:
            return Estimate(tokens=0, seconds=0.0, calls=0)
        return estimate(prepared, self.settings)

    def gather(self, prepared: Prepared, skill: str, part: int = 0, *, run: Run | None = None) -> SkillAnswer:
        """Ask for the points of one skill in one part (paid)."""
        run = run or Run(self.settings)
        run.tell("reading", skill, f"Reading for {BY_KEY[skill].label.lower()}")
        return self.answered(skill, part, self._ask(points_call(prepared, skill, part, self.settings), run))

    def verify(
        self, prepared: Prepared, skill: str, answers: Sequence[SkillAnswer], repair: SkillAnswer | None = None
    ) -> Findings:
        """Hold the answers against the transcript; `needs_repair` of the result tells whether to ask once more."""
        return verify_answers(prepared, skill, answers, repair)

    def repair(self, prepared: Prepared, skill: str, findings: Findings, *, run: Run | None = None) -> SkillAnswer:
        """Ask once more for the points that could not be used (paid)."""
        call = repair_call(prepared, skill, findings.verified, self.settings)
        return self.answered(skill, 0, self._ask(call, run or Run(self.settings)))

    def judge(
        self, prepared: Prepared, skill: str, claims: Sequence[Claim], sample: int, *, run: Run | None = None
    ) -> Level:
        """Ask for one rating of a skill, given all its verified points (paid)."""
        run = run or Run(self.settings)
        run.tell("rating", skill, f"Rating {BY_KEY[skill].label.lower()} ({sample + 1} of {self.settings.samples})")
        return self.rated(skill, sample, self._ask(rating_call(prepared, skill, claims, sample, self.settings), run))

    @staticmethod
    def answered(skill: str, part: int, reply: Reply) -> SkillAnswer:
        """Make a reply to a call for points the answer it stands for, however it was asked (a batch, say)."""
        return SkillAnswer(
            skill=skill, part=part, answer=reply.answer, outcome=reply.outcome, model=reply.model, usage=reply.usage
        )

    @staticmethod
    def rated(skill: str, sample: int, reply: Reply) -> Level:
        """Make a reply to a call for a rating the level it stands for."""
        level = None if reply.answer is None else int(reply.answer["level"])
        return Level(skill=skill, sample=sample, level=level, outcome=reply.outcome, usage=reply.usage)

    def assemble(
        self,
        prepared: Prepared,
        findings: Mapping[str, Findings],
        levels: Mapping[str, Sequence[Level]],
        *,
        seconds: float = 0.0,
    ) -> InterviewFeedback:
        """Put everything together; a skill without findings counts as cancelled."""
        skills = {key: self._skill(prepared, key, findings.get(key), levels.get(key, ())) for key in SKILL_KEYS}
        return self._feedback(
            prepared,
            skills,
            analyst=MODEL_ANALYST,
            model=next((found.model for found in findings.values() if found.model), self.settings.model_name),
            host=self.settings.host,
            seconds=seconds,
        )

    def offline(self, prepared: Prepared) -> InterviewFeedback:
        """Let rules read the interview: points on the same evidence, no scores."""
        skills: dict[str, SkillBreakdown] = {}
        for key in SKILL_KEYS:
            gate = prepared.gates[key]
            found = offline_findings(prepared, key) if gate.reason is None else Findings(skill=key)
            skills[key] = _breakdown(key, State.NOT_ASSESSED, found, reason=gate.reason or Outcome.OFFLINE)
        return self._feedback(prepared, skills, analyst=OFFLINE_ANALYST)

    def _find(self, prepared: Prepared, skill: str, answers: Sequence[SkillAnswer], run: Run) -> Findings:
        own = [answer for answer in answers if answer.skill == skill]
        found = self.verify(prepared, skill, own)
        if found.needs_repair and not run.cancelled():
            found = self.verify(prepared, skill, own, self.repair(prepared, skill, found, run=run))
        label = BY_KEY[skill].label
        run.tell("verified", skill, f"{label}: verified {len(found.union)} of {found.made} points")
        return found

    def _ask(self, call: Call, run: Run) -> Reply:
        reserved = count_tokens(call.instructions) + count_tokens(call.prompt) + min(call.most_tokens, 800)
        if run.cancelled():
            return Reply(outcome=Outcome.CANCELLED)
        if not run.reserve(reserved):
            return Reply(outcome=Outcome.OVER_BUDGET)
        reply = self.analyst().ask(call, until=run.until, cancelled=run.cancelled)
        run.settle(reserved, reply.usage.tokens)
        return reply

    def analyst(self) -> Analyst:
        """Give the model's server, as it is spoken to; made when it is first needed."""
        with self._lock:
            if self._analyst is None:
                # The SDK takes a second and a half to import, which a page without a model need not wait for.
                from analytics.breakdown.analyst import Analyst

                self._analyst = Analyst(self.settings)
            return self._analyst

    def _skill(self, prepared: Prepared, key: str, found: Findings | None, levels: Sequence[Level]) -> SkillBreakdown:
        reason = prepared.gates[key].reason
        if reason is not None:
            return _breakdown(key, State.NOT_ASSESSED, Findings(skill=key), reason=reason)
        found = found or Findings(skill=key, outcome=Outcome.CANCELLED)
        usage = sum((level.usage for level in levels), found.usage)
        if found.outcome is not None:
            state = State.FAILED if found.outcome in _FAILING else State.NOT_ASSESSED
            return _breakdown(key, state, found, reason=found.outcome, usage=usage)
        score = score_levels(levels, self.settings.samples)
        if isinstance(score, Outcome):
            return _breakdown(key, State.FAILED, found, reason=score, usage=usage)
        return _breakdown(key, State.SCORED, found, score=score, usage=usage)

    def _feedback(
        self,
        prepared: Prepared,
        skills: dict[str, SkillBreakdown],
        *,
        analyst: str,
        model: str = "",
        host: str = "",
        seconds: float = 0.0,
    ) -> InterviewFeedback:
        return InterviewFeedback(
            skill_breakdown=skills,
            provenance=Provenance(
                analyst=analyst,
                model=model,
                host=host,
                prompt_hash=prompt_hash() if analyst == MODEL_ANALYST else "",
                rubric_hash=prepared.rubric_hash,
                transcript_hash=prepared.transcript_hash,
                usage=sum((skill.usage for skill in skills.values()), Usage()),
                seconds=round(seconds, 3),
            ),
            submissions=prepared.gates["code_quality"].submissions,
            skipped=prepared.transcript.skipped,
            withheld=prepared.withheld,
            notes=prepared.notes,
        )


def _breakdown(
    key: str,
    state: State,
    found: Findings,
    *,
    reason: Outcome | None = None,
    score: Score | None = None,
    usage: Usage | None = None,
) -> SkillBreakdown:
    return SkillBreakdown(
        skill=key,
        state=state,
        score=score.score if score else None,
        low=score.low if score else None,
        high=score.high if score else None,
        low_agreement=score.low_agreement if score else False,
        levels=score.levels if score else (),
        strengths=tuple(claim for claim in found.claims if claim.kind == "strength"),
        weaknesses=tuple(claim for claim in found.claims if claim.kind == "weakness"),
        recommendations=tuple(claim for claim in found.claims if claim.kind == "recommendation"),
        reason=reason,
        coverage=found.coverage,
        made=found.made,
        left_out=found.left_out,
        dropped=found.dropped,
        usage=usage or found.usage,
    )
