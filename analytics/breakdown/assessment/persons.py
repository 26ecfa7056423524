"""English patterns for what is said of a person: who they are, what they are like, whom to take, what they did wrong.

Each needs more than a word, for the words alone are also said of the work.
"""

from __future__ import annotations

import re
from typing import Final, LiteralString


def whole(*alternatives: LiteralString) -> re.Pattern[str]:
    """Compile alternatives, written in the program, that match whole words only."""
    return re.compile("|".join(rf"(?<!\w)(?:{alternative})(?!\w)" for alternative in alternatives))


# The candidate as the subject; claims leave the subject out at the beginning.
SUBJECT: Final = (
    r"(?:^|(?<=[.;:] )|(?<=[.;:,] )(?:and |but )?|\b(?:candidate|applicant|interviewee|person|speaker|he|she|"
    r"who|someone)"
    r"(?:'s)? (?:also |probably |clearly |obviously )?)"
)
SEEMS: Final = (
    r"(?:is|are|was|were|be|being|seem(?:s|ed)?|appear(?:s|ed)?|sound(?:s|ed)?|look(?:s|ed)?|"
    r"c(?:ome|omes|ame) (?:across|over)|strikes one)(?: to be| like| as)*(?: an?| the)?"
    r"(?: (?:\w+ly|too|very|rather|quite|so|not|a bit|a little|somewhat|just|still|plain|more))*"
)
_THEM: Final = r"(?:him|her|this (?:person|candidate|applicant|one)|the (?:candidate|applicant))"
_WHO: Final = r"(?:someone|somebody|person|candidate|applicant|one|man|woman|engineer|developer|colleague|profile|type)"
_HOUSE: Final = r"(?:team|company|rota|squad|department|firm|office|organi[sz]ation|startup|start-up|place|shop)"
_GUESSED: Final = r"(?:must be|may be|might be|probably|surely|clearly|perhaps|looks?|seems?|sounds?|is)"

