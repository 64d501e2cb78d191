"""What a file is, by its content. The name tells text formats apart, and whether the file is disguised."""

import re
import struct
from pathlib import PurePath

from ..errors import DocumentError, _
from .archive import open_archive
from .encoding import decode, looks_binary

OOXML = "application/vnd.openxmlformats-officedocument."
PDF = "application/pdf"
DOCX = OOXML + "wordprocessingml.document"
PPTX = OOXML + "presentationml.presentation"
XLSX = OOXML + "spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EPUB = "application/epub+zip"
ZIP = "application/zip"
TAR = "application/x-tar"
GZIP = "application/gzip"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
RTF = "application/rtf"
HTML = "text/html"
MARKDOWN = "text/markdown"
CSV = "text/csv"
EML = "message/rfc822"
JSON = "application/json"
XML = "application/xml"
TEXT = "text/plain"
SUBTITLES = "text/vtt"
CARDS = "text/calendar"
RST = "text/x-rst"
ASCIIDOC = "text/asciidoc"
ORG = "text/x-org"
LATEX = "application/x-tex"
CODE = "text/x-source"
WEB_ARCHIVE = "multipart/related"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
BMP = "image/bmp"
GIF = "image/gif"
WEBP = "image/webp"

NAMES = {
    PDF: "a PDF",
    DOCX: "a Word document",
    PPTX: "a PowerPoint presentation",
    XLSX: "an Excel workbook",
    ODT: "an OpenDocument text",
    ODP: "an OpenDocument presentation",
    ODS: "an OpenDocument spreadsheet",
    EPUB: "an EPUB book",
    ZIP: "a ZIP archive",
    TAR: "a tar archive",
    GZIP: "a compressed file",
    DOC: "a Word document",
    XLS: "an Excel workbook",
    PPT: "a PowerPoint presentation",
    MSG: "an Outlook message",
    RTF: "a rich text document",
    HTML: "a web page",
    MARKDOWN: "a Markdown text",
    CSV: "a table of comma-separated values",
    EML: "an e-mail",
    JSON: "a JSON text",
    XML: "an XML text",
    TEXT: "a plain text",
    SUBTITLES: "a text of subtitles",
    CARDS: "a calendar or address card",
    RST: "a reStructuredText",
    ASCIIDOC: "an AsciiDoc text",
    ORG: "an Org text",
    LATEX: "a LaTeX text",
    CODE: "a source text",
    WEB_ARCHIVE: "a saved web page",
    **dict.fromkeys((PNG, JPEG, TIFF, BMP, GIF, WEBP), "an image"),
}
ARCHIVES = frozenset({ZIP, TAR, GZIP})
MARKUP_TYPES = frozenset({SUBTITLES, CARDS, RST, ASCIIDOC, ORG, LATEX, CODE, WEB_ARCHIVE})
TEXT_TYPES = frozenset({HTML, MARKDOWN, CSV, EML, JSON, XML, TEXT}) | MARKUP_TYPES
_BY_SUFFIX = {
    "pdf": PDF, "docx": DOCX, "docm": DOCX, "dotx": DOCX, "pptx": PPTX, "pptm": PPTX, "ppsx": PPTX,
    "potx": PPTX, "xlsx": XLSX, "xlsm": XLSX, "xltx": XLSX, "odt": ODT, "ott": ODT, "odp": ODP, "otp": ODP,
    "ods": ODS, "epub": EPUB, "zip": ZIP, "tar": TAR, "gz": GZIP, "tgz": GZIP,
    "doc": DOC, "dot": DOC, "xls": XLS, "ppt": PPT, "pps": PPT,
    "msg": MSG, "rtf": RTF, "html": HTML, "htm": HTML, "xhtml": HTML, "md": MARKDOWN, "markdown": MARKDOWN,
    "csv": CSV, "tsv": CSV, "eml": EML, "json": JSON, "xml": XML, "txt": TEXT, "text": TEXT, "log": TEXT,
    "xlsb": XLSX, "ots": ODS, "odg": ODP, "ppsm": PPTX, "potm": PPTX, "dotm": DOCX, "xltm": XLSX,
    "tab": CSV, "psv": CSV, "ssv": CSV, "jsonl": JSON, "ndjson": JSON, "ipynb": JSON, "geojson": JSON,
    "nxml": XML, "xbrl": XML, "rss": XML, "atom": XML, "fodt": XML, "fods": XML, "fodp": XML, "dita": XML,
    "vtt": SUBTITLES, "srt": SUBTITLES, "ics": CARDS, "vcf": CARDS, "rst": RST, "adoc": ASCIIDOC,
    "asciidoc": ASCIIDOC, "org": ORG, "tex": LATEX, "latex": LATEX, "mht": WEB_ARCHIVE, "mhtml": WEB_ARCHIVE,
    **dict.fromkeys(
        ("py", "js", "ts", "tsx", "jsx", "java", "c", "h", "cpp", "hpp", "cc", "cs", "go", "rs", "rb", "php", "pl",
         "sh", "bash", "ps1", "bat", "sql", "css", "scss", "kt", "swift", "scala", "lua", "r", "yaml", "yml", "toml",
         "ini", "cfg", "conf", "properties", "proto", "tf"),
        CODE,
    ),
    "png": PNG, "jpg": JPEG, "jpeg": JPEG, "tif": TIFF, "tiff": TIFF, "bmp": BMP, "gif": GIF, "webp": WEBP,
}  # fmt: skip
SUFFIXES = frozenset(_BY_SUFFIX)
_SAME_KIND = ({DOC, DOCX, RTF, ODT}, {XLS, XLSX, ODS, CSV}, {PPT, PPTX, ODP})
_FOREIGN = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a compiled program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\0", "a database"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound or video file"),
    (b"RIFF", "a sound, video or image file"),
    (b"\x1aE\xdf\xa3", "a video"),
)
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF87a", GIF), (b"GIF89a", GIF),
    (b"II*\0", TIFF), (b"MM\0*", TIFF),
)  # fmt: skip
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_MAIL_HEADER = re.compile(
    r"^(From|To|Cc|Subject|Date|Received|Return-Path|MIME-Version|Message-ID|Delivered-To):", re.I | re.M
)
_TO = re.compile(r"^To:", re.M)
_OLE_SECTOR_SHIFT = 30


