"""What the upstream does with a request, and how the request says so.

In order of precedence: a script enqueued over POST /script (or `Upstream.enqueue`), a directive
`[[name:key=value,...]]` anywhere in the last user message, the model name written the same way, such as
`scripted:tokens=100,rate=50`. A name that is not in NAMES, such as `gpt-5`, gets the plain script.

Scripts are queued by kind: `chat` for streamed answers, `whole` for those asked for without a stream (an
application rewriting a follow-up), `embeddings`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

DIRECTIVE = re.compile(r"\[\[([a-z_]+(?::[^\[\]]*)?)\]\]")


@dataclass(frozen=True, slots=True)
class Script:
    """One behaviour. An answer is `pieces`, else `text` in small pieces, else `tokens` stamped tokens."""

    tokens: int = 20
    rate: float = 0.0  # tokens a second; 0 is all at once
    first: float = 0.0  # seconds before the first token (before the whole answer if not streamed)
    answer: str = "tokens"  # tokens | cite | echo
    text: str = ""
    pieces: tuple[str, ...] = ()
    status: int = 200
    retry_after: float = 0.0  # header of a refusal; 0 sends none
    # timeout | html | broken_json | reset | stall | error_event | short | nan | split | late_end
    fault: str = ""
    after: int = 0  # pieces sent before a fault strikes
    finish: str = "stop"
    usage: str = "asked"  # asked | always | never
    dimension: int = 0  # of embeddings; 0 is what the request asks for

    def __post_init__(self) -> None:
        if not 0 <= self.tokens <= 1_000_000 or self.rate < 0 or self.first < 0:
            raise ValueError("tokens, rate and first cannot be negative.")


NAMES: dict[str, Script] = {
    "scripted": Script(),
    "instant": Script(),
    "cite": Script(answer="cite"),
    "echo": Script(answer="echo"),
    "refuse": Script(status=401),
    "missing": Script(status=404),
    "limited": Script(status=429, retry_after=2),
    "failing": Script(status=500),
    "timeout": Script(fault="timeout"),
    "slow": Script(first=1.0, rate=50),
    "html": Script(fault="html"),
    "rubbish": Script(fault="broken_json", after=3),
    "dies": Script(fault="reset", after=5, rate=200),
    "stalls": Script(fault="stall", after=5, rate=200),
    "error_event": Script(fault="error_event", after=5),
    "empty": Script(tokens=0),
    "length": Script(finish="length"),
    "filtered": Script(finish="content_filter", tokens=3),
    "giant": Script(pieces=("All of it at once. " * 20_000,)),
    "unicode": Script(fault="split", text="Größe 🙂 naïve 日本語 👩‍👩‍👧 ok"),
}
TYPES = {field.name: type(getattr(Script(), field.name)) for field in fields(Script)}


def from_mapping(values: Mapping[str, Any]) -> Script:
    """A script from JSON: an optional "name" to start from, and any field of Script."""
    rest = dict(values)
    base = NAMES[rest.pop("name", "scripted")]
    if unknown := rest.keys() - TYPES.keys():
        raise ValueError(f"A script has no {', '.join(sorted(unknown))}.")
    return replace(base, **{key: TYPES[key](value) for key, value in rest.items()})


def named(spec: str) -> Script:
    """`dies:after=3` -> that script."""
    name, _, rest = spec.partition(":")
    if name not in NAMES:
        return NAMES["scripted"]
    pairs = (pair.partition("=") for pair in rest.split(",") if pair)
    return from_mapping({"name": name} | {key.strip(): value for key, _, value in pairs})


def choose(model: str, last_message: str) -> Script:
    if found := DIRECTIVE.findall(last_message):
        return named(found[-1])
    return named(model)