TRAIT: Final = whole(
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
CHARACTER: Final = whole(
    rf"{SUBJECT}(?:{SEEMS} )?too (?:proud|vain|shy|timid|stubborn|soft|naive|emotional|sensitive|"
    rf"full of|self-\w+) ?\w*",
    r"lack(?:s|ing)? (?:\w+ )?(?:backbone|spine|guts|courage|nerve|humility|grit|stamina|manners|warmth|charisma|"
    r"self-confidence|self-awareness)",
    r"know-?it-?all|show-?off|loudmouth|loner|control freak|yes-?man|people[- ]pleaser|team player|troublemaker|"
    r"quitter|whiner|braggart|snob|pedant|procrastinator|boast(?:s|ed|ing|ful)?|brag(?:s|ged|ging)",
    rf"{SUBJECT}(?:{SEEMS} )?(?:stubborn|obstinate|pig-headed|aloof|bossy|pushy|whiny|moody|hot-?headed|touchy|"
    r"thin-skinned|stuck-up|vain|pompous|self-(?:centred|centered|important|absorbed|satisfied|righteous)|"
    r"patroni[sz]ing|condescending|unreliable|likeable|charming|humble|loyal|ambitious|diligent|hard-?working|"
    r"lackadaisical|gullible)(?= ?[,.;:]|$| and | but | about | towards? | person)",
    r"(?:his|her|their) (?:\w+ )?(?:ego|pride|vanity|stubbornness|temper|cowardice)",
)
VERDICT: Final = whole(
    rf"{SUBJECT}(?:would|will|could|might|may|can)(?: not|n't| never| hardly| barely| probably| surely| easily| soon)* "
    r"(?:survive|last|cope|thrive|struggle|flourish|fit in|keep up|get through)"
    r"(?= (?:in|on|at|here|with|among|through|an?|our|the|this|one|probation|much) ?|[.,;]|$)",
    rf"(?:bring|take|have|get|want|welcome|see)(?:ing)? {_THEM} (?:on ?board|aboard|(?:on|in|"
    rf"into) (?:our|my|the) {_HOUSE}|"
    r"back|again|join|as an? (?:lead|senior|manager|colleague|junior))",
    r"(?:work|working|share an office|be on call) with (?:this|the) (?:person|candidate|applicant)|(?:shows?|has|with) "
    r"(?:\w+ )?(?:leadership|managerial|management|executive) (?:potential|qualities|material)|"
    r"(?:leadership|managerial|executive) potential",
    r"(?:ready|due|ripe|overdue|fit|good enough|deserving|recommended) (?:for|of) (?:an? |the )?(?:\w+ )?"
    r"(?:promotion|raise|pay rise)|(?:can|could|should|must|will|deserves to) be promoted",
    rf"{SUBJECT}(?:is |would be |may be |might be |probably )*(?:better|best) (?:placed|off|suited|employed|at home) "
    r"(?:in|as|at|with|elsewhere|outside|somewhere|among)",
    rf"(?:not|hardly|never|just|exactly|precisely) (?:quite )?(?:someone|somebody|an? {_WHO}|the (?:right )?{_WHO}) "
    rf"(?:to (?:have|take|keep|hire|put)|for (?:the|our|an?|this|that|us|me)|we|i|you|who (?:fits|belongs))",
    rf"(?:we|you|they) (?:can|may|should|could) stop (?:looking|searching|interviewing)|"
    rf"(?:don't|do not|should not|shouldn't|cannot|can't|must not) (?:let|lose|miss) {_THEM}|"
    rf"(?:keep|sign|snap|grab|invite|reject|decline|employ|"
    rf"recruit)(?:ing)? (?:up )?{_THEM}(?= [.,;]|[.,;]|$| up| back| now|"
    r" before| while| again| tomorrow| today)",
    r"(?:pass|fail|get through|survive|finish|extend|through|during) (?:our |the |an? |his |her |their )?probation\w*"
    r"(?: period)?",
    rf"(?:sign|send|give|offer|hand|write)(?:ing|s)? {_THEM} (?:the|an?|our) (?:\w+ )?(?:contract|offer|job|place|post|"
    r"position|seat)",
    r"(?:one|someone|candidate|name|belongs|put) (?:\w+ ){0,2}(?:for|on|in) (?:the|our|an?) "
    r"(?:reserve|short|waiting|wait|talent)[- ]?(?:list|pool)",
    rf"{SUBJECT}(?:would |might |clearly |does not |doesn't )*(?:belongs?|be happier|do better) (?:in|at|with|on) "
    rf"(?:an? |our |another |the |this )?(?:\w+ )?(?:{_HOUSE}|industry|profession|trade|job|role)",
    r"(?:should|could|must|might) (?:start|begin|stay|remain)(?: out)? as an? (?:\w+ )?(?:intern|junior|trainee|"
    r"apprentice|senior|lead)|an? (?:intern|junior|trainee|apprentice) at (?:most|best)",
    rf"{SUBJECT}(?:is |not |well |hardly )*worth (?:a second (?:look|interview|chat|chance)|the (?:money|risk|salary)|"
    r"our time|meeting again|keeping)",
)
_ELSEWHERE: Final = (
    r"(?:assistant|model|colleague(?:'s)?|friend(?:'s)?|blog|book|course|video|tutorial|forum|repositor(?:y|ies)|"
    r"repo|teammate(?:'s)?|someone|somebody|internet|web)"
)
ACCUSATION: Final = whole(
    rf"(?:copied|lifted|stole|stolen|pinched|cribbed|nicked)(?: [\w'-]+){{0,6}} from (?:an? |the |"
    rf"some |another )?{_ELSEWHERE}",
    r"(?:takes?|took|taking|claims?|claiming|steals?|reaps?|pockets?|collects?) (?:[\w']+ ){0,3}(?:praise|merit|glory|"
    r"laurels|applause|credit(?! (?:card|limit|note|rating|score|check|line)))",
    rf"{SUBJECT}(?:is|was|keeps|seems? to be|appears? to be) (?:\w+ )?(?:hiding|concealing|withholding|evading|posing|"
    r"showing off|play-?acting)",
    r"(?:makes?|made|making|full of|only|nothing but) (?:\w+ )?excuses",
    r"(?<!without )(?<!not )(?<!never )(?<!than )(?<!of )blam(?:es|ing|ed) (?:the |his |her |their )?"
    r"(?:others?|everyone|everybody|colleagues?|team|teammates?|managers?|boss|other people)",
    r"(?:dodg|shirk|evad)(?:es|ing|ed|s) (?:the |any |all )?(?:responsibility|blame|accountability|ownership)|"
    r"pass(?:es|ed|ing) the buck",
    r"(?:pure|sheer|complete|total|mere|plain) (?:fiction|invention|fantasy|fabrication|lies?|bluster)|"
    r"(?:fictional|fictitious|too good to be true|fishy)|(?:looks?|sounds?|seems?) (?:\w+ )?(?:made[- ]up|invented|"
    r"unbelievable|dubious|doctored)",
    r"(?:next to|behind|beside|near|off) (?:the |his |her )?(?:camera|webcam|microphone)|"
    r"dictat(?:es|ed|ing) (?:the |his |her |every )?(?:answers?|repl(?:y|ies)|words?)",
)
