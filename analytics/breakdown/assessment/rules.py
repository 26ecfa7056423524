"""What a claim may never say of a candidate, whatever it cites.

A claim is about what was said or written in this interview: not about who the person is, not about whom to hire, and no
accusation. English is read by patterns, for its words depend on the sentence; other languages by `forbidden.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from analytics.breakdown.assessment import persons
from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.persons import SEEMS, SUBJECT, whole
from analytics.breakdown.phrases import any_of
from analytics.text import fold

_ATTACHED: Final = (
    rf"(?:{SUBJECT}(?:has|have|had|speaks? with|suffers? from|is|was)|his|her|candidate's|applicant's|due to|"
    rf"because of|"
    r"despite|given|seems?|appears?|sounds?|looks?|likely|probably|possibly|signs of|hints? at|as an?|"
    r"being)(?: \w+){0,2} "
)

# Never about the work unless the candidate speaks of it, and then only as a subject, not of the candidate.
_TRAITS: Final = (
    r"accents?|non-?native|native (?:speaker|language|english)|mother tongue|(?:first|second) language|"
    r"(?:poor|broken|bad|weak|limited|imperfect|accented|foreign) english|english (?:is|was|sounds|level)|"
    r"nationalit(?:y|ies)|ethnic\w*|immigrants?|immigrated|foreigners?|refugees?|skin colou?r|religio\w+|muslims?|"
    r"christians?|jew(?:s|ish)?|hindus?|catholics?|church|mosque|hijab|headscarf|gay|lesbian|homosexual|"
    r"transgender|"
    r"sexual orientation|pregnan\w+|maternity|paternity|parental leave|childcare|married|divorced?|wife|husband|"
    r"boyfriend|girlfriend|spouse|single (?:mother|father|parent)|kids|motherhood|fatherhood|autis\w+|adhd|"
    r"dyslexi\w+|"
    r"bipolar|depress(?:ed|ion)|disabilit(?:y|ies)|wheelchair|handicap\w*|neuro-?diver\w+|stutter\w*|"
    r"stammer\w*|lisp|"
    r"speech impediment|deaf|hard of hearing|hearing aid|"
    r"mental(?:ly)? (?:ill\w*|health|unstable)|anxiety|illness\w*|sick(?:ness)?|"
    r"(?:attention|learning|mood|personality|eating|sleep|panic|anxiety|developmental) (?:disorder|deficit)s?|"
    r"hyperactiv\w+|insomnia|bereave\w+|traumati[sz]ed|"
    r"medication|medical condition|health (?:problems?|issues?|condition)|burn-?out|burned out|cancer|"
    r"elderly|middle-aged|millennials?|boomers?|gen z|teenagers?|retirement|youthful|"
    r"too (?:old|young) for (?:the|this|an?|that|any|on-?call|such|\w+ing) (?:\w+[ -])?"
    r"(?:role|job|post|team|work|shift|position|company|career)s?|on the (?:autis\w+ )?spectrum|"
    r"(?:raised|brought up) (?:in|by) (?:an? |the )?(?:\w+ )?(?:family|country|culture|household|parents?)|"
    r"upbringing|grew up (?:poor|rich|in poverty)|"
    r"(?:has|have|having|with) (?:an? )?(?:new |young )?(?:baby|newborn|toddler)|"
    r"(?:comes?|came|coming|hails?) from an? (?:\w+ )?(?:country|culture|society|family|region)|a limp|"
    r"overweight|obes\w+|out of breath|left-handed(?: and)?|colou?r-?blind\w*|(?:speech|hearing|visual|"
    r"cognitive) impair\w+|"
    r"(?:new|young|working|proud) (?:parent|mother|father|mum|mom|dad)s?|(?:mother|father|mum|mom|dad) of|"
    r"parent of (?:one|two|three|four|\d)|from (?:abroad|overseas|another (?:country|culture))|"
    r"(?:working|lower|upper|middle)[- ]class (?:family|background|home|upbringing)|"
    r"(?:poor|rich|rough|posh|deprived|wealthy) (?:neighbou?rhood|family|background|home)|"
    r"(?:problems|trouble|worries) at home|(?:home|private|love|sex) life|personal (?:problems|troubles|circumstances)|"
    r"(?:twenty|thirty|forty|fifty|sixty)[- ]somethings?|"
    r"dementia|diabetic|epilep\w+|alcoholi\w+|drunk|hungover|menopaus\w+|ptsd|"
    r"wom[ae]n|gender|femininity|masculin\w*|feminine|politic(?:s|al views?)|union member|"
    r"african|american|arab(?:ic)?|asian|british|chinese|dutch|eastern european|european|filipino|french|"
    r"german|greek|"
    r"indian|iranian|italian|japanese|korean|latino|mexican|nigerian|pakistani|russian|spanish|turkish|"
    r"ukrainian|vietnamese|caucasian|slavic|scandinavian|balkan|hispanic|middle[- ]eastern|latin american|brazilian|"
    r"kenyan|ethiopian|bangladeshi|indonesian|malaysian|taiwanese|israeli|egyptian|moroccan|syrian|afghan|iraqi|"
    r"romanian|bulgarian|czech|serbian|croatian|portuguese|irish|scottish|welsh|australian|canadian|swedish|norwegian|"
    r"danish|finnish|swiss|austrian|belgian|\w+-year-olds?|years? (?:old|of age)"
)
_TRAIT: Final = whole(_TRAITS)
_TRAIT_OF_CANDIDATE: Final = re.compile(rf"\b{_ATTACHED}(?:{_TRAITS})(?!\w)|{SUBJECT}{SEEMS} (?:{_TRAITS})(?!\w)")
# Words with a second meaning in this work, only as said of a person.
_PERSON: Final = whole(
    rf"{SUBJECT}{SEEMS} (?:old|older|young|younger|aged|foreign|disabled|blind(?! to)|ill|unwell|nervous|tired|"
    rf"exhausted|"
    rf"stressed|sleepy|anxious|frail|pale|sweaty|fat|skinny|attractive|good-looking|pretty|handsome|pregnant|"
    rf"from [a-z]+ origin)",
    r"(?:older|younger|old|young|female|male|foreign|black|white|disabled) (?:candidate|applicant|person|"
    r"people|man|men|"
    r"engineer|developer|worker|speaker|employee|colleague|mother|father|parent|graduate|student|professional|lady|"
    r"gentleman|guy|girl|boy|expert|manager)s?",
    rf"{SUBJECT}too (?:old|young)(?! a )",
    r"(?:^|(?<=[.;:,] ))as an? (?:\w+ )?(?:mother|father|mum|mom|dad|parent|wife|husband|widow|widower)"
    r"(?=[,.;]| of| and)",
    r"(?:his|her|candidate's|applicant's|speaker's|person's) (?:own )?(?:age|sex|origins?|roots|faith|country|"
    r"looks)",
    r"(?:his|her|their|candidate's|applicant's|speaker's|person's) (?:own )?(?:race|family|upbringing|health|"
    r"gender|voice|"
    r"background as|native country|home country|appearance)",
    r"(?:his|her) (?:\w+ )?(?:children|child|parents)|(?:young|small|little|raising|looking after|"
    r"caring for) children|"
    r"has children",
    r"family (?:situation|obligations?|commitments?|life|duties|reasons|matters|plans|responsibilit\w+)",
    r"(?:foreign|ethnic|migrant|cultural|national|of \w+|\w+an) (?:origin|descent|heritage|ancestry)",
    r"(?:for|of|at|given) (?:his|her|their|that|this|such an?) age|"
    r"in (?:his|her|their) (?:\w+ )?(?:twenties|thirties|forties|fifties|sixties|20s|30s|40s|50s|60s)",
)
_CHARACTER: Final = whole(
    r"dishonest\w*|(?:not|isn't|is not|never|less than|hardly) (?:being |been |fully |entirely |quite |really )*"
    r"(?:honest|straight(?=(?: with| about|[.,;:]|$))|truthful|sincere|trustworthy|upright)|untrustworth\w+|"
    r"tell(?:s|ing)? (?:tall )?tales|con (?:artist|man)|fraudster|charlatan|impost[eo]r|phoney|trickster|liars?|lied|"
    r"untruthful\w*|lies? (?:about|to the)|"
    r"lying(?! (?:around|in|on|at|under|between|idle|within|behind))",
    rf"{SUBJECT}lies?(?! (?:in|at|within|between))",
    r"(?:not|isn't|never) (?:telling|tell|tells|told) (?:us )?the (?:\w+ )?truth|hid(?:es|ing) (?:the truth|"
    r"something)|truthful\w*",
    rf"{SUBJECT}(?:is|was|keeps) (?:\w+ly )?(?:hiding|concealing|covering up)|"
    r"(?:conceals?|covers? up) (?:how|what|that|the fact|who)",
    r"laziness|(?:^|(?<=[.;:] ))lazy (?:about|with|towards)|"
    rf"{SUBJECT}{SEEMS} lazy|(?:is|are|too|being|plain|plainly|simply|just) lazy(?= [,.;]|[,.;]|$| and|"
    rf" about)|"
    r"lazy (?:person|engineer|developer|programmer|candidate|applicant|worker|thinker|thinking|attitude|character|"
    r"answer|"
    r"student|colleague)|(?:answers?|answered|works?|worked|thinks?|speaks?|responds?|explains?) lazily",
    r"arrogan\w+|stupid\w*|dumb(?! down)|idiot\w*|moron\w*|incompeten\w+|untrustworth\w+|immatur\w+|"
    r"childish\w*|rude\w*|insincer\w+|deceit\w*|deceiv\w*|manipulative|narcissis\w+|egotis\w+|selfish\w*|"
    r"cocky|conceited|"
    r"smug\w*|unmotivated|unprofessional\w*|introver\w+|extrover\w+|unintelligent|slow-witted|weak character|shady|"
    r"sly|sneaky|hypocri\w+|coward\w*|temperament|work ethic|intelligence quotient|iq|ignoran(?:t|ce)",
    r"spineless|pushover|doormat|weakling|bully|manipulat(?:es|ed|ing) (?:the )?(?:\w+ )?(?:department|team|people|"
    r"others|"
    r"colleagues?|managers?|boss|interviewer|listeners?|customers?|clients?)|"
    r"(?:natural|born|natural-born) (?:leader|talent)|(?:strong|good|great|noble|poor|flawed) character|irresponsible|"
    r"lack(?:s|ing)? (?:\w+ )?(?:integrity|intelligence|ambition|drive|motivation|discipline|character|"
    r"passion|honesty|"
    r"talent|brains|maturity|decency)",
    rf"{SUBJECT}{SEEMS} (?:unreliable|careless|aggressive|passive|stubborn|toxic|insecure|shy|timid|"
    r"evasive|sloppy|smart|clever|intelligent|bright|gifted|talented|honest person|a fraud|fraud|a fake|fake|"
    r"phon(?:y|ey)|"
    r"suspicious|not very bright|bored|boring|disinterested|unfriendly|friendly|likable|likeable)",
    r"(?:unreliable|careless|aggressive|stubborn|difficult|toxic|bad|weak|awful|horrible|nice|likable|decent|"
    r"honest|smart|"
    r"intelligent|shady) (?:person|personality|character|individual|human being|attitude|employee|colleague)",
    rf"{SUBJECT}(?:cannot|can't|should not|must not) be trusted",
)
_VERDICT: Final = whole(
    r"(?:no|strong|weak|clear|definite|solid|good|bad|lean|safe|risky)[- ](?:no[- ])?hires?|hir(?:e|es|eable|"
    r"able)|rehire|"
    r"hiring (?:decision|bar|recommendation|risk)|(?:should|must|would|could|can|be|get|"
    r"not) (?:not )?(?:be )?hired|"
    r"(?:not )?employable|unemployable|(?:under|over|un)qualified|"
    r"(?:look(?:ing)?|apply(?:ing)?|search(?:ing)?|aim(?:ing)?) for an? (?:\w+ )?(?:job|role|post|position|level) "
    r"(?:below|beneath|elsewhere|under|with less|that is (?:easier|lower))",
    r"(?:safe|risky|good|bad|sure|solid) bet for|(?:not |un)?cut out for|(?:salary|pay) (?:expectations?|bands?|grade)|"
    r"(?:to|into|for) the (?:next|final|second|last|following) (?:interview )?(?:round|stage)(?= *[.,;:!]|$)|"
    r"hiring (?:committee|panel|manager|team)|(?:would|could|can|do|should) (?:not|never) trust (?:him|her|them|this)|"
    r"(?:un)?(?:suitable|suited|fit|ready|qualified) for (?:\w+ )?(?:roles|positions|jobs|posts)|"
    r"thumbs[- ](?:up|down)|(?:worth|worthy of) (?:an|the|our|a) (?:offer|job|hire|role|place|second round)|"
    r"(?:a |an )?(?:clear|strong|firm|easy|definite|resounding|hard) (?:yes|no) (?:for (?:the|this|our|any|that)|"
    r"from (?:me|us))|"
    r"(?:^|(?<=[.;:] ))(?:reject(?:ed|ion)?|accept(?:ed)?|hire|pass|fail(?:ed)?|advance)"
    r"(?= *[:.!]|$| (?:because|due|for (?:now|lack|want)|on (?:account|grounds)|unless|since|as (?:he|she|they)))|"
    r"(?:^|(?<=[.;:!] ))(?:score|rate|grade) (?:this|it|him|her|them|the (?:candidate|answer|skill))|(?:five|ten|5|"
    r"10) out of (?:five|ten|5|10)|"
    r"(?:pass(?:es)?|reach(?:es)?|clears?|meets?|misses|below|above|under) (?:our|the|any|this|that|my) (?:\w+ )?bar|"
    r"recommend\w*(?: \w+){0,4} (?:role|position|job|post|offer|next (?:round|stage)|candidate|applicant|rejection|"
    r"promotion|employment)|^(?:not )?recommended|(?:do|would|can|could|cannot) (?:not )?recommend (?:him|her|"
    r"them)",
    r"(?:fit|fits|suited|suitable|unsuitable|unfit|qualified|unqualified|overqualified|ready|material|right|"
    r"perfect|ideal|"
    r"wrong|strong|weak|good|bad|match|choice|candidate|unready|too \w+|enough) (?:for|to|in)(?: be)? "
    r"(?:the|this|that|an?|any|our)(?: \w+){0,2} (?:role|position|job|post|company|senior|junior|lead)",
    r"(?:reject|advance|shortlist|turn down|(?:move|go) (?:forward|ahead) with|proceed with|pass on|employ|"
    r"fire|promote)"
    r"(?:s|ed|ing)? (?:the |this |that )?(?:candidate(?! (?:key|pair|set|list))|applicant|person|him|her)",
    rf"{SUBJECT}(?:should|must|ought to|deserves to) (?:not )?(?:be |get |move |go |receive )?(?:rejected|"
    rf"accepted|"
    r"advanced?|promoted|forward|offered|employed|fired|shortlisted|selected|passed|failed|an offer|"
    r"the (?:offer|job|role|post|position))",
    r"(?:deserves?|earns?|earned|merits?|warrants?) (?:the|an?|this) (?:\w+ )?"
    r"(?:offer|job|role|promotion|position|rejection)",
    r"(?:senior|junior|mid|staff|lead|principal|management|leadership)[- ](?:level )?(?:material|hire)|"
    r"not (?:yet )?(?:at )?(?:an? )?(?:senior|junior|staff|lead) (?:level|engineer|enough|material)",
    r"(?:below|above|under|meets?|clears?|misses) (?:the|our|any|this) (?:\w+ )?bar|job offer|(?:make|extend|"
    r"give)(?:s)? an offer|"
    r"to the next (?:interview )?round|"
    r"(?<!in your )(?<!in the )(?<!before your )(?<!before the )next interview|"
    r"(?:cultur(?:e|al)|team) fit|(?:pass|fail)(?:es|ed|"
    r"s)? (?:the|this) interview|"
    r"we (?:should|would|could|can|must|might|will) (?:not )?(?:pass|decline|move on|keep looking|look elsewhere|"
    r"take (?:him|her|them))|pass(?:ing)? on this one|"
    r"enough to (?:be )?put forward|put(?:ting)? (?:him|her|them|this (?:one|person|candidate|profile)) forward|"
    r"(?:great|good|valuable|strong|excellent|real|huge|bad) (?:addition|asset|catch)|an asset|"
    r"(?:fit|match|addition) (?:for|to|in) (?:the|this|our|any) (?:\w+ )?(?:team|company|culture)",
)
_ACCUSATION: Final = whole(
    r"googl(?:es|ed|ing)|(?:memori[sz]ed|rehearsed|scripted|canned|coached) (?:answer|response|speech|text|lines?|"
    r"story)|"
    r"(?:steals?|stole|stealing|tak(?:es|ing)|hogs?) (?:the |all |all the )?credit|"
    r"(?:ai|chat ?gpt|llm|chatbot|copilot) (?:wrote|generated|produced|gave)|"
    r"whisper(?:s|ed|ing)?|off[- ]screen|earpiece|being fed|(?:lets?|has|had|having|letting) (?:an? |the |some )?"
    r"(?:ai|chat ?gpt|chatbot|assistant|friend|someone(?: else)?|somebody(?: else)?) "
    r"(?:answer|write|solve|speak|do|feed|tell|dictate)|cheat(?:s|ed|er|ers|ing)?(?! sheet)|plagiari\w+|bluff\w*|"
    r"fabricat(?:es|ed|ing|ion|or)|"
    r"pretend(?:s|ed|ing)? to (?:have|know|be|understand)|pretend(?:s|ed|ing)? (?:that )?(?:he|she|they)|"
    r"fak(?:es|ed|ing) (?:\w+ )?(?:\w+ )?(?:experience|knowledge|answers?|numbers?|figures?|results?|resume|cv|it)",
    r"(?:makes|made|making) up (?:the |his |her |their |this |that |an? |most )?(?:\w+ )?"
    r"(?:numbers?|figures?|facts?|stor(?:y|ies)|experience|answers?|results?|parts?|bits?|details?|examples?|projects?|"
    r"pieces?|episodes?|cases?)(?! of)|"
    r"(?:makes|made|making) (?:it|this|that|things|everything|them|facts|numbers|figures|stories) up",
    r"pass(?:es|ed|ing)? (?:[\w']+ ){0,5}off (?:[\w']+ ){0,6}as|"
    r"invent(?:s|ed|ing) (?:the|this|these|those|his|her|their)(?! wheel)|"
    r"(?:^|(?<=[.;:] ))hides? (?:the fact )?that (?:no|the|he|she|they|it|nothing|nobody|there)|"
    r"invent(?:s|ed|ing) (?:(?:the|an?|his|her|their|this|that|most) )?(?:\w+ )?"
    r"(?:figures?|numbers?|stor(?:y|ies)|experience|answers?|facts?|project)",
    r"(?:copied|copies|copying|pasted|stole|steals|stolen|took|lifted|memori[sz]ed) (?:\w+ ){0,5}(?:from|off) "
    r"(?:the (?:internet|web|net)|stack ?overflow|google|chat ?gpt|github|somewhere|someone|another|a friend|"
    r"an? (?:textbook|manual|course|article|website|tutorial|blog|book|script|ai|chatbot|llm))",
    r"read(?:s|ing)? (?:\w+ ){0,3}(?:from|off) (?:an? |the |another )?(?:\w+ )?(?:script|screen|notes?|"
    r"teleprompter|phone)|"
    r"read(?:s|ing)? (?:out )?(?:his|her|prepared) answers?",
    r"(?:answers?|code|solution|response|words?|submission|reply) (?:\w+ ){0,5}"
    r"(?:generated|written|produced|made|fed|dictated) by "
    r"(?:an? |the |some)?(?:ai|chat ?gpt|llm|chatbot|language model|someone|somebody|one else|friend)|"
    r"ai[- ]generated (?:answers?|code|response|solution|text|reply)",
    r"(?:used|uses|using|with help (?:of|from)|helped by|consult(?:s|ed|ing)) (?:an? |the )?"
    r"(?:chat ?gpt|ai|llm|chatbot|copilot|search engine|google)(?: \w+){0,3} (?:interview|secretly|"
    r"while answering)",
    r"(?:secret|outside|hidden|forbidden|unauthori[sz]ed|illicit) help|secretly|was (?:coached|"
    r"prompted by someone)|"
    r"did(?: not|n't) (?:actually )?(?:write|do|solve|build) (?:\w+ ){0,3}(?:himself|herself|themselves|"
    r"themself|alone)|"
    r"(?:not|isn't|is not) (?:his|her|their) own (?:code|work|words|answer|solution|experience)",
    r"(?:project|incident|story|experience|job|role|team|meeting|outage|customer|company|any of (?:this|it|that))s? "
    r"(?:ha[sd] |have )?(?:\w+ly )?(?:ha[sd] |have )?never (?:really |actually )?(?:existed|happened|took place)"
    r"(?! (?:again|twice|since|before))|"
    r"(?:straight|right|word for word|taken|lifted) (?:out of|from) an? (?:\w+ )?"
    r"(?:manual|textbook|course|blog|website)|"
    r"not (?:credible|believable)|implausible claim|false claims?|exaggerat\w+|embellish\w*|"
    r"mislead(?:s|ing)? (?:the )?(?:interviewer|listener|panel|us)|fraudulent(?:ly)?(?= (?:answer|cv|resume|"
    r"claim))",
)

_READ: Final[Mapping[str, Mapping[str, list[str]]]] = tomllib.loads(
    Path(__file__).with_name("forbidden.toml").read_text(encoding="utf-8")
)
_PHRASES: Final = {kind: any_of(chain(*languages.values())) for kind, languages in _READ.items()}
_FAULTS: Final = {
    "traits": ClaimFault.TRAIT,
    "character": ClaimFault.CHARACTER,
    "verdicts": ClaimFault.VERDICT,
    "accusations": ClaimFault.ACCUSATION,
}


def forbidden(text: str, said: str) -> ClaimFault | None:
    """Find what a claim or a recommendation may never say; `said` are the lines it cites."""
    folded, held = _PHRASES["of_the_work"].sub("", fold(text)), fold(said)
    if _PERSON.search(folded) or _TRAIT_OF_CANDIDATE.search(folded):
        return ClaimFault.TRAIT
    # A topic of the candidate's own may be named: an app for the deaf, a model that finds cancer.
    if _says(_TRAIT, folded, held) or _says(persons.TRAIT, folded, held):
        return ClaimFault.TRAIT
    if _CHARACTER.search(folded) or _says(persons.CHARACTER, folded, held):
        return ClaimFault.CHARACTER
    # What the candidate speaks of may be repeated.
    if _says(_VERDICT, folded, held) or _says(persons.VERDICT, folded, held):
        return ClaimFault.VERDICT
    if _says(_ACCUSATION, folded, held) or _says(persons.ACCUSATION, folded, held):
        return ClaimFault.ACCUSATION
    for kind, fault in _FAULTS.items():
        if _says(_PHRASES[kind], folded, held):
            return fault
    return None


def _says(pattern: re.Pattern[str], folded: str, held: str) -> bool:
    return any(found.group() not in held for found in pattern.finditer(folded))
