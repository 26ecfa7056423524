"""Numbers in a text, in digits or English words, with their units, in one comparable form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import regex

from analytics.breakdown.assessment.shares import SCALES, Share, shares
from analytics.text import fold


class Number(NamedTuple):
    """A number: its value, unit ("" if none), the word after it, and its position.

    Values of the same measure are in its smallest unit: seconds, bytes. `stop` is the end of a range of values, for
    words such as "hundreds".
    """

    value: float
    measure: str
    noun: str
    start: int
    written: str
    stop: float = math.nan

    def equals(self, other: Number) -> bool:
        """Return whether both mean the same; a number without a unit matches any unit."""
        if not math.isnan(self.stop):
            return self.value <= other.value < self.stop
        if self.measure and other.measure and self.measure != other.measure:
            return False
        if bool(self.measure) != bool(other.measure) and _THINGS.match((self if other.measure else other).noun):
            return False
        if {self.measure, other.measure} == {"", "percent"} and 0 < min(self.value, other.value) < 1:
            # 0.75 is 75 percent.
            return math.isclose(100 * min(self.value, other.value), max(self.value, other.value), rel_tol=0.02)
        # A third is 33 percent.
        near = 0.02 if self.measure == other.measure == "percent" else 1e-9
        same = math.isclose(self.value, other.value, rel_tol=near)
        return same or (self.measure != other.measure and _bare(self) == _bare(other))


_SMALL: Final = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS: Final = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
_RANGES: Final = {"dozens": 12, "hundreds": 100, "thousands": 1_000, "millions": 1_000_000, "billions": 1_000_000_000}
_SUFFIXES: Final = {"k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}
_RATIOS: Final = {
    "twice": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0, "thrice": 3.0, "tripled": 3.0,
    "triples": 3.0, "tripling": 3.0, "quadrupled": 4.0, "halved": 0.5, "halves": 0.5, "halving": 0.5,
}  # fmt: skip
_UNITS: Final[dict[str, tuple[str, float]]] = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds", "millis"), ("time", 0.001)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("time", 1.0)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("time", 60.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("time", 3_600.0)),
    **dict.fromkeys(("day", "days"), ("time", 86_400.0)),
    **dict.fromkeys(("week", "weeks"), ("time", 604_800.0)),
    **dict.fromkeys(("fortnight", "fortnights"), ("time", 1_209_600.0)),
    **dict.fromkeys(("month", "months"), ("months", 1.0)),
    **dict.fromkeys(("year", "years"), ("months", 12.0)),
    **dict.fromkeys(("decade", "decades"), ("months", 120.0)),
    **dict.fromkeys(("kb", "kilobyte", "kilobytes"), ("bytes", 1e3)),
    **dict.fromkeys(("mb", "megabyte", "megabytes"), ("bytes", 1e6)),
    **dict.fromkeys(("gb", "gigabyte", "gigabytes"), ("bytes", 1e9)),
    **dict.fromkeys(("tb", "terabyte", "terabytes"), ("bytes", 1e12)),
    **dict.fromkeys(("%", "percent", "percentage"), ("percent", 1.0)),
    **dict.fromkeys(("dollar", "dollars", "usd", "euro", "euros", "eur", "pounds"), ("money", 1.0)),
}
_UNITS.update(
    (word, _UNITS[unit])
    for unit, words in {
        "second": "sekunden seconde secondes segundo segundos secondo secondi seconden секунда секунд секунды सेकंड",
        "minute": "minuten minuto minutos minuti minuut минута минут минуты минуту मिनट",
        "hour": "stunde stunden heure heures hora horas ora ore uur час часа часов घंटे घंटा",
        "day": "tage tagen jour jours día días dia dias giorno giorni dagen день дня дней दिन",
        "week": "woche wochen semaine semaines semana semanas settimana settimane weken неделя недели недель हफ्ते सप्ताह",
        "month": "monat monate monaten mois meses mesi maand maanden месяц месяца месяцев महीने",
        "year": "jahre jahren ans années años anni anos jaar год года лет साल वर्ष",
    }.items()
    for word in words.split()
)
# What is counted is no unit: two stores are not two hours.
_THINGS: Final = regex.compile(
    r"(?!(?:as|has|was|is|this|its|times|plus|us|less|thus|always|across)\b)[^\W\d_]{3,}(?<!s)s\b"
)
_WORD: Final = "|".join(sorted({*_SMALL, *_TENS, *SCALES}, key=len, reverse=True))
_FOUND: Final = regex.compile(
    r"(?<![\w.])(?P<digits>[-+]?\d++(?:[.,:]\d++)*+)(?P<unit>%|[a-z]+(?![\w]))?"
    r"(?:[ -](?P<scale>hundred|thousand|million|billion)\b)?"
    r"|\bp(?P<percentile>\d\d(?:\.\d+)?)\b"
    rf"|\b(?P<words>(?:a[ -](?=hundred|thousand|million|billion|dozen))?(?:{_WORD})(?:(?:[ -]and)?[ -](?:{_WORD})|"
    rf"[ ]point(?:[ ](?:{_WORD}))+)*)\b"
    r"|\b(?P<fortnight>a fortnight|a decade)\b"
    rf"|\b(?P<range>{'|'.join(_RANGES)})\b"
    rf"|\b(?P<ratio>{'|'.join(_RATIOS)}|by half|half as)\b(?!-)"
)
_NEXT: Final = regex.compile(r"[ -]?(%|[^\W\d_]+)(?:[ -]([^\W\d_]+))?")


# Among more numbers, two with any difference and any ratio are found.
_MOST_PAIRED: Final = 200


def numbers(text: str) -> list[Number]:
    """Return the numbers of a text in order."""
    whole = fold(text)
    read: list[Number] = []
    left: list[str] = []
    end = 0
    for share in shares(whole, _UNITS):
        read.append(_read_share(share, whole))
        left += (whole[end : share.start], " " * (share.end - max(share.start, end)))
        end = share.end
    folded = "".join((*left, whole[end:]))
    for match in _FOUND.finditer(folded):
        following = _NEXT.match(folded, match.end())
        nouns = [word for word in following.groups() if word] if following is not None else []
        if match["digits"] is not None:
            unit = match["unit"] or ""
            value = _value(match["digits"]) * _SUFFIXES.get(unit, 1) * SCALES.get(match["scale"] or "", 1)
            read.append(_number(match, value, [unit, *nouns] if unit in _UNITS else nouns))
        elif match["percentile"] is not None:
            read.append(_number(match, float(match["percentile"]), []))
        elif match["fortnight"] is not None:
            read.append(_number(match, 1.0, [match["fortnight"].split()[1]]))
        elif match["range"] is not None:
            least = _RANGES[match["range"]]
            read.append(_number(match, least, nouns)._replace(stop=least * 1_000.0))
        elif match["ratio"] is not None:
            read.append(Number(_RATIOS.get(match["ratio"], 0.5), "ratio", "", match.start(), match.group()))
        else:
            read.append(_number(match, _read_words(match["words"]), nouns))
    return sorted(read, key=lambda number: number.start)


def holds(held: Sequence[Number], claimed: Number) -> bool:
    """Return whether a number is among others, or, for a ratio, that of two of them."""
    if any(claimed.equals(number) or (not math.isnan(number.stop) and number.equals(claimed)) for number in held):
        return True
    if claimed.measure == "percent" and any(
        number.measure == "ratio" and number.value * 100 == claimed.value for number in held
    ):
        return True
    if claimed.measure != "ratio":
        return False
    held = held[:_MOST_PAIRED]
    # "Halved" also when 50 percent is said.
    if any(number.measure == "percent" and number.value == claimed.value * 100 for number in held):
        return True
    pairs = [(one.value, other.value) for one in held for other in held if other.value]
    return any(math.isclose(one / other, claimed.value, rel_tol=0.1) for one, other in pairs)


def is_difference(held: Sequence[Number], claimed: Number) -> bool:
    """Return whether a number is the difference of two others."""
    held = held[:_MOST_PAIRED]
    return any(
        math.isclose(one.value - other.value, claimed.value, rel_tol=1e-9)
        or math.isclose(_bare(one) - _bare(other), _bare(claimed), rel_tol=1e-9)
        for one in held
        for other in held
    )


def _number(match: regex.Match[str], value: float, nouns: Sequence[str]) -> Number:
    measure, factor = _UNITS.get(nouns[0], ("", 1.0)) if nouns else ("", 1.0)
    return Number(value * factor, measure, " ".join(nouns), match.start(), match.group())


def _read_share(share: Share, folded: str) -> Number:
    measure, factor = _UNITS.get(share.unit, (share.unit, 1.0))
    noun = f"percent {share.noun}" if measure == "percent" else share.noun
    return Number(share.value * factor, measure, noun, share.start, folded[share.start : share.end])


def _bare(number: Number) -> float:
    # The value as it was written, before its unit: "140 of 180 ms" is about 140 ms.
    factor = _UNITS[number.noun.split()[0]][1] if number.measure and number.measure != "ratio" else 1.0
    return round(number.value / factor, 9)


def _value(digits: str) -> float:
    if regex.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    parts = regex.split(r"[.,:]", digits.lstrip("+-"))
    if len(parts) == 2 and ":" not in digits:
        return float(".".join(parts))
    # What is no plain number, as 3:30 or 1.2.3, is the number of all its digits, which nothing else equals.
    return float("".join(parts)) if len(parts) == 1 else float("".join(parts)) + 0.5 / len(parts)


def _read_words(written: str) -> float:
    total, current = 0, 0
    whole, _, decimals = written.replace("-", " ").partition(" point ")
    for word in whole.split():
        if word in SCALES:
            scale = SCALES[word]
            current = max(current, 1) * scale
            if scale >= 1_000:
                total, current = total + current, 0
        else:
            current += _SMALL.get(word, _TENS.get(word, 0))
    fraction = "".join(str(_SMALL.get(word, "")) for word in decimals.split())
    return float(f"{total + current}.{fraction or 0}")
