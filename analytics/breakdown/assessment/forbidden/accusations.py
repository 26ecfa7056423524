"""What a person did wrong: cheated, copied, invented, blamed others."""

from __future__ import annotations

from typing import Final

from analytics.breakdown.assessment.forbidden.subject import SUBJECT, whole

_ELSEWHERE: Final = (
    r"(?:assistant|model|colleague(?:'s)?|friend(?:'s)?|blog|book|course|video|tutorial|forum|repositor(?:y|ies)|"
    r"repo|teammate(?:'s)?|someone|somebody|internet|web)"
)

ACCUSATION: Final = whole(
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
