"""XML parts of documents, parsed without entities, network or document types."""

import re
from typing import Any, TypeAlias

from lxml import etree

from ..errors import DocumentError, _

Element: TypeAlias = Any  # lxml comes without types


def parse_xml(data: bytes) -> Element:
    """The root element. Entities stay unexpanded: neither a local file nor a billion laughs gets in."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise corrupt() from error
    if root is None:
        raise corrupt()
    return root


def corrupt() -> DocumentError:
    return DocumentError(
        "corrupt", _("This file is damaged. Open the original, save it again and upload that.")
    )


def local(element: Element) -> str:
    """The name without namespace; "" for what is no element (entities, comments)."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str | None:
    """An attribute whatever its namespace: producers differ in prefixes, never in local names."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def children(element: Element, name: str) -> list[Element]:
    return [child for child in element if local(child) == name]


def child(element: Element | None, *path: str) -> Element | None:
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


def resolve(base: str, target: str) -> str:
    """A relationship's target as a member name, relative to the part it stands in."""
    if target.startswith("/"):
        return target.lstrip("/")
    parts = base.split("/")[:-1]
    for step in target.split("/"):
        if step == ".." and parts:
            parts.pop()
        elif step not in (".", ".."):
            parts.append(step)
    return "/".join(parts)


def rels_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return re.sub("^/", "", f"{folder}/_rels/{name}.rels")
