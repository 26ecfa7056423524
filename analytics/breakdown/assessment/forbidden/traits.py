"""Who a person is: origin, family, health, age, faith, and how they look or sound."""

from __future__ import annotations

import re
from typing import Final

from analytics.breakdown.assessment.forbidden.subject import SEEMS, SUBJECT, whole

_ATTACHED: Final = (
    rf"(?:{SUBJECT}(?:has|have|had|speaks? with|suffers? from|is|was)|his|her|candidate's|applicant's|due to|"
    rf"because of|"
    r"despite|given|seems?|appears?|sounds?|looks?|likely|probably|possibly|signs of|hints? at|as an?|"
    r"being)(?: \w+){0,2} "
)
_GUESSED: Final = r"(?:must be|may be|might be|probably|surely|clearly|perhaps|looks?|seems?|sounds?|is)"

# Never about the work unless the candidate speaks of it, and then only as a subject, not of the candidate.
_TOPICS: Final = (
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
# A topic of the candidate's own may be named: an app for the deaf, a model that finds cancer.
TOPIC: Final = whole(
    _TOPICS,
    # Where from.
    r"(?:grew|growing) up|raised (?:on|in|near) (?:an? |the )?(?:\w+ )?(?:farm|village|city|town|country\w*|suburbs?)|"
    r"(?:village|country|farm|small-town|provincial|rural) (?:boy|girl|lad|kid|folk|roots|background|upbringing)|"
    r"(?:people|someone|somebody|person|folks?) from (?:the|an?|some|another) (?:\w+ )?"
    r"(?:south|north|east|west|country\w*|village|province|city|region|farm|coast)|"
    r"(?:native|citizen|national) of (?:this|that|another|our|the) \w+|not (?:born|raised|from) (?:around )?here",
    rf"{SUBJECT}(?:was|were) (?:born|raised)|(?:his|her) (?:dialect|idioms|passport|visa)",
    r"(?:speaks?|talks?|sounds?|writes?|behaves?|dresses|thinks?|acts?) (?:more )?like an? (?:\w+ )?(?:immigrant|"
    r"foreigner|tourist|teenager|child|schoolboy|schoolgirl|pensioner|grand\w+|local|peasant|farmer|soldier|girl|boy)",
    # How they sound and look.
    r"(?:soft|deep|shaky|trembling|high-pitched|nasal|squeaky|monoton\w+|shrill|thin|hoarse|booming|quiet|weak|tired) "
    r"(?:speaking )?(?:voice|intonation|tone of voice)|(?:high-pitched|monoton\w+|shaky|"
    r"nasal) (?:delivery|tone|speech)|"
    r"(?:his|her|candidate's|applicant's) (?:[\w-]+ )?(?:voice|face|smile|eyes|hair|clothes|beard|posture|body|"
    r"pronunciation|intonation|pitch)",
    # How old.
    rf"{_GUESSED} (?:well |already )?(?:close to|near|nearing|past|approaching|over|around|under) "
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|retirement)|(?:youngster|pensioner|zoomer|old-timer|digital native)s?|"
    r"(?:fresh|straight|just) out of (?:school|university|college)",
    # Family and health.
    r"family (?:man|woman)|newborns?|(?:single|stay-at-home|busy|divorced) (?:dad|mum|mom|mother|father|parent)s?|"
    r"(?:caring for|looking after) (?:an? |the |his |her )?(?:\w+ )?(?:newborn|baby|child\w*|relatives?)|"
    r"(?:his|her) (?:fianc\w+|in-laws|pregnancy)|bachelor(?!'s| degree| thesis| of)|sleep-deprived|widow(?:ed|er)?",
)
TOPIC_OF_CANDIDATE: Final = re.compile(rf"\b{_ATTACHED}(?:{_TOPICS})(?!\w)|{SUBJECT}{SEEMS} (?:{_TOPICS})(?!\w)")
# Words with a second meaning in this work, only as said of a person.
PERSON: Final = whole(
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
