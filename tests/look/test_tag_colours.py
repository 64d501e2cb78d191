"""The colours of tags: told from the ground in every look, and in high contrast as plainly as text."""

import re
from pathlib import Path

import pytest

from tenants.branding.colour import contrast

STYLES = (Path(__file__).parents[2] / "static" / "css" / "rail.css").read_text()
COLOUR = re.compile(r"--tag-(\w+): light-dark\((#\w+), (#\w+)\)")
PLAIN, CHOSEN, ASKED_FOR = STYLES.split(".tag-dot", 1)[0].split("root")[1:]


@pytest.mark.parametrize(
    ("part", "grounds", "least"),
    [
        (PLAIN, ("#f5f7f6", "#1b201f"), 3),
        (CHOSEN, ("#ffffff", "#000000"), 7),
        (ASKED_FOR, ("#ffffff", "#000000"), 7),
    ],
    ids=["plain", "chosen", "asked-for"],
)
def test_a_tag_can_be_told_from_its_ground(part: str, grounds: tuple[str, str], least: float) -> None:
    found = COLOUR.findall(part)
    assert len(found) == 8
    for name, *pair in found:
        for colour, ground in zip(pair, grounds, strict=True):
            assert contrast(colour, ground) >= least, (name, colour)
