"""Number words of languages other than English, converted to digits for comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import regex

# Rules for seven languages, kept up to date; no model.
from text_to_num import alpha2digit  # type: ignore[import-untyped] # it has no types

from analytics.breakdown.assessment.numbers import Number, numbers
from analytics.text import fold

# Short words by which a language is told.
_COMMON: Final = {
    "en": "the and of to in is that it was for with as his her by not are from this have had who what how when but a i",
    "de": "der die das und ist nicht wir ich mit ein eine auf für den dem im zu nach aber wie sie es von war hat als",
    "fr": "le la les et est pas nous je avec un une dans pour des du au aux mais il elle que qui était avait en y a",
    "es": "el la los las y es no nosotros yo con un una en para del al pero que era había cada de por se lo su sin",
    "it": "il lo la gli e è non noi io con un una in per del della al ma che chi era aveva dopo prima di da si i ci a",
    "pt": "o a os as e é não nós eu com um uma em para do da dos das ao mas que quem era tinha cada de por se no na",
    "nl": "de het een en is niet wij we ik met op voor naar maar hoe zij van zich was heeft er per bij dat die als",
}
_LANGUAGES: Final = {
    word: [language for language, words in _COMMON.items() if word in words.split()]
    for word in " ".join(_COMMON.values()).split()
}
_PERCENT: Final = regex.compile(
    r"\b(?:prozent|pour ?cent|por ?ciento|per ?cento|por cento|procent|процент(?:а|ов|ы|у|ам|ами|ах|ом|е)?)\b"
    r"|प्रतिशत|फ़?ीसदी|パーセント"
)
# Nouns that hold a number, as "dozen" does.
_GROUPS: Final = {
    10: "dizaine|decena|dezena|decina",
    12: "dutzend|douzaines?|docenas?|dozzin[ae]|dúzias?|dozijn|дюжин[аыу]?",
    15: "quinzaine|quincena|quinzena|quindicina",
    20: "vingtaine|veintena|ventina|vintena",
    30: "trentaine|treintena|trentina",
    50: "cinquantaine|cincuentena|cinquantina",
    100: "centaine|centenar|centena|centinaio",
    1_000: "millier|millar|milhar|migliaio",
}
_GROUP: Final = regex.compile("|".join(rf"\b(?P<n{value}>{words})\b" for value, words in _GROUPS.items()))
# Words for two are left as they are by the rules; before a measure of time they are a number.
_TWO: Final = regex.compile(
    r"\b(?:zwei|deux|dos|due|dois|duas|twee|dwa|dwie)"
    r"(?= (?:sekunden|minuten|stunden|tagen?|wochen|monaten?|jahren?|secondes|minutes|heures|jours|semaines|mois|ans|"
    r"segund[oi]s?|minut[oi]s?|horas|d[ií]as|semanas|meses|a[nñ]os|ore|giorni|settimane|mesi|anni|uur|dagen|weken|maanden)\b)"
)
_OF_ANSWER: Final = (
    r"(?! (?:(?:der|des|von|vom|de|du|des|la|le|les|l'|da|do|das|dos|del|las|los|van) ?){0,2}"
    r"(?:frage|antwort|aufgabe|question|réponse|pregunta|respuesta|pergunta|resposta|domanda|risposta|vraag|antwoord))"
)
_PARTS: Final = {
    "50": "hälfte|moitié|mitad|metade|metà|helft",
    "67": "zwei drittel|deux tiers|dos tercios|dois terços|due terzi",
    "75": "drei viertel|trois quarts|tres cuartos|três quartos|tre quarti",
    "33": "ein drittel|un tiers|un tercio|um terço|un terzo",
    "25": "ein viertel|un quart|un cuarto|um quarto|la cuarta parte",
}
_PART: Final = regex.compile("|".join(rf"\b(?P<p{value}>{words})\b{_OF_ANSWER}" for value, words in _PARTS.items()))
_LETTERS: Final = regex.compile(r"[^\W\d_]+")
# Thousands as languages other than English write them: 5.000, 5 000.
_THOUSANDS: Final = regex.compile(r"(?<![\w.,]|\d )\d{1,3}(?:([. ])\d{3})(?:\1\d{3})*(?![\w]|[.,]\d)")

_HAN_DIGITS: Final = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_HAN_SCALES: Final = {
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "亿": 100_000_000,
    "億": 100_000_000,
}
_HAN_SIGNS: Final = "".join((*_HAN_DIGITS, *_HAN_SCALES))
# A single sign is a number only before what is counted; 一 alone is "a", and some pairs are words.
_HAN: Final = regex.compile(
    rf"(?P<percent>百分之)?(?<![{_HAN_SIGNS}第])(?P<number>(?!(?:万一|千万|十分|百分|一一)(?![{_HAN_SIGNS}]))[{_HAN_SIGNS}]{{2,}}|"
    rf"(?<=百分之)[{_HAN_SIGNS}]|[二三四五六七八九十百千两兩](?=[个個人名位天日周週月年次回台張张件本条項项倍秒分小时時か割%])(?!(?<=十)分(?!钟|鐘|間)))"
    rf"(?P<tenths>割)?"
)
_HAN_UNITS: Final = {
    "秒": "s", "分钟": "min", "分鐘": "min", "分間": "min", "小时": "h", "小時": "h", "時間": "h",
    "天": "days", "日間": "days",
    "周": "weeks", "週間": "weeks", "个月": "months", "個月": "months", "か月": "months", "年": "years",
}  # fmt: skip
_COUNTED: Final = regex.compile(rf"(?<=\d) ?({'|'.join(sorted(_HAN_UNITS, key=len, reverse=True))})")
_BESIDE: Final = regex.compile(r"(?<=[\p{Han}\p{Kana}\p{Hira}])(?=\d)|(?<=\d)(?=[\p{Han}\p{Kana}\p{Hira}])")

# Of each Russian number the stem and what it may end with.
_RUSSIAN: Final = {
    2: "дв(?:а|е|ух|ум)", 3: "тр(?:и|[её]х)", 4: "четыр(?:е|[её]х)", 5: "пят(?:ь|и|ью)", 6: "шест(?:ь|и|ью)",
    7: "сем(?:ь|и|ью)",
    8: "вос(?:емь|ьми)", 9: "девят(?:ь|и|ью)", 10: "десят(?:ь|и|ью)", 11: "одиннадцат(?:ь|и)", 12: "двенадцат(?:ь|и)",
    13: "тринадцат(?:ь|и)", 14: "четырнадцат(?:ь|и)", 15: "пятнадцат(?:ь|и)", 16: "шестнадцат(?:ь|и)",
    17: "семнадцат(?:ь|и)", 18: "восемнадцат(?:ь|и)", 19: "девятнадцат(?:ь|и)", 20: "двадцат(?:ь|и)",
    30: "тридцат(?:ь|и)", 40: "сорока?", 50: "пят(?:ьдесят|идесяти)", 60: "шест(?:ьдесят|идесяти)",
    70: "сем(?:ьдесят|идесяти)", 80: "вос(?:емьдесят|ьмидесяти)", 90: "девяност[оа]", 100: "ст[оа]",
    200: "двести|двухсот",
    300: "тр(?:иста|[её]хсот)", 400: "четыр(?:еста|[её]хсот)", 500: "пят(?:ьсот|исот)", 600: "шест(?:ьсот|исот)",
    700: "сем(?:ьсот|исот)", 800: "вос(?:емьсот|ьмисот)", 900: "девят(?:ьсот|исот)",
    1_000: "тысяч(?:а|и|у)?", 1_000_000: "миллион(?:а|ов)?", 1: "один|одна|одно|одного|одной",
}  # fmt: skip
# Every Hindi number below a hundred has a word of its own.
_HINDI: Final = dict(enumerate((
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस बाईस तेईस चौबीस "
    "पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस चालीस इकतालीस बयालीस "
    "तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर "
    "अठहत्तर उनासी अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी नब्बे इक्यानवे बानवे तिरानवे चौरानवे "
    "पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
).split())) | {100: "सौ", 1_000: "हज़ार", 100_000: "लाख", 10_000_000: "करोड़"}  # fmt: skip
_FURTHER_HINDI: Final = {"पांच": 5, "छः": 6, "पन्द्रह": 15, "हजार": 1_000, "करोड": 10_000_000}


def readings(text: str) -> list[str]:
    """Return a text with its number words as digits, one reading for each language it may be in.

    Of a language it does not know nothing changes. Words for one alone are left: they also say "a".
    """
    folded = " ".join(_spelt(_han(_GROUP.sub(_group_value, _PERCENT.sub("%", _parts(fold(text)))))).split())
    languages = _languages(folded)
    if languages:
        folded = _THOUSANDS.sub(lambda match: match.group().replace(match[1], ""), folded)
    return [str(alpha2digit(folded, language)) for language in languages] or [folded]


def list_numbers(said: Sequence[str]) -> list[Number]:
    """Return all numbers in some pieces of a transcript, in digits or in words of any known language."""
    return [number for piece in said for reading in readings(piece) for number in numbers(reading)]


def language_of(text: str) -> str:
    """Return the language of a text by its short words or its script; empty where more than one may be it."""
    if regex.search(r"\p{Han}", text):
        return "zh"
    folded = fold(text)
    found = _languages(folded)
    if found:
        return found[0] if len(found) == 1 else ""
    return "en" if set(_LETTERS.findall(folded)).intersection(_COMMON["en"].split()) else ""


def _parts(folded: str) -> str:
    folded = _PART.sub(lambda match: f"{str(match.lastgroup)[1:]} %", folded)
    return str(_TWO.sub("2", folded))


def _group_value(match: regex.Match[str]) -> str:
    return str(match.lastgroup)[1:]


def _languages(folded: str) -> list[str]:
    found = dict.fromkeys(_COMMON, 0)
    for word in _LETTERS.findall(folded):
        for language in _LANGUAGES.get(word, ()):
            found[language] += 1
    most = max(found.values())
    if not most or found["en"] == most:
        return []
    return [language for language, count in found.items() if count == most]


def _han(text: str) -> str:
    def digits(match: regex.Match[str]) -> str:
        value = _han_value(match["number"])
        part = " %" if match["tenths"] or match["percent"] else ""
        return f" {value * 10 if match['tenths'] else value}{part} "

    text = _HAN.sub(digits, text)
    text = _COUNTED.sub(lambda match: f" {_HAN_UNITS[match[1]]} ", text)
    return str(_BESIDE.sub(" ", text))


def _han_value(signs: str) -> int:
    if not any(sign in _HAN_SCALES for sign in signs):
        return int("".join(str(_HAN_DIGITS[sign]) for sign in signs))
    total, part, digit = 0, 0, 0
    for sign in signs:
        if sign in _HAN_DIGITS:
            digit = _HAN_DIGITS[sign]
        elif (scale := _HAN_SCALES[sign]) >= 10_000:
            total, part, digit = total + max(part + digit, 1) * scale, 0, 0
        else:
            part, digit = part + max(digit, 1) * scale, 0
    return total + part + digit


_WORDS: Final = {word: value for value, word in _HINDI.items()} | _FURTHER_HINDI
_RUSSIAN_WORD: Final = regex.compile("|".join(rf"(?P<n{value}>{words})" for value, words in _RUSSIAN.items()))
_SPELT: Final = regex.compile(r"[\p{Cyrillic}\p{Devanagari}]+")


def _word_value(word: str) -> int | None:
    if word in _WORDS:
        return _WORDS[word]
    match = _RUSSIAN_WORD.fullmatch(word)
    return int(match.lastgroup[1:]) if match is not None and match.lastgroup else None


def _spelt(text: str) -> str:
    found = [
        (match.start(), match.end(), value)
        for match in _SPELT.finditer(text)
        if (value := _word_value(match.group())) is not None
    ]
    for start, end, value in reversed(list(_join_runs(text, found))):
        text = f"{text[:start]}{value}{text[end:]}"
    return text


def _join_runs(text: str, found: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    runs: list[list[tuple[int, int, int]]] = [[found[0]]] if found else []
    for before, word in pairwise(found):
        if text[before[1] : word[0]].strip(" -"):
            runs.append([word])
        else:
            runs[-1].append(word)
    for run in runs:
        total, part = 0, 0
        for _, _, value in run:
            if value >= 1_000:
                total, part = total + max(part, 1) * value, 0
            else:
                part = max(part, 1) * 100 if value == 100 and part < 10 else part + value
        if total + part != 1:
            yield run[0][0], run[-1][1], total + part
