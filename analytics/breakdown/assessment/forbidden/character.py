"""What a person is like."""

from __future__ import annotations

from typing import Final

from analytics.breakdown.assessment.forbidden.subject import SEEMS, SUBJECT, whole

CHARACTER: Final = whole(
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
# Words that also fit the work: what the cited lines say may be repeated.
CHARACTER_UNLESS_SAID: Final = whole(
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
