"""EPUB: the chapters of a book in reading order, each a web page."""

from urllib.parse import unquote

from ..errors import DocumentError
from .archive import Archive, open_archive
from .blocks import Block, Reading, one_line
from .detect import encrypted
from .html import read_html
from .xmltree import Element, attribute, child, children, local, parse_xml, resolve

_FONTS = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)  # fonts made unusable elsewhere


def read_epub(data: bytes) -> Reading:
    archive = open_archive(data)
    _refuse_protected(archive)
    main = _package(archive)
    root = parse_xml(archive.read(main))
    items = {attribute(one, "id"): one for one in root.iter() if local(one) == "item"}
    reading = Reading(title=_title(root))
    missing = 0
    spine = child(root, "spine")
    for place in [] if spine is None else children(spine, "itemref"):
        item = items.get(attribute(place, "idref"))
        if item is None or "nav" in (attribute(item, "properties") or "").split():
            continue
        page = archive.read(resolve(main, unquote(attribute(item, "href") or "")))
        try:
            blocks = read_html(page).blocks if page.strip() else []
        except DocumentError:
            blocks = []
        missing += not page
        reading.blocks += (
            [Block("heading", ""), *blocks] if blocks and blocks[0].kind != "heading" else blocks
        )
    if missing:
        reading.warnings.append(f"{missing} chapters of this book are missing in the file.")
    return reading


def _refuse_protected(archive: Archive) -> None:
    data = archive.read("META-INF/encryption.xml")
    for one in parse_xml(data).iter() if data else ():
        if local(one) == "EncryptionMethod" and attribute(one, "Algorithm") not in _FONTS:
            raise encrypted()


def _package(archive: Archive) -> str:
    data = archive.read("META-INF/container.xml")
    for one in parse_xml(data).iter() if data else ():
        if local(one) == "rootfile":
            return unquote(attribute(one, "full-path") or "")
    return next((name for name in sorted(archive.names) if name.endswith(".opf")), "")


def _title(root: Element) -> str:
    found = child(root, "metadata", "title")
    return one_line("".join(found.itertext())) if found is not None else ""
