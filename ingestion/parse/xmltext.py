"""XML of no known kind: the text of its elements, one line for each that holds some."""

from .blocks import Block, Reading
from .xmltree import local, parse_xml


def read_xml(data: bytes) -> Reading:
    lines = []
    for element in parse_xml(data).iter():
        name = local(element)
        text = " ".join((element.text or "").split())
        if name and text:
            lines.append(f"{name}: {text}")
        tail = " ".join((element.tail or "").split())
        if tail:
            lines.append(tail)
    return Reading(blocks=[Block("text", "\n".join(lines))])