def detect(data: bytes, *, name: str) -> tuple[str, str | None]:
    """The media type of the content, and a warning when the name claims another.

    A readable document under a wrong name is read as what it is: the mistake is common (a PDF saved as .doc)
    and harmless. What is no readable document is refused, as disguised if its name claims to be one.
    """
    if not data:
        raise DocumentError(
            "empty", _("This file is empty (0 bytes). Check the original and upload it again.")
        )
    claimed = _BY_SUFFIX.get(PurePath(name).suffix.lower().lstrip("."))
    found = _binary_type(data)
    if found is None:
        _refuse_foreign(data, claimed)
        found = _text_type(data, claimed)
    return found, _mismatch(name, claimed, found)


def _mismatch(name: str, claimed: str | None, found: str) -> str | None:
    if claimed is None or claimed == found or (claimed in TEXT_TYPES and found in TEXT_TYPES):
        return None
    if NAMES[claimed] == NAMES[found]:
        return None
    suffix = PurePath(name).suffix.lower()[:10]
    return f"The name ends in {suffix}, but the file is {NAMES[found]}; it was read as that."


def _binary_type(data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_type(data)
    if data.startswith(b"{\\rtf"):
        return RTF
    if data.startswith(b"\x1f\x8b"):
        return GZIP
    if data[257:262] == b"ustar":
        return TAR
    if b"%PDF-" in data[:1024]:
        return _late_pdf(data)
    return _image_type(data)


def _image_type(data: bytes) -> str | None:
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"BM") and data[6:10] == b"\0\0\0\0" and data[15:18] == b"\0\0\0":
        return BMP
    return next((kind for mark, kind in _IMAGES if data.startswith(mark)), None)


def _late_pdf(data: bytes) -> str | None:
    """PDF may begin within the first kilobyte, behind some line of a mail or a scanner; not behind another file."""
    before = data[: data.index(b"%PDF-")]
    foreign = next((what for mark, what in _FOREIGN if before.startswith(mark)), None)
    if foreign is None and _image_type(data):
        foreign = "an image"
    if foreign:
        raise DocumentError(
            "disguised", f"This file begins as {foreign} and goes on as a PDF. Two files in one are not read."
        )
    return None if _HTML.match(before.decode("latin-1")) else PDF


