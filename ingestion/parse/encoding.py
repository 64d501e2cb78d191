"""Bytes of unknown encoding into text: marks first, then UTF-8, then the likeliest older encoding."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 32_768
# The letters and signs that make up most of what each encoding holds beyond ASCII. Encodings that decode
# the same bytes to plausible letters of different scripts differ in how frequent those letters are.
_WESTERN = "äöüßÄÖÜéèêëàâáãåæçíìîïñóòôõøúùûýÿÉÈÀÂÁÅÆÇÍÑÓØÚœŒ’‘“”„–—…•€£§°©®«»¿¡½²³µ·"
_CENTRAL = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžČĎĚŇŘŠŤŮŽőűŐŰăâîșțşţäöüßéíóú’“”„–—…•€§°"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюОЕАИНТСРВЛКМДПУЗБКН«»—–№“”…"
_GREEK = "αοιετσνηυρπκμλςωγδάίέόύήώΑΟΙΕΤΣΝΗΥΡΠΚΜΛΩΓΔ’“”–—«»"
_TURKISH = "ıİşŞğĞüÜöÖçÇâî’“”–—…"
_HEBREW = "אבגדהוזחטיכלמנסעפצקרשתםןףץך–—”"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويةأإآىءئؤ،؟–—"
_THAI = "กขคงจชซณดตถทธนบปผพฟภมยรลวศษสหอะัาำิีึืุูเแโใไ่้็์"
_JAPANESE = (
    "のにはをたがでてとしれさいるなもあこらかりっまんすー、。「」・年月日人一大名前住所中本"
    "アイウエオカキクコサシスタテトナニノハフマミムメラリルレロン"
)
_CHINESE = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会，。、：；（）可也你对生能而子那得于着下自之年"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會，。、：；（）可也你對生能而子那得於著下自之年"
)
_KOREAN = "이다는의에을가한고를은하지로기자사리도인스대어나서정시해일보전부수제장"
_CANDIDATES = (
    ("cp1252", _WESTERN),
    ("cp932", _JAPANESE),
    ("euc_jp", _JAPANESE),
    ("gb18030", _CHINESE),
    ("big5", _TRADITIONAL),
    ("cp949", _KOREAN),
    ("cp1251", _CYRILLIC),
    ("koi8_r", _CYRILLIC),
    ("cp1253", _GREEK),
    ("cp1250", _CENTRAL),
    ("cp1254", _TURKISH),
    ("cp1255", _HEBREW),
    ("cp1256", _ARABIC),
    ("cp874", _THAI),
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LONG_RUN = re.compile(r"[^\W\d_a-zA-Z]{3,}|[\u00a1-\u00bf]{2,}")
_MIXED_SCRIPTS = re.compile(r"[a-zA-Z][^\x00-\u024f\u2000-\u20cf]|[^\x00-\u024f\u2000-\u20cf][a-zA-Z]")
_CASE_BREAK = re.compile(r"[a-zà-öø-ÿа-яα-ω][A-ZÀ-ÖØ-ÞА-ЯΑ-Ω]")


def decode(data: bytes, *, declared: str | None = None) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if wide := _wide_without_mark(data):
        return data.decode(wide, errors="replace")
    if b"\x1b$" in data[:SAMPLE_BYTES] and (text := _strictly(data, "iso2022_jp")) is not None:
        return text
    for likely in ("utf-8", declared):
        text = _strictly(data, likely) if likely else None
        if text is not None:
            return text
    if _nearly_utf8(data):
        return data.decode("utf-8", errors="replace")
    return data.decode(likeliest(data), errors="replace")


def likeliest(data: bytes) -> str:
    """The older encoding in which the bytes beyond ASCII read most like a language."""
    sample = _spread(data)
    best, best_score = "cp1252", float("-inf")
    for name, usual in _CANDIDATES:
        text = sample.decode(name, errors="replace")
        score = _plausibility(text, usual)
        if score > best_score + 1e-9:
            best, best_score = name, score
    return best


def looks_binary(data: bytes) -> bool:
    """Whether these bytes are hardly the text of any encoding (asked when no other type is recognised)."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)) or _wide_without_mark(data):
        return False
    sample = data[:SAMPLE_BYTES]
    odd = len(sample.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\x1b\x08\x1a"))
    return odd > len(sample) * 0.003


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _wide_without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the zero bytes of ASCII characters stand at regular places."""
    sample = data[:4096]
    if len(sample) < 8 or b"\0" not in sample:
        return None
    quarter = len(sample) // 4
    zeros = [sample[start::4].count(0) for start in range(4)]
    if min(zeros[1:]) > quarter * 0.7 and zeros[0] < quarter * 0.1:
        return "utf-32-le"
    if min(zeros[:3]) > quarter * 0.7 and zeros[3] < quarter * 0.1:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if odd > quarter and even < quarter * 0.1:
        return "utf-16-le"
    if even > quarter and odd < quarter * 0.1:
        return "utf-16-be"
    return None


def _nearly_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for _ in _NOT_ASCII.finditer(text[:100_000])) - bad
    return good > 20 * bad


def _spread(data: bytes) -> bytes:
    """The lines with bytes beyond ASCII: in a large file they may all stand late."""
    if len(data) <= SAMPLE_BYTES:
        return data
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    return b"\n".join(lines)[:SAMPLE_BYTES]


def _plausibility(text: str, usual: str) -> float:
    foreign = _NOT_ASCII.findall(text)
    if not foreign:
        return -1.0
    letters = set(usual)
    ideographs = usual[-1] > "\u2e80"
    score = sum(_char_score(char, letters, ideographs=ideographs) for char in foreign)
    score -= 0.7 * len(_CASE_BREAK.findall(text))
    if usual in (_WESTERN, _CENTRAL, _TURKISH):
        score -= sum(len(run) for run in _LONG_RUN.findall(text))
    elif not ideographs:
        score -= 1.5 * len(_MIXED_SCRIPTS.findall(text))
    return score / len(foreign)


def _char_score(char: str, letters: set[str], *, ideographs: bool) -> float:
    if char in letters:
        return 1.0
    if char == "\ufffd" or "\x80" <= char <= "\x9f" or "\ue000" <= char <= "\uf8ff":
        return -3.0
    if "\uff61" <= char <= "\uff9f":  # half-width katakana: what Western text looks like in Shift-JIS
        return -0.8
    if not char.isalpha():
        return -0.3
    if char > "\u2e80":
        return 0.5 if ideographs else -0.2
    near = any(abs(ord(char) - ord(one)) < 64 for one in letters if not one.isascii())
    return 0.35 if near and not ideographs else -0.2
