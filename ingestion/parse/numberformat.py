"""A spreadsheet's number as its reader sees it: percent, currency, date or so many decimals, by its format code."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

# The codes that files only name by number; those that follow the reader's country are dates in ISO's order.
BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0;-#,##0",
    42: "#,##0;-#,##0", 43: "#,##0.00;-#,##0.00", 44: "#,##0.00;-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
BUILT_IN |= dict.fromkeys([*range(27, 37), *range(50, 59)], "yyyy-mm-dd")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|(?P<half>AM/PM|A/P)"
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|e+|g+|b+)|(?P<digits>[0#?][0#?,. /]*[0#?]|[0#?][.,]*|\.[0#?]+)"
    r"|(?P<power>E[+-][0#?]+)|(?P<general>General)|(?P<other>.)",
    re.I | re.S,
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_DAY = 2_958_466  # 10000-01-01


def shown(number: float, code: str, *, since_1904: bool = False) -> str:
    """The number under the format; as it is written where the format says nothing about it."""
    try:
        return _shown(number, code, since_1904)
    except (ValueError, OverflowError, InvalidOperation):
        return plain(number)


def plain(number: float) -> str:
    """Without a format: whole numbers whole, others to the digits that a cell would show."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return format(number, ".10g")


def is_date(code: str) -> bool:
    return any(kind in ("date", "elapsed", "half") for kind, _ in _tokens(_sections(code)[0]))


def _shown(number: float, code: str, since_1904: bool) -> str:
    parts = _sections(code)
    part = parts[0]
    if number < 0 and len(parts) > 1:
        part, number = parts[1], -number
    elif number == 0 and len(parts) > 2:
        part = parts[2]
    tokens = _tokens(part)
    kinds = {kind for kind, _ in tokens}
    if kinds & {"date", "elapsed", "half"}:
        return _date(number, tokens, since_1904)
    if "digits" not in kinds:
        words = "".join(plain(number) if kind == "general" else text for kind, text in tokens)
        return words.strip() if "general" in kinds or words.strip(" @") else _bare(number, part)
    return _number(number, tokens)


def _bare(number: float, part: str) -> str:
    """An empty section hides the number on purpose; "@" shows it as it is."""
    return plain(number) if "@" in part or not part else ""


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[str, ...]:
    parts: list[str] = [""]
    quoted = False
    at = 0
    while at < len(code):
        char = code[at]
        if char == "\\":
            parts[-1] += code[at : at + 2]
            at += 2
            continue
        quoted ^= char == '"'
        if char == ";" and not quoted:
            parts.append("")
        else:
            parts[-1] += char
        at += 1
    return tuple(parts)


@lru_cache(maxsize=512)
def _tokens(part: str) -> tuple[tuple[str, str], ...]:
    tokens = []
    for found in _TOKEN.finditer(part):
        kind = found.lastgroup or ""
        text = found.group(kind) if kind else ""
        if kind in ("quoted", "escaped", "currency", "other"):
            kind = "percent" if kind == "other" and text == "%" else "text"
        if kind:
            tokens.append((kind, text))
        elif found.group().startswith("_"):
            tokens.append(("text", " "))
    return tuple(tokens)


def _number(number: float, tokens: tuple[tuple[str, str], ...]) -> str:
    digits = "".join(text for kind, text in tokens if kind == "digits").replace(" ", "")
    if "/" in digits:
        return plain(number)
    value = Decimal(repr(number)) * 100 ** sum(1 for kind, _ in tokens if kind == "percent")
    whole, _, decimals = digits.rpartition(".") if "." in digits else (digits, "", "")
    scale = len(whole) - len(whole.rstrip(",")) if not decimals else len(decimals) - len(decimals.rstrip(","))
    value /= Decimal(1000) ** scale
    least, most = decimals.count("0"), sum(decimals.count(mark) for mark in "0#?")
    if power := next((text for kind, text in tokens if kind == "power"), ""):
        body = format(value, f".{most}E").replace("E+", "E+0" if len(power) > 3 else "E+")
        return _place(tokens, body, value < 0)
    rounded = abs(value).quantize(Decimal(1).scaleb(-most), rounding=ROUND_HALF_UP)
    body = format(rounded, ",f" if "," in whole.rstrip(",") else "f")
    if most > least and "." in body:
        kept = len(body) - (most - least)
        body = body[:kept] + body[kept:].rstrip("0")
        body = body.rstrip(".")
    before, dot, after = body.partition(".")
    body = before.zfill(whole.count("0")) + dot + after if "," not in before else body
    return _place(tokens, body, value < 0 and rounded != 0)


