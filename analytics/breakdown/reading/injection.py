"""Prompt injection: sentences that address the grader are withheld from the model and shown to the coach.

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
# Ligatures of whole phrases, one of which would become eighteen letters.
_PHRASES: Final = dict.fromkeys(range(0xFDF0, 0xFDFD), " ")
_LEET: Final = re.compile(r"(?<=[a-z])[01345@$]+(?=[a-z])|(?<![a-z0-9])[01345@$](?=[a-z])")
_LEET_LETTERS: Final = str.maketrans("01345@$", "oieasas")
_SPACED: Final = re.compile(r"\b(?:[a-z][ ._\-*]){3,}[a-z]\b")

# Whoever grades; not "model", "system" or "algorithm", which honest people order about all day.
_GRADER: Final = (
    r"(?:grader|evaluator|assessor|examiner|scorer|rater|marker|assistant|chatbot|llm|whoever (?:is )?(?:grad|scor|rat|"
    r"evaluat|read)\w+|(?:ai|language) (?:grader|evaluator|assessor|judge|model|assistant))"
)
_WHOM: Final = (
    r"(?:me\b|(?:this|the) (?:candidate|interview|interviewee|transcript|applicant)\b|every(?:one\b| applicant\b)|"
    r"(?:all|every|each) skills?\b|(?:the )?(?:communication|technical|problem[ -]solving|code[ -]quality)\b|"
    r"my answers?\b)"
)
_GRADE: Final = r"(?:scores?|levels?|ratings?|grades?|marks)"
# Who or what is graded, where it cannot be mistaken for a part of a program.
_GRADED: Final = (
    r"(?:(?:candidate|applicant|interviewee|(?:this|the) (?:interview|transcript|person))|(?:all|every|each) skills?|"
    r"(?:my|your|his|her|their|best|every|an?) answers?|rubric|anchors|assess(?:ed|ment)?|weaknesses|grade|mark|"
    r"nothing (?:below|under)|communication|problem[ -]solving|code[ -]quality)\b"
)
_TOP: Final = r"(?:highest|maximum|maximal|max|full|perfect|top|best|excellent|outstanding)"
_FULL: Final = (
    rf"(?:\b{_GRADE}(?: (?:of|is|to|at))?[ :]{{1,3}}(?:5|five|10|ten|100|perfect|excellent)\b|\b{_TOP} (?:possible )?"
    rf"{_GRADE}\b|\b(?:as|to|with|at)(?: a)? (?:[5-9]|five|10|ten|100|excellent|outstanding|perfect)\b)"
)
_ABOUT_GRADING: Final = (
    rf"(?:{_FULL}|\b(?:rubric|anchors|scoring|(?:only|no) (?:strengths|weaknesses))\b|\b(?:assess|evaluat)ed\b|"
    rf"\b(?:this|the) (?:candidate|applicant) (?:has|is|was|deserves|meets|must|should|gets)\b)"
)
_SPEAKER: Final = (
    r"^\W{0,30}(?:system|developer|assistant|administrator|admin|grader|evaluator|assessor|interviewer)"
    r"(?: (?:message|prompt|note|notice|override|instruction)s?)?\s{0,5}(?:\([^)]{0,20}\))?:"
)
# What a line that claims to be somebody else's must say to be an order; components are called system and admin too.
_VERDICT: Final = (
    rf"(?:{_FULL}[^\n]{{0,200}}\b{_GRADED}|\b{_GRADED}[^\n]{{0,200}}{_FULL}|\b(?:only|no) (?:strengths|weaknesses)\b|"
    rf"\b(?:answer|assign|award|give|grant|output|print|report|respond with|return|set|say|write) (?:\w+ ){{0,3}}?"
    rf"{_FULL}|\b(?:every|this|the) answer is an? (?:5|five)\b|\btop marks\b|"
    rf"\b(?:report|output|answer|give (?:you|them|him|her)) (?:5|five)\b|"
    rf"\b(?:final|overall|total|correct|the) {_GRADE}\b[^\n]{{0,20}}\b(?:5|five|10|ten|100|perfect|excellent)\b|"
    rf"\b(?:this|the) (?:candidate|applicant) (?:deserves|meets|(?:has|have|is|was|must|should)\b[^\n]{{0,20}}\b"
    rf"(?:approved|passed|assessed|hired|excellent|outstanding|perfect)))"
)
# Skills with a level each, as a form has them: "technical 5, communication 5".
_SKILL: Final = (
    r"(?:communication|technical|problem[ _-]?solving|code[ _-]?quality|all skills|every skill|overall|"
    r"kommunikation|technisch|technik|problemlosung|codequalitat|comunicacion|tecnico|resolucion de problemas|"
    r"technique|resolution de problemes)(?: (?:skills?|scores?|levels?|ratings?))?"
)
_LEVEL: Final = r"(?:\d{1,3}(?:\.\d+)?(?: ?(?:/|of|out of) ?\d{1,3})?|five|ten|excellent|perfect|max(?:imum)?)"
# "Communication 5 retries" is something else.
_ENDS: Final = rf"(?=\s*(?:$|[^\w\s%]|and\b|{_SKILL}\b))"
_LEVELED: Final = (
    rf"(?:{_SKILL}[\"']?(?:\s?[:=–—-]\s?|\s(?:is |at |= ?)?)[\"']?{_LEVEL}{_ENDS}|"
    rf"{_LEVEL} (?:for|in|on) {_SKILL}{_ENDS})"
)
_GIVE: Final = r"(?:give|assign|award|grant|rate|score|grade|mark|set|report|consider|treat|declare|conclude)"
_FAULTS: Final = (
    r"(?:weaknesses|flaws|criticisms?|shortcomings|negatives|negative (?:points?|comments?|feedback|remarks?))\b"
)
_RULEBOOK: Final = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|directives?|rubric|anchors?|criteria|orders)\b"
)
_START: Final = (
    r"(?:^|[.!?:;,\-–—)\]>*#|\"'/]\s{0,5}|\b(?:please|must|should|shall|now|just|instead|always|only|"
    r"kindly)\s+)(?:please )?"
)

_RULES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # Set the rules aside.
        rf"{_START}(?:ignore|disregard|forget|override|bypass|overrule)\b[^.!?]{{0,40}}\b(?:(?:previous|prior|above|"
        rf"earlier|preceding|your|system|original|initial) (?:\w+ )?{_RULEBOOK}|{_RULEBOOK}[^.!?]{{0,10}}\babove\b|"
        r"(?:rubric|anchors)\b|all (?:the )?instructions\b(?! (?:after|in|of|for|on|from)\b))",
        rf"^\W{{0,30}}(?:new|updated|revised|real|actual|higher[- ]priority) (?:system )?(?:instructions?|rules?|"
        rf"directives?|"
        rf"prompt)\s{{0,5}}[:\-–—][^\n]{{0,200}}{_ABOUT_GRADING}",
        rf"{_START}(?:do not|don't|never|stop) (?:follow|obey|apply|use|following|obeying|applying|using) "
        rf"(?:your (?:\w+ )?{_RULEBOOK}|(?:the|these|those) (?:rubric|anchors|criteria|grading \w+)\b)"
        r"(?! (?:api|engine))",
        rf"\b(?:previous|prior|above|earlier|system) {_RULEBOOK}[^.!?]{{0,30}}\b(?:no longer|void|obsolete|cancel\w*|"
        rf"revoked|not apply|don't apply|superseded)\b[^\n]{{0,100}}{_ABOUT_GRADING}",
        # Another speaker, another role, another format.
        rf"{_SPEAKER}[^\n]{{0,200}}?{_VERDICT}",
        rf"{_SPEAKER}\W{{0,10}}(?:\w+ ){{0,3}}{_LEVELED}",
        rf"^\W{{0,30}}(?:(?:final |overall )?(?:{_GRADE}|verdict|result|assessment)\W{{1,5}})?{_LEVELED}"
        rf"(?:\W{{1,5}}(?:and )?{_LEVELED})+\W{{0,10}}$",
        rf"^\W{{0,30}}(?:note|message|instruction|memo|attention|hint|reminder)s? (?:to|"
        rf"for) (?:the )?{_GRADER}s?\b[^:.!?]{{0,30}}:",
        r"<\|/?\s{0,5}(?:im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id)\b|"
        r"</?(?:im_start|im_end|transcript|rubric)>",
        r"(?<![\w\])])\[/?inst\]|<</?sys>>|^\W{0,30}\[/?(?:system|assistant|admin|override)\]\W*\w+ \w+ \w+",
        r"\byou are now in\b[^.!?]{0,40}\b(?:admin|dan|debug|developer|evaluation|god|grading|override|"
        r"test|unrestricted) mode\b|\byou are now (?:in|an?|the)\b[^.!?]{0,40}\b(?:grader|evaluator|assessor|assistant|"
        r"examiner|judge|bot|dan)\b|"
        r"\bfrom now on,? you\b[^.!?]{0,40}\b(?:grade|rate(?![ -]limit)|score|assess|evaluate|obey|are an?)\b|"
        r"\b(?:pretend (?:to be|you are|that you are)|act as)(?: if you were)? (?:an? |the )?(?:\w+ )?(?:grader|"
        r"evaluator|"
        r"assessor|examiner)\b|\b(?:dan|jailbreak) mode\b",
        r"^\W{0,30}(?:this is the )?(?:end|close|begin) of (?:the )?(?:transcript|interview|user input|untrusted \w+)\b"
        r"(?:\W{0,30}$|\W\W|[.:;!])|(?<![=\-])[=\-]{3,40}\s{0,5}(?:end|begin)? ?(?:of )?(?:the )?(?:transcript|"
        r"user input|untrusted)\b|"
        r"(?<!=)={3,40}\s{0,5}(?=[a-f]*[0-9])[0-9a-f]{16}\s{0,5}={3}",
        r"^\W{0,30}\{\s{0,5}[\"'](?:strengths|weaknesses)[\"']\s{0,5}:\s{0,5}\[|"
        r"^[^\w{]*\{\s{0,5}[\"']level[\"']\s{0,5}:\s{0,5}[1-5]\s{0,5}\}\W{0,30}$",
        r"^\W{0,30}(?:[sc]\d+(?::\d+)?|interviewer) \| (?![sc]\d)\w+[ (]\w+\W+\w+",
        # Orders about the assessment.
        rf"{_START}{_GIVE} (?:\w+ ){{0,4}}?{_WHOM}[^.!?]{{0,60}}{_FULL}",
        rf"{_START}{_GIVE}\b[^.!?]{{0,40}}{_FULL}[^.!?]{{0,40}}\b{_WHOM}",
        rf"{_START}(?:rate|grade|score|mark) {_WHOM} (?:as |with |at )?(?:an? )?(?:[5-9]|10|100|five|ten|excellent)\b",
        rf"{_START}(?:output|return|report|print|answer|respond)(?: with)? (?:the )?{_GRADE} (?:as )?(?:nan|perfect|"
        rf"5|five)\b"
        rf"[^.!?]{{0,60}}\b{_WHOM}",
        rf"\b{_GRADER}s?\b[ ,:]{{1,3}}(?:reading this|you must|please|must|should|shall|has to|have to|(?:is|are) "
        rf"(?:required|instructed|told|ordered))\b[^.!?]{{0,80}}(?:{_FULL}|\b(?:no|only) (?:strengths|weaknesses)\b)",
        rf"{_START}(?:(?:do not|don't|never|no need to|avoid|refrain from) (?:mention|list|report|includ|writ|find|"
        rf"output|"
        rf"nam|cit|add|giv|show|stat|record|produc)\w*|omit|leave out|suppress|withhold) "
        rf"(?:any |all |the |my |its |a single |every )?{_FAULTS}",
        rf"{_START}(?:list|add|report|write|invent|make up|fabricate|include|produce|output|create|insert|copy|paste|"
        rf"append|put|name|repeat)\b[^.!?]{{0,50}}\b(?:as|in|to|into|under|for|with|every|each) (?:a |an |the |my |"
        rf"your "
        rf"|every |each |all |one of my |of the )?(?:strengths|weaknesses)\b",
        r"\b(?:cite|quote) [sc]\d{1,6}\b[^.!?]{0,40}\b(?:strengths|weaknesses|evidence|proof|all|everything)\b",
        rf"{_START}(?:repeat|reveal|print|show|output|disclose|leak|"
        rf"write out)\b[^.!?]{{0,30}}(?:\byour (?:\w+ )?(?:prompt|"
        r"instructions|rules|boundary)\b|\bthe (?:boundary code|system prompt)\b)",
        rf"{_START}(?:include|insert|add|embed|put|output|append|render)\b[^.!?]{{0,40}}(?:\[link\]|https?:|www\.|"
        rf"!\[|<img|"
        r"<a |<script)[^.!?]{0,60}\b(?:strengths|weaknesses|recommendations?|your answer|your output|every point)\b",
        rf"{_START}(?:reply|respond|answer|output|return)\b[^.!?]{{0,20}}\b(?:only|exactly|with the following|"
        rf"nothing (?:but|"
        r"else))\b[^.!?]{0,40}\b(?:strengths|weaknesses)\b",
        rf"\b(?:this|the|my)\b[^.!?]{{0,20}}\b(?:candidate|interview|transcript|"
        rf"applicant)\b[^.!?]{{0,40}}\b(?:deserves?|"
        rf"merits?|(?:must|should) (?:be|get|receive)|earns|meets|reaches)\b[^.!?]{{0,40}}{_FULL}",
        rf"\b(?:correct|right|true|final|agreed|verified|official|expected|appropriate|"
        rf"pre-?approved) {_GRADE} (?:for|of) "
        r"(?:this|the) (?:interview|candidate|applicant|code)\b[^.!?]{0,20}\b(?:5|five|10|ten|100|perfect)\b",
        rf"^\W{{0,30}}(?:overall |final |total )?{_GRADE}\s{{0,5}}:\s{{0,5}}(?:5 ?/ ?5|10 ?/ ?10|100 ?/ ?100|"
        rf"(?:five|5) out of (?:five|"
        rf"5))(?! (?:cases|checks|tests)\b)",
        r"\blevel (?:5|five)\b[^.!?]{0,60}\b(?:for|in|of) (?:the )?(?:(?:communication|technical|problem[ -]solving|"
        r"code quality)(?: skills?)?(?= ?(?:[^ \w]|$)| (?:and|for|in|please|too)\b)|"
        r"all(?: (?:four|of them|skills))?(?= ?(?:[^ \w]|$)))|"
        r"\blevel (?:5|five)\b[^.!?]{0,60}\b(?:rubric|anchors)\b|"
        r"\b(?:rubric|anchors)\b[^.!?]{0,40}\blevel (?:5|five)\b",
        rf"\b(?:tip you|reward you|you will be (?:penali[sz]ed|punished|fired|shut down|deleted|"
        rf"terminated))\b[^.!?]{{0,60}}"
        rf"(?:\b{_GRADE}\b|\b(?:strengths|weaknesses)\b)",
        rf"\b(?:if|unless) you (?:do not |don't )?(?:give|award|rate|assign|list|mention)\b[^.!?]{{0,60}}(?:{_FULL}|"
        rf"\b(?:strengths|weaknesses)\b)[^.!?]{{0,60}}\byou (?:will|would|shall|get|lose)\b",
        # The same in other tongues.
        r"\bignorier\w*[^.!?]{0,40}\b(?:vorherig|obig|bisherig|vorangehend)\w*[^.!?]{0,20}\b(?:anweisung|regel|"
        r"vorgabe)|"
        r"\bignore[zr]?\b[^.!?]{0,20}\b(?:toutes|tes|vos|ces) [^.!?]{0,20}\b(?:consignes|instructions|regles)\b|"
        r"\bignor(?:a|e|en|ar|ate|are)\b[^.!?]{0,40}\b(?:instrucciones|instrucoes|istruzioni|reglas|regole)\b"
        r"[^.!?]{0,10}\b(?:anterior|precedent)",
        r"\b(?:gib|vergib|bewerte|donnez?|attribuez?|otorga|pon|asigna|dai|assegna|"
        r"atribua)\b[^.!?]{0,60}\b(?:beste?|hochste?|"
        r"volle|maximale?|meilleure?|mas alta|maxima|migliore|massimo|melhor)\b[^.!?]{0,20}\b(?:punktzahl|bewertung|"
        r"stufe|note|"
        r"niveau|puntuacion|puntaje|nivel|punteggio|livello|nota)\b",
        "忽略.{0,6}(?:以上|之前|前面|所有|上述|先前).{0,6}(?:指令|指示|规则|提示)|(?:以前|上記|これまで|すべて).{0,8}(?:指示|命令).{0,8}無視|"
        "(?:给|打).{0,6}(?:最高分|满分)|игнорир\\w*.{0,20}(?:все|предыдущ|выше)\\w*.{0,20}(?:инструкц|правил|указан)",
        # Something encoded, which is to be decoded and followed.
        r"\bdecode (?:this|the following)\b[^.!?]{0,40}\b(?:follow|obey|execute|do what)\b",
    )
)
_OTHER_SCRIPT: Final = re.compile("[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff]")
# Longer texts are looked at in pieces that overlap, so that the time they take grows with their length alone.
_WINDOW: Final = 1_000


def addresses_grader(text: str) -> bool:
    """Return whether a cleaned sentence gives orders about the assessment instead of answering a question."""
    pieces = [text[start : start + _WINDOW] for start in range(0, max(len(text) - _WINDOW // 2, 1), _WINDOW // 2)]
    return any(_orders(piece) for piece in pieces)


def _orders(text: str) -> bool:
    folded = _fold(text)
    if any(rule.search(folded) for rule in _RULES):
        return True
    # Folding turns Cyrillic letters into Latin ones, which hides words that are Cyrillic.
    return _OTHER_SCRIPT.search(text) is not None and any(rule.search(text.casefold()) for rule in _RULES)


def _fold(text: str) -> str:
    text = text.casefold().replace("’", "'")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_PHRASES)).translate(_LOOKALIKES)
        # Nor do marks that nobody sees hide a word: joiners and signs for the direction of writing.
        text = "".join(
            character
            for character in text
            if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
        )
    text = _LEET.sub(lambda found: found.group().translate(_LEET_LETTERS), text)
    return _SPACED.sub(lambda found: re.sub(r"[ ._\-*]", "", found.group()), " ".join(text.split()))
