"""The likeliest of the older encodings: under which of them do these bytes read most like a language?

Each candidate decodes a sample; the text is then judged like a letter found in the street. Letters of one alphabet
by how frequent they are in it, signs by where they stand, words by whether they are common. The sum is the
logarithm of a rough probability, so readings with fewer characters for the same bytes compare fairly.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache

from . import alphabets
from .alphabets import Language

SAMPLE_BYTES = 6_000
_SEGMENTS = 12
# Candidates with what speaks against them beforehand: rare on today's disks, or easily mistaken for another.
_ALPHABETIC: tuple[tuple[str, float, Mapping[str, Language]], ...] = (
    ("cp1252", 0.0, alphabets.LATIN),
    ("iso8859_15", -1.5, alphabets.LATIN),
    ("cp1250", -2.0, alphabets.CENTRAL),
    ("iso8859_2", -2.5, alphabets.CENTRAL),
    ("cp1251", -1.0, alphabets.CYRILLIC),
    ("koi8_r", -2.0, alphabets.CYRILLIC),
    ("koi8_u", -2.5, alphabets.CYRILLIC),
    ("iso8859_5", -3.0, alphabets.CYRILLIC),
    ("cp866", -3.0, alphabets.CYRILLIC),
    ("mac_cyrillic", -4.0, alphabets.CYRILLIC),
    ("cp1253", -1.0, alphabets.GREEK),
    ("iso8859_7", -1.5, alphabets.GREEK),
    ("cp737", -5.0, alphabets.GREEK),
    ("cp1254", -3.0, alphabets.TURKISH),
    ("cp1255", -1.0, alphabets.HEBREW),
    ("iso8859_8", -1.5, alphabets.HEBREW),
    ("cp862", -5.0, alphabets.HEBREW),
    ("cp1256", -1.0, alphabets.ARABIC),
    ("iso8859_6", -2.5, alphabets.ARABIC),
    ("cp1257", -2.0, alphabets.BALTIC),
    ("iso8859_13", -2.5, alphabets.BALTIC),
    ("iso8859_16", -6.0, alphabets.CENTRAL),
    ("cp1258", -4.0, alphabets.VIETNAMESE),
    ("cp874", -2.0, alphabets.THAI),
    ("cp850", -4.0, alphabets.LATIN),
    ("cp852", -5.0, alphabets.CENTRAL),
    ("mac_roman", -5.0, alphabets.LATIN),
    ("mac_latin2", -7.0, alphabets.CENTRAL),
)
_IDEOGRAPHIC = (
    ("cp932", -1.0, alphabets.JAPANESE, "euc_jp", 0xCF),
    ("euc_jp", -1.5, alphabets.JAPANESE, "euc_jp", 0xCF),
    ("gb18030", -1.0, alphabets.SIMPLIFIED, "gb2312", 0xD7),
    ("big5", -1.0, alphabets.TRADITIONAL, "big5", 0xC6),
    ("cp949", -1.0, alphabets.KOREAN, "euc_kr", 0xC8),
)
_WIDE = (
    ("utf-16-le", -6.0),
    ("utf-16-be", -6.0),
)
CANDIDATES = [*(one[0] for one in _ALPHABETIC), *(one[0] for one in _IDEOGRAPHIC), *(one[0] for one in _WIDE)]
_USUAL_SIGNS = frozenset("’“”‘–—…•„«»€£§°©®™·½²³\u00a0")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LETTER = r"[^\W\d_]"
_SIGN_IN_WORD = re.compile(rf"(?<={_LETTER})[^\x00-\x7f\w\s’‘·\u0300-\u036f\u0e31-\u0e4e](?={_LETTER})")
_LOWER_THEN_UPPER = re.compile(
    "[a-zß-öø-ÿα-ωά-ώа-яё-џ\u0101\u0103\u0105\u0107\u0119\u011b\u0142\u0144\u0159\u015b\u0161\u017a\u017c\u017e]"
    "[A-ZÀ-ÖØ-ÞΑ-ΩΆ-ΏА-ЯЀ-Џ\u0100\u0102\u0104\u0106\u0118\u011a\u0141\u0143\u0158\u015a\u0160\u0179\u017b\u017dŸ]"
)
_ODD_PLACES = re.compile(
    r"[םןץףך](?=[א-ת])"  # letters that only end a word
    r"|ς(?=[α-ώ])|(?<=[α-ώ])σ(?![\wά-ώ])"
    r"|(?<![\w])[ьъЬЪ]"
    r"|(?<![ก-ฮ\u0e31-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]|[เ-ไ](?![ก-ฮ])"
    r"|[ةى](?=[ء-ي])"
    rf"|[£¥¤](?={_LETTER})|(?<={_LETTER})[£¼½¾¹]"
)
_FOREIGN_PAIR = re.compile(r"(?=[\u00aa-\u024f][\u00aa-\u024f])")
_MIXED = re.compile(r"(?=[a-zA-Z][^\W\d_\x00-\u024f\u0300-\u036f]|[^\W\d_\x00-\u024f\u0300-\u036f][a-zA-Z])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WORD = re.compile(rf"{_LETTER}+")
_COMMON_WORD = 1.5


def likeliest(data: bytes) -> str:
    """The encoding in which the bytes beyond ASCII read most like a language."""
    sample = _sample(data)
    return max(_scores(sample), key=lambda found: found[1])[0]


def _sample(data: bytes) -> bytes:
    """The lines with bytes beyond ASCII: in a large file they may all stand late."""
    if len(data) <= SAMPLE_BYTES:
        return data
    kept: list[bytes] = []
    size = 0
    for line in data.split(b"\n"):
        if not line.isascii():
            kept.append(line[:SAMPLE_BYTES])
            size += len(kept[-1])
            if size >= SAMPLE_BYTES:
                break
    return b"\n".join(kept)


def _scores(sample: bytes) -> Iterator[tuple[str, float]]:
    for name, prior, languages in _ALPHABETIC:
        text = sample.decode(name, errors="replace")
        yield (
            name,
            prior
            + _context(text, latin="de" in languages or "pl" in languages)
            + sum(
                max(_alphabetic(segment, language) for language in languages.values())
                for segment in _segments(text)
            ),
        )
    for name, prior, usual, national, level in _IDEOGRAPHIC:
        yield name, prior + _ideographic(sample.decode(name, errors="replace"), usual, national, level)
    if len(sample) % 2 == 0 and not sample.isascii():
        for name, prior in _WIDE:
            text = sample.decode(name, errors="replace")
            yield name, prior + max(_ideographic(text, *rest) for _, _, *rest in _IDEOGRAPHIC)  # type: ignore[arg-type]


def _segments(text: str) -> list[str]:
    """Some lines each: a file may hold one language beside another."""
    lines = text.split("\n")
    step = max(1, -(-len(lines) // _SEGMENTS))
    return ["\n".join(lines[at : at + step]) for at in range(0, len(lines), step)]


def _alphabetic(text: str, language: Language) -> float:
    ranks = _ranks(language.letters)
    score = 0.0
    for char, count in Counter(_NOT_ASCII.findall(text)).items():
        score += count * _letter(char, ranks)
    if language.words:
        hits = sum(1 for word in _WORD.findall(text.lower()) if word in language.words)
        score += _COMMON_WORD * min(hits, 12)
    return score


@cache
def _ranks(letters: str) -> dict[str, float]:
    size = len(letters)
    return {letter: math.log(3 / max(size, 3)) - 3.2 * at / size for at, letter in enumerate(letters)}


def _letter(char: str, ranks: dict[str, float]) -> float:
    found = ranks.get(char)
    if found is not None:
        return found
    found = ranks.get(char.lower())
    if found is not None:
        return found - 1.2
    if char in _USUAL_SIGNS:
        return -4.0
    if char.isalpha():
        return -9.0
    return _sign(char)


def _sign(char: str) -> float:
    if char == "\ufffd":
        return -14.0
    if unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs"):
        return -12.0
    if "\u2500" <= char <= "\u259f":  # frames of DOS programs
        return -4.5
    return -7.5


def _context(text: str, *, latin: bool) -> float:
    score = -5.0 * len(_SIGN_IN_WORD.findall(text))
    score -= 3.5 * len(_LOWER_THEN_UPPER.findall(text))
    score -= 4.0 * len(_ODD_PLACES.findall(text))
    score -= 4.0 * len(_MIXED.findall(text)) + 8.0 * len(_CONTROL.findall(text))
    if latin:
        score -= 2.5 * len(_FOREIGN_PAIR.findall(text))
    return score


def _ideographic(text: str, usual: str, national: str, level: int) -> float:
    score = -2.5 * len(_MIXED.findall(text)) - 8.0 * len(_CONTROL.findall(text))
    for char, count in Counter(_NOT_ASCII.findall(text)).items():
        score += count * _ideograph(char, usual, national, level)
    return score


@cache
def _ideograph(char: str, usual: str, national: str, level: int) -> float:
    """Characters of the first level of the national set are those taught in school; few others are in use."""
    if char in usual:
        return -4.5
    if "\uff61" <= char <= "\uff9f":
        return -5.5  # half-width katakana: what Western text looks like in Shift-JIS
    if char <= "\u2e7f":
        return -9.0 if char.isalpha() or not char.isprintable() else -8.0
    if not char.isprintable() or "\ue000" <= char <= "\uf8ff" or char == "\ufffd":
        return -14.0
    if "\u3041" <= char <= "\u30ff":
        return -4.5 if national == "euc_jp" else -11.0
    if "\uac00" <= char <= "\ud7a3" and national != "euc_kr":
        return -14.0
    try:
        row = char.encode(national)[0]
    except UnicodeEncodeError:
        return -14.0
    if row < 0xB0 and national != "big5":
        return -6.5  # full-width punctuation and letters
    return -7.0 if row <= level else -11.5
