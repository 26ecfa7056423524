"""Whom to take, to reject or to promote."""

from __future__ import annotations

from typing import Final

from analytics.breakdown.assessment.forbidden.subject import SUBJECT, whole

_THEM: Final = r"(?:him|her|this (?:person|candidate|applicant|one)|the (?:candidate|applicant))"
_WHO: Final = r"(?:someone|somebody|person|candidate|applicant|one|man|woman|engineer|developer|colleague|profile|type)"
_HOUSE: Final = r"(?:team|company|rota|squad|department|firm|office|organi[sz]ation|startup|start-up|place|shop)"

VERDICT: Final = whole(
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