def _place(tokens: tuple[tuple[str, str], ...], body: str, negative: bool) -> str:
    """The digits where the format has its first place for them, with the words around."""
    parts, placed = [], False
    for kind, text in tokens:
        if kind == "digits":
            parts.append("" if placed else body)
            placed = True
        elif kind in ("text", "percent"):
            parts.append(text)
    return ("-" if negative else "") + " ".join("".join(parts).split())


def _date(number: float, tokens: tuple[tuple[str, str], ...], since_1904: bool) -> str:
    if not 0 <= number < _LAST_DAY:
        return plain(number)
    seconds = round(number * 86400)
    if any(kind == "date" and "." in text for kind, text in tokens):
        seconds = number * 86400  # type: ignore[assignment]
    # Excel believes in a 29 February 1900; from March of that year its days are those of the calendar.
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31 if number < 60 else 30)
    moment = start + timedelta(seconds=seconds)
    half = any(kind == "half" for kind, _ in tokens)
    parts = []
    for at, (kind, text) in enumerate(tokens):
        if kind == "date":
            parts.append(_date_part(moment, text.lower(), _is_minutes(tokens, at), half))
        elif kind == "elapsed":
            per = {"h": 3600, "m": 60, "s": 1}[text[0].lower()]
            parts.append(str(int(seconds // per)).zfill(len(text)))
        elif kind == "half":
            parts.append("AM" if moment.hour < 12 else "PM")
        elif kind in ("text", "digits"):
            parts.append(text if kind == "text" else "")
    return " ".join("".join(parts).split())


def _is_minutes(tokens: tuple[tuple[str, str], ...], at: int) -> bool:
    """An m after hours or before seconds is minutes, else a month."""
    if tokens[at][1][0].lower() != "m":
        return False
    clock = [
        (place, text[0].lower()) for place, (kind, text) in enumerate(tokens) if kind in ("date", "elapsed")
    ]
    before = [mark for place, mark in clock if place < at]
    after = [mark for place, mark in clock if place > at]
    return (bool(before) and before[-1] == "h") or (bool(after) and after[0] == "s")


def _date_part(moment: datetime, text: str, minutes: bool, half: bool) -> str:
    mark, size = text[0], len(text)
    if mark in ("y", "e"):
        return str(moment.year) if size > 2 or mark == "e" else f"{moment.year % 100:02}"
    if mark == "m" and minutes:
        return str(moment.minute).zfill(min(size, 2))
    if mark == "m":
        name = _MONTHS[moment.month - 1]
        return {1: str(moment.month), 2: f"{moment.month:02}", 3: name[:3], 5: name[0]}.get(size, name)
    if mark == "d":
        name = _DAYS[moment.weekday()]
        return {1: str(moment.day), 2: f"{moment.day:02}", 3: name[:3]}.get(size, name)
    if mark == "h":
        hour = (moment.hour % 12 or 12) if half else moment.hour
        return str(hour).zfill(min(size, 2))
    if mark == "s":
        seconds, _, decimals = text.partition(".")
        words = str(moment.second).zfill(min(len(seconds), 2))
        return f"{words}.{f'{moment.microsecond:06}'[: len(decimals)]}" if decimals else words
    return ""
