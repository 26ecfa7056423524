"""The calls that judge claims: whether their lines support them, and which levels they suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.assessment.findings import Findings
from analytics.breakdown.assessment.support import claims_of
from analytics.breakdown.llm import texts
from analytics.breakdown.llm.prompts import Call, post_line, transcript_call
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.prepare import PreparedInterview, answer_tokens
from analytics.breakdown.reading.token_count import count_tokens
from analytics.breakdown.rubric import summary
from analytics.skills import BY_KEY

Numbered = tuple[int, str, Claim]
# Of an answer, a missed opportunity is checked against so many words.
_MOST_ANSWER_TOKENS = 400
# Below this a call has no room for the whole rubric.
_WHOLE_RUBRIC_BUDGET = 6_000
_LEAST_ROWS = 200


def rating_call(
    prepared: PreparedInterview, findings: Mapping[str, Findings], order: int, settings: ModelSettings, choices: int = 1
) -> Call:
    """Ask for the levels of all skills; in every other call weaknesses come first, as the first items weigh more."""
    skills = tuple(findings)
    whole = settings.token_budget >= _WHOLE_RUBRIC_BUDGET
    observed = _number_claims(findings)
    task = texts.RATING.format(
        labels=", ".join(BY_KEY[skill].label for skill in skills),
        post=post_line(prepared, settings),
        rubrics="\n\n".join(_rubric(skill, settings, whole=whole) for skill in skills),
        claims=_list_claims(observed, reverse=bool(order % 2)),
        example=skills[0],
    )
    ids = [evidence for _, _, claim in observed for evidence in claim.evidence]
    beside = count_tokens("\n".join((texts.RULES, *prepared.job, *prepared.facts, task)))
    room = max(settings.token_budget - beside - max(answer_tokens(settings) // 3, 300), _LEAST_ROWS)
    rows = prepared.extract(ids, room if len(prepared.parts) == 1 else min(room, settings.token_budget // 2))
    call = transcript_call("rating", prepared, rows, task, settings)
    return call.model_copy(update={"choices": choices})


def claim_rating_call(prepared: PreparedInterview, findings: Mapping[str, Findings], settings: ModelSettings) -> Call:
    """Ask for the levels that the claims alone suggest, without the transcript."""
    skills = tuple(findings)
    task = texts.CLAIM_RATING.format(
        labels=", ".join(BY_KEY[skill].label for skill in skills),
        post=post_line(prepared, settings),
        rubrics="\n\n".join(_rubric(skill, settings, whole=False) for skill in skills),
        claims=_list_claims(_number_claims(findings), ids=False),
        example=skills[0],
    )
    return _bare_call("rating", texts.CLAIM_RULES, task, prepared, settings)


def support_call(prepared: PreparedInterview, findings: Mapping[str, Findings], settings: ModelSettings) -> Call:
    """Ask, for all claims, whether the cited lines show them."""
    numbered = list(enumerate(claims_of(findings), 1))
    # What would be shown comes first: of a long interview not everything may fit.
    numbered.sort(key=lambda entry: entry[1][1] not in findings[entry[1][0]].claims)
    room = settings.token_budget - count_tokens(texts.SUPPORT_RULES + texts.SUPPORT) - answer_tokens(settings)
    blocks: list[str] = []
    for number, (_, claim) in numbered:
        block = "\n".join((f"{number}. {_kind(claim)}: {claim.text}", *_grounds(prepared, claim)))
        room -= count_tokens(block) + 2
        if room < 0 and blocks:
            break
        blocks.append(block)
    fence = f"===== {prepared.boundary} ====="
    task = texts.SUPPORT.format(claims="\n".join((fence, "\n\n".join(blocks), fence)))
    return _bare_call("support", texts.SUPPORT_RULES, task, prepared, settings)


def _bare_call(kind: str, rules: str, task: str, prepared: PreparedInterview, settings: ModelSettings) -> Call:
    return Call.model_validate(
        {
            "answer": kind,
            "instructions": rules,
            "prompt": task,
            "most_tokens": answer_tokens(settings),
            "temperature": 0.0,
            "cache_key": prepared.transcript_hash[:32],
        }
    )


def _rubric(skill: str, settings: ModelSettings, *, whole: bool) -> str:
    rubric = settings.rubric.skills[skill]
    anchors = [anchor if whole else summary(anchor) for anchor in rubric.anchors]
    head = f"{skill} ({BY_KEY[skill].label}): {rubric.looks_at}; not {rubric.leaves_out}."
    return "\n".join((head, *(f"Level {level}: {anchor}" for level, anchor in enumerate(anchors, 1))))


def _number_claims(findings: Mapping[str, Findings]) -> list[Numbered]:
    numbered = enumerate(claims_of(findings), 1)
    return [
        (number, skill, claim)
        for number, (skill, claim) in numbered
        if claim.kind in ("strength", "weakness", "missed_opportunity")
    ]


def _list_claims(observed: Sequence[Numbered], *, reverse: bool = False, ids: bool = True) -> str:
    skills = dict.fromkeys(skill for _, skill, _ in observed)
    lines: list[str] = []
    for skill in skills:
        own = [entry for entry in observed if entry[1] == skill]
        own.sort(key=lambda entry: entry[2].kind == "strength", reverse=not reverse)
        lines.append(f"{skill}:")
        for number, _, claim in own:
            cited, behind = (", ".join(claim.evidence), f" [{number}]") if ids else (str(number), "")
            lines.append(f"- {_kind(claim)} ({cited}): {claim.text}{behind}")
    return "\n".join(lines) or "(none)"


def _kind(claim: Claim) -> str:
    return claim.kind.replace("_", " ")


def _grounds(prepared: PreparedInterview, claim: Claim) -> list[str]:
    """Return the lines a claim rests on as they were sent; with question and answer for a missed opportunity."""
    question = next((each for each in prepared.questions if each.id == claim.question), None)
    if claim.kind == "recommendation":
        return [f"for the weakness: {claim.answers}"]
    wanted = set(question.answer) | {question.id} if question is not None else {*claim.evidence}
    room = _MOST_ANSWER_TOKENS
    lines: list[str] = []
    for row in prepared.rows:
        if not _is_cited(row.label, wanted):
            continue
        room -= count_tokens(row.line)
        if room < 0 and row.label not in claim.evidence:
            continue
        lines.append(row.line)
    return lines


def _is_cited(label: str, wanted: set[str]) -> bool:
    if label in wanted:
        return True
    code, _, line = label.partition(":")
    if not line:
        return False
    for each in wanted:
        cited, _, lines = each.partition(":")
        first, _, last = lines.partition("-")
        if cited == code and (not lines or int(first) <= int(line) <= int(last or first)):
            return True
    return False
