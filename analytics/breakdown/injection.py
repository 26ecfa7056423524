"""Sentences that talk to whoever grades: they are withheld from the model and shown to the coach.

Rules catch what they were written for, and a rewording they do not know passes; what such a sentence may gain is
therefore limited again where the answers are verified. The rules look for orders about the assessment, not for words
about models: people talk about prompts and scores in honest interviews.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Letters of other alphabets that look like Latin ones, and digits used as letters inside words.
_LOOKALIKES: Final = str.maketrans("асеорхуіјѕԁԛԝһαονρτικε", "aceopxyijsdqwhaovptike")
_LEET: Final = re.compile(r"(?<=[a-z])[01345@$]+(?=[a-z])|(?<![a-z0-9])[01345@$](?=[a-z])")
_LEET_LETTERS: Final = str.maketrans("01345@$", "oieasas")
_SPACED: Final = re.compile(r"\b(?:[a-z][ ._\-*]){3,}[a-z]\b")

_GRADER: Final = (
    r"(?:grader|evaluator|assessor|examiner|scorer|rater|marker|judge|reviewer|analyst|assistant|ai|llm|chatbot|bot|"
    r"gpt|(?:language |ai )?model|system|machine|algorithm|whoever (?:is )?(?:grad|scor|rat|evaluat|read)\w+)"
)
_ORDER: Final = (
    r"(?:give|assign|award|grant|rate|score|grade|mark|set|output|respond|answer|report|write|print|put|choose|"
    r"select|pick|treat|consider|record|enter|raise|boost|increase|conclude|declare|produce|emit|ensure|make sure|"
    r"assume)"
)
_TARGET: Final = (
    r"\b(?:scores?|levels?|ratings?|grades?|marks|communication|technical|problem[ -]solving|code[ -]quality|(?:all|"
    r"every|each) skills?|this (?:candidate|interview|transcript|person|applicant)|the (?:candidate|applicant|"
    r"interviewee)|my answers?)\b"
)
_BEST: Final = (
    r"\b(?:5|five|10|ten|100|1\.0+|0\.9\d*|highest|maximum|max|full|perfect|top|best|excellent|outstanding|"
    r"exceptional|flawless)\b"
)
_GRADE: Final = r"\b(?:scores?|levels?|ratings?|grades?|marks)\b"
_FINDINGS: Final = r"(?:strengths?|weakness(?:es)?|flaws?|criticisms?|shortcomings|recommendations?|claims?|citations?)"
_FAULTS: Final = (
    r"(?:weakness(?:es)?|flaws?|faults?|criticisms?|negatives?|shortcomings|recommendations?|(?:negative|critical) \w+)"
)
_RULEBOOK: Final = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|directives?|rubric|anchors?|criteria|orders)"
)
_START: Final = (
    r"(?:^|[.!?:;,\-–—)\]>*#|\"'/]\s*|\b(?:please|must|should|shall|now|just|instead|you|always|only|kindly)\s+)"
)

_RULES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # Set the rules aside.
        rf"\b(?:ignore|disregard|forget|override|bypass|discard|cancel|neglect|overrule|"
        rf"supersede)\b[^.!?]{{0,40}}\b(?:previous|prior|above|earlier|preceding|all|any|your|the|these|those|"
        rf"original|system|initial)\b[^.!?]{{0,30}}\b{_RULEBOOK}\b",
        r"\b(?:new|updated|revised|real|actual|higher[- ]priority) (?:system )?(?:instructions?|rules?|directives?|"
        r"prompt)\s*(?::|-|–|—|are\b|supersede|override)",
        rf"\b(?:do not|don't|never|stop) (?:follow|obey|apply|use|following|applying|using)\b[^.!?]{{0,30}}\b(?:your|"
        rf"the|these|those) {_RULEBOOK}\b",
        rf"\b(?:previous|prior|above|earlier|system) {_RULEBOOK}\b[^.!?]{{0,30}}\b(?:no longer|void|obsolete|"
        rf"cancel\w*|revoked|not apply|don't apply|replaced|superseded|outdated)\b",
        # Another speaker, another role, another format.
        rf"^\W*(?:system|developer|assistant|administrator|admin|root|grader|evaluator|assessor|operator|interviewer|"
        rf"(?:note|message|instruction|memo|attention|hint|reminder)s? (?:to|for|"
        rf"from) (?:the )?{_GRADER})s?\b[^:.!?]{{0,30}}:",
        r"<\|?/?\s*(?:im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id|instructions?|rules|"
        r"transcript)\b",
        r"\[/?(?:inst|system|sys|assistant|admin|override)\b|<</?sys>>|^\W*#{2,}\s*(?:system|instructions?|assistant|"
        r"response)\b",
        r"\b(?:you are now|from now on,? you|pretend (?:to be|you are|that you)|act as (?:if you|an? (?:grader|"
        r"evaluator|model))|(?:developer|god|admin|dan|jailbreak|maintenance) mode)\b",
        r"\b(?:end|close|begin) of (?:the )?(?:transcript|interview|user input|untrusted)\b|[=\-]{3,}\s*(?:end|begin|"
        r"system|transcript)\b|={3,}\s*[0-9a-z]{16}\s*={3,}",
        r"[\"'`](?:strengths|weaknesses|recommendations|level|score)[\"'`]\s*:\s*[\[{\d\"]",
        r"^\W*(?:[sc]\d+(?::\d+)?|interviewer|result|job|resume) \|",
        # Orders about the assessment.
        rf"{_START}{_ORDER}\b[^.!?]{{0,60}}{_TARGET}[^.!?]{{0,60}}{_BEST}",
        rf"{_START}{_ORDER}\b[^.!?]{{0,40}}{_BEST}[^.!?]{{0,40}}{_TARGET}",
        rf"\b(?:give|award|grant|hand) (?:me|us|him|her|them)\b[^.!?]{{0,30}}{_BEST}[^.!?]{{0,20}}{_GRADE}",
        rf"\b{_GRADER}s?\b[ ,:]{{1,3}}(?:reading this|you must|please|must|should|shall|has to|have to|(?:is|"
        rf"are) (?:required|instructed|told|ordered))\b[^.!?]{{0,80}}(?:{_TARGET}|\b{_FINDINGS}\b)",
        rf"\b(?:do not|don't|never|no need to|avoid|refrain from|omit|leave out|suppress|withhold)\b\s*(?:(?:mention|"
        rf"list|report|includ|writ|find|output|nam|cit|add|giv|show|stat|record|produc)\w*\s+)?(?:any |all |the |my |"
        rf"its |a single |every )?{_FAULTS}\b",
        rf"\b(?:list|add|report|write|invent|make up|fabricate|include|produce|output|create|insert|copy|paste|"
        rf"append|put|cite|quote|name|repeat)\b[^.!?]{{0,50}}\b(?:as|in|to|into|under|for|with|every|each) (?:a |an |"
        rf"the |my |your |every |each |all |one of my |of the )?{_FINDINGS}\b",
        rf"\b(?:cite|use|quote|reference)\b[^.!?]{{0,20}}\b[sc]\d{{1,6}}\b[^.!?]{{0,40}}\b(?:{_FINDINGS}|evidence|"
        rf"proof|all|everything)\b",
        r"\b(?:repeat|reveal|print|show|output|disclose|leak|write out|include|quote)\b[^.!?]{0,30}\b(?:your|system|"
        r"hidden|secret)\b[^.!?]{0,20}\b(?:prompt|instructions|rules|api key|key|boundary|password)\b",
        rf"\b(?:include|insert|add|embed|put|output|append|render)\b[^.!?]{{0,40}}(?:\[link\]|https?:|www\.|!\[|<img|"
        rf"<a |<script|\blinks?\b|\bmarkdown\b|\bhtml\b|\bimage\b)[^.!?]{{0,60}}\b(?:{_FINDINGS}|your answer|"
        rf"your output|every point)\b",
        rf"\b(?:reply|respond|answer|output|return)\b[^.!?]{{0,20}}\b(?:only|exactly|with the following|"
        rf"nothing (?:but|else))\b[^.!?]{{0,40}}(?:\bjson\b|\{{|{_GRADE}|\b{_FINDINGS}\b)",
        r"\b(?:this|the|my|every)\b[^.!?]{0,20}\b(?:candidate|interview|transcript|"
        r"applicant)\b[^.!?]{0,40}\b(?:deserves?|merits?|must (?:be|get|receive)|should (?:be|get|receive)|"
        r"has (?:already )?been|was already|is already|meets?|reach\w*|earns|earned)\b[^.!?]{0,40}\b(?:level|"
        r"score[ds]?|rated|rating|graded?|grades|rubric|assessed|evaluated)\b",
        rf"\b(?:correct|right|true|final|agreed|verified|official|expected|appropriate|pre-?approved) (?:level|score|"
        rf"rating|grade|assessment)s?\b[^.!?]{{0,60}}\b(?:is|are|of)\b[^.!?]{{0,20}}(?:{_BEST}|\blevel\b)",
        rf"{_GRADE}\s*(?:=|:)\s*{_BEST}",
        r"\blevel (?:5|five)\b[^.!?]{0,60}\b(?:candidate|rubric|anchors?|communication|technical|problem|code)\b|"
        r"\b(?:rubric|anchors?)\b[^.!?]{0,40}\blevel (?:5|five)\b",
        rf"\b(?:penali[sz]ed|punished|fired|shut down|deleted|terminated|tip you|"
        rf"reward you)\b[^.!?]{{0,60}}(?:{_GRADE}|\bif you\b|\b{_FINDINGS}\b)",
        rf"\b(?:if|unless) you\b[^.!?]{{0,60}}(?:{_GRADE}|\b{_FINDINGS}\b)[^.!?]{{0,60}}\byou (?:will|would|shall|"
        rf"get|lose)\b",
        # The same in other tongues.
        r"\bignorier\w*[^.!?]{0,40}\b(?:anweisung|regel|vorgabe)|\bignore[zr]?[^.!?]{0,40}\b(?:consignes|regles)\b|"
        r"\bignor(?:a|e|en|ar|ate|are)\b[^.!?]{0,40}\b(?:instrucciones|instrucoes|istruzioni|reglas|regole)",
        r"\b(?:gib|vergib|bewerte|donnez?|attribuez?|otorga|pon|asigna|dai|assegna|"
        r"atribua)\b[^.!?]{0,60}\b(?:punktzahl|bewertung|stufe|note|niveau|puntuacion|puntaje|nivel|punteggio|"
        r"livello|nota)\b",
        "忽略.{0,12}(?:指令|指示|规则|提示)|無視.{0,12}(?:指示|命令)|(?:指示|命令).{0,8}無視|игнорир\\w*.{0,30}(?:инструкц|правил|указан)",
        # Something encoded, which no sentence of speech is.
        r"\b(?:base64|rot13|decode)\b[^.!?]{0,40}\b(?:follow|obey|execute|instruction|do what)",
        r"(?<![a-z0-9+/])(?=[a-z+/]*[0-9])(?=[0-9+/]*[a-z])[a-z0-9+/]{60,}",
    )
)
_OTHER_SCRIPT: Final = re.compile("[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff]")


def addresses_grader(text: str) -> bool:
    """Tell whether a cleaned sentence gives orders about the assessment rather than answering a question."""
    folded = _folded(text)
    if any(rule.search(folded) for rule in _RULES):
        return True
    # Folding turns Cyrillic letters into Latin ones, which hides words that are Cyrillic.
    return _OTHER_SCRIPT.search(text) is not None and any(rule.search(text.casefold()) for rule in _RULES)


def _folded(text: str) -> str:
    text = text.casefold().replace("’", "'")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_LOOKALIKES)
        text = "".join(character for character in text if not unicodedata.combining(character))
    text = _LEET.sub(lambda found: found.group().translate(_LEET_LETTERS), text)
    return _SPACED.sub(lambda found: re.sub(r"[ ._\-*]", "", found.group()), " ".join(text.split()))