def _zip_type(data: bytes) -> str:
    archive = open_archive(data)
    members = archive.names
    if "mimetype" in members:
        declared = archive.read("mimetype", limit=200).decode("ascii", errors="replace").strip()
        for known in (EPUB, ODT, ODP, ODS):
            if declared.startswith(known):
                return known
        if declared.startswith("application/vnd.oasis.opendocument.graphics"):
            return ODP  # drawings have the pages of a presentation
    if "[Content_Types].xml" in members or "_rels/.rels" in members:
        for folder, known in (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX)):
            if any(member.startswith(folder) for member in members):
                return known
        raise DocumentError(
            "unsupported",
            _("This kind of Office file cannot be read. Save it as PDF or .docx and upload that."),
        )
    if "META-INF/MANIFEST.MF" in members:
        raise DocumentError("unsupported", _("This file is a Java program, not a document."))
    return ZIP


def _ole_type(data: bytes) -> str:
    """Old Office files share a container; its directory lists stream names in UTF-16."""
    streams = _ole_streams(data)
    if "EncryptedPackage" in streams:
        raise encrypted()
    for stream, known in (
        ("WordDocument", DOC),
        ("Workbook", XLS),
        ("Book", XLS),
        ("PowerPoint Document", PPT),
        ("__properties_version1.0", MSG),
    ):
        if stream in streams:
            return known
    raise DocumentError(
        "unsupported", _("This kind of file cannot be read. Save it as PDF or .docx and upload that.")
    )


def _ole_streams(data: bytes) -> set[str]:
    """Names in the directory sectors, found by their fixed 128 byte entries; the container is not walked."""
    if len(data) < 512:
        raise DocumentError("corrupt", _("This file is cut off. Upload the original again."))
    size = 1 << min(struct.unpack_from("<H", data, _OLE_SECTOR_SHIFT)[0], 12)
    names = set()
    for at in range(max(size, 512), len(data) - 127, 128):
        length = struct.unpack_from("<H", data, at + 64)[0]
        if 4 <= length <= 64 and length % 2 == 0 and data[at + 66] in (1, 2, 5):
            name = data[at : at + length - 2].decode("utf-16-le", errors="replace")
            if name.isprintable():
                names.add(name)
    return names


def encrypted() -> DocumentError:
    return DocumentError(
        "encrypted",
        _("This file is protected with a password. Enter its password, or upload a copy that has none."),
    )


def wrong_password() -> DocumentError:
    return DocumentError(
        "encrypted",
        _(
            "The password that was entered does not open this file. "
            "Enter the right one, or upload a copy that has none."
        ),
    )


def _refuse_foreign(data: bytes, claimed: str | None) -> None:
    """Refuse what is no text. A text may well begin with the "BM" or "MZ" of an image or a program."""
    if not looks_binary(data):
        return
    foreign = next((what for mark, what in _FOREIGN if data.startswith(mark)), None)
    if data[4:8] == b"ftyp":
        foreign = "a HEIC photo" if data[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "a video"
    if claimed is not None and claimed != ZIP:
        what = f"is {foreign}" if foreign else f"is not {NAMES[claimed]}"
        raise DocumentError(
            "disguised",
            f"The name says that this is {NAMES[claimed]}, but the content {what}. It was not read.",
        )
    what = f"This file is {foreign}" if foreign else "This kind of file is not known here"
    raise DocumentError(
        "unsupported",
        f"{what} and cannot be read as a document. PDF, Office, web, e-mail and text files can.",
    )


def _text_type(data: bytes, claimed: str | None) -> str:
    start = decode(data[:8192])
    if not start.strip() and len(data) <= 8192:
        raise DocumentError("no_text", _("No text was found in this file: it holds nothing but blanks."))
    if claimed == XML and _HTML.match(start):
        return HTML
    if claimed in TEXT_TYPES and claimed != TEXT:
        return claimed
    if _HTML.match(start):
        return HTML
    for mark, known in (("WEBVTT", SUBTITLES), ("BEGIN:VCALENDAR", CARDS), ("BEGIN:VCARD", CARDS)):
        if start.startswith(mark):
            return known
    if "MIME-Version:" in start[:1000] and "multipart/related" in start[:2000] and not _TO.search(start):
        return WEB_ARCHIVE
    if claimed == TEXT:
        return TEXT
    if start.lstrip().startswith("<?xml"):
        return XML
    if len({found.lower() for found in _MAIL_HEADER.findall(start.split("\n\n")[0])}) >= 3:
        return EML
    return TEXT
