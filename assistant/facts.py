"""The facts in a sentence that can be compared: amounts with their units, dates, times, and whether it says "not"."""

import re
from dataclasses import dataclass

from assistant.sentences import stems

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier jan", "february februar février feb", "march märz mars mar", "april avril apr",
            "may mai", "june juni juin jun", "july juli juillet jul", "august août aug",
            "september septembre sept sep", "october oktober octobre oct okt", "november novembre nov",
            "december dezember décembre dec dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<n2>{_MONTH})\b\.?,?(?:\s+(?P<y2>(?:19|20)\d\d))?"
    rf"|\b(?P<n3>{_MONTH})\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y3>(?:19|20)\d\d))?"
    rf"|\b(?P<d4>\d{{1,2}})\.(?P<m4>\d{{1,2}})\.(?P<y4>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))?\s*(?P<half>a\.?m\.?|p\.?m\.?)(?!\w)|\b(?P<h2>\d{1,2}):(?P<m2>\d\d)\b"
    r"|\b(?P<h3>\d{1,2})(?:[:.](?P<m3>\d\d))?\s*(?:uhr|h)\b",
    re.IGNORECASE,
)
_WORDS = {
    word: number
    for number, words in {
        1: "one ein eine einen un une", 2: "two zwei deux", 3: "three drei trois", 4: "four vier quatre",
        5: "five fünf cinq", 6: "six sechs", 7: "seven sieben sept", 8: "eight acht huit", 9: "nine neun neuf",
        10: "ten zehn dix", 11: "eleven elf onze", 12: "twelve zwölf douze", 13: "thirteen", 14: "fourteen vierzehn",
        15: "fifteen fünfzehn quinze", 16: "sixteen sechzehn seize", 18: "eighteen achtzehn",
        20: "twenty zwanzig vingt",
        24: "twenty-four", 25: "twenty-five", 28: "twenty-eight", 30: "thirty dreißig trente", 40: "forty vierzig",
        45: "forty-five", 50: "fifty fünfzig cinquante", 60: "sixty sechzig soixante", 90: "ninety neunzig",
        100: "hundred hundert cent",
    }.items()
    for word in words.split()
}  # fmt: skip
# Alone they are articles or parts of speech, and count only before a unit of time.
_ARTICLES = frozenset("one ein eine einen un une".split())
_UNITS = {
    unit: canonical
    for canonical, units in {
        "EUR": "€ eur euro euros", "USD": "$ usd dollar dollars us$", "GBP": "£ gbp pound pounds", "CHF": "chf franken",
        "%": "% percent prozent pour-cent pc", "minute": "minute minutes min minuten",
        "hour": "hour hours hr hrs stunde stunden heure heures", "day": "day days tag tage tagen jour jours",
        "week": "week weeks woche wochen semaine semaines", "month": "month months monat monate monaten mois",
        "year": "year years jahr jahre jahren an ans année années",
        "km": "km kilometre kilometres kilometer kilometers",
        "mile": "mile miles", "kg": "kg kilogram kilograms", "gb": "gb", "mb": "mb",
    }.items()
    for unit in units.split()
}  # fmt: skip
_TIMES = frozenset(("minute", "hour", "day", "week", "month", "year"))
_BETWEEN = "(?:working|business|calendar|consecutive|full|paid|more|further|aufeinanderfolgende)"
_NUMBER = re.compile(
    rf"(?P<before>[€$£]|\b(?:EUR|USD|GBP|CHF))?\s?"
    rf"(?P<number>\b\d{{1,3}}(?:[,.'\u00a0\u202f]\d{{3}})+(?:[.,]\d{{1,2}})?\b|\b\d+(?:[.,]\d+)?\b"
    rf"|\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b)"
    rf"(?:[-\s\u00a0]*(?:{_BETWEEN}[-\s]+)?(?P<unit>[€$£%]|[^\W\d_]+))?",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|cannot|neither|nor|nicht|kein|keine|keinen|keiner|nie|niemals|ne|n['’]|pas|jamais|aucun|aucune)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Facts:
    """`values` by kind, such as {"EUR": {180.0}}; without a unit the word behind a number is its kind, and a number
    that has neither, be it of a telephone or a section, is no fact."""

    values: dict[str, frozenset[object]]
    negated: bool

    def contradict(self, other: "Facts") -> bool:
        """A kind of which both speak and in no value of which they agree. Both must say "not", or neither."""
        common = self.values.keys() & other.values.keys()
        clear = any(not self.values[kind] & other.values[kind] for kind in common)
        return clear and self.negated == other.negated


def facts_of(text: str) -> tuple[Facts, str]:
    """The facts, and what is left of the sentence without them."""
    values: dict[str, set[object]] = {}
    rest = _taken(_DATE, text, values, _date)
    rest = _taken(_TIME, rest, values, _time)
    rest = _taken(_NUMBER, rest, values, _amount)
    denied = len(_NOT.findall(rest)) % 2 == 1
    return Facts({k: frozenset(v) for k, v in values.items()}, denied), _NOT.sub(" ", rest)


def _taken(pattern: re.Pattern[str], text: str, values: dict[str, set[object]], read) -> str:  # type: ignore[no-untyped-def]
    def take(match: re.Match[str]) -> str:
        fact = read(match)
        if fact is None:
            return match.group()
        kind, value, left = fact
        values.setdefault(kind, set()).add(value)
        return f" {left} "

    return pattern.sub(take, text)


def _date(match: re.Match[str]) -> tuple[str, object, str]:
    part = match.groupdict()
    day = int(part["d"] or part["d2"] or part["d3"] or part["d4"])
    name = part["n2"] or part["n3"]
    month = _MONTHS[name.casefold()] if name else int(part["m"] or part["m4"])
    year = part["y"] or part["y2"] or part["y3"] or part["y4"]
    return ("date" if year else "day of the year"), (year, month, day), ""


def _time(match: re.Match[str]) -> tuple[str, object, str]:
    part = match.groupdict()
    hour = int(part["h"] or part["h2"] or part["h3"])
    minute = int(part["m"] or part["m2"] or part["m3"] or 0)
    if part["half"] and part["half"][0] in "pP":
        hour = hour % 12 + 12
    elif part["half"]:
        hour %= 12
    return "time", (hour, minute), ""


def _amount(match: re.Match[str]) -> tuple[str, object, str] | None:
    said, unit = match["number"], (match["unit"] or "").casefold()
    before = (match["before"] or "").casefold()
    kind = _UNITS.get(before) or _UNITS.get(unit)
    if said.casefold() in _ARTICLES and kind not in _TIMES:
        return None
    if kind is None and re.fullmatch(r"(?:19|20)\d\d", said):
        return None  # a year, which belongs to what is spoken of
    value = _WORDS[said.casefold()] if said.casefold() in _WORDS else _number(said)
    # The unit is part of the fact, the word behind a bare number is what it is about.
    left = "" if unit in _UNITS else (match["unit"] or "")
    kind = kind or next(iter(stems(unit)), None)
    return (kind, value, left) if kind else None


def _number(said: str) -> float:
    """`1,000.50`, `1.000,50` and `1 000` alike."""
    plain = re.sub(r"['\u00a0\u202f]", "", said)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?", plain):
        head, tail = re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})+)(?:[.,](\d{1,2}))?", plain).groups()  # type: ignore[union-attr]
        return float(re.sub(r"[.,]", "", head) + (f".{tail}" if tail else ""))
    return float(plain.replace(",", "."))
