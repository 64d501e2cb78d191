"""From a row to the request that it speaks of, and from the answer to the row's word for it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import admin
from django.contrib.messages import get_messages
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tests.matrix.scene import Scene
from tests.matrix.table import Row

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")

# Where a parameter has a name that says nothing.
KEYS = {
    "brand-logo": {"tenant": "00000000-0000-7000-8000-000000000000", "digest": "0" * 16},
    "brand-styles": {"tenant": "00000000-0000-7000-8000-000000000000", "digest": "0" * 16},
    "words": {"language": "de", "digest": "000000000000"},
    "scim-resource-type": {"key": "User"},
    "scim-schema": {"key": "urn:ietf:params:scim:schemas:core:2.0:User"},
}


@dataclass(frozen=True)
class Route:
    key: str  # as rows name it
    name: str | None
    pattern: str


def routes() -> dict[str, Route]:
    """Every address of the installation. What a later pattern of the same address says is never reached."""
    found, seen = {}, set()
    for name, pattern in _patterns(get_resolver().url_patterns):
        if pattern not in seen:
            key = name or f"/{pattern}"
            found[key] = Route(key, name, pattern)
        seen.add(pattern)
    return found


def _patterns(patterns: Iterable[Any], prefix: str = "", space: str = "") -> Iterator[tuple[str | None, str]]:
    for each in patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, path, f"{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern):
            yield each.name and space + each.name, path


def actions() -> set[str]:
    """What can be done to the chosen rows of each list of the admin, as rows name it."""
    return {
        f"admin:{model._meta.label_lower.replace('.', '_')}_changelist/{name}"
        for model, page in admin.site._registry.items()
        if page.actions is not None
        for _, name, _ in page._get_base_actions()
    }


def table_of(key: str) -> str:
    """The file that a route's row belongs into."""
    pattern = routes()[key.split("/")[0] or key].pattern if not key.startswith("/") else key[1:]
    for start in ("admin", "accounts", "scim"):
        if pattern.startswith(f"{start}/"):
            return start
    return "pages"


def address(row: Row, scene: Scene) -> str:
    key, _, _ = (row.route, "", "") if row.route.startswith("/") else row.route.partition("/")
    route = routes()[key]
    ids = dict(scene.ids)
    if kind := re.fullmatch(r"admin:(\w+_\w+?)_\w+", route.name or "") or re.search(
        r"admin/(\w+/\w+)/", route.pattern
    ):
        ids["object_id"] = (
            scene.rows[kind[1].replace("/", "_")].pk if kind[1].replace("/", "_") in scene.rows else ""
        )
    if route.pattern.startswith("accounts/"):
        ids |= {"token": scene.ids["link"], "key": "1-1"}
    ids |= KEYS.get(key) or ({"key": ids["group"]} if key == "scim-group" else {})
    if key.startswith("share-") or key == "share":
        ids["key"] = ids["share"]
    for erasure in ("personerasure", "tenanterasure", "supportaccess"):
        if f"_{erasure}_" in key:
            ids |= {"receipt": ids[erasure], "pk": ids[erasure]}
    names = [a or b for a, b in PARAMETER.findall(route.pattern)]
    query = row.sent.split()[0].format(**ids) if row.sent.startswith("?") else ""
    if route.name:
        try:
            return reverse(route.name, kwargs={name: ids[name] for name in names}) + query
        except NoReverseMatch:  # an optional group that has no name
            pass
    return (
        "/" + PARAMETER.sub(lambda match: str(ids[match[1] or match[2]]), route.pattern).rstrip("$") + query
    )


def body(row: Row, scene: Scene) -> dict[str, Any]:
    """What the row sends, as arguments of Django's test client: `{...}` is JSON, `a=b&c=d` a form."""
    sent = row.sent.partition(" ")[2] if row.sent.startswith("?") else row.sent
    sent = re.sub(r"\{(\w+)\}", lambda match: str(scene.ids[match[1]]), sent)
    if "/" in row.route and not row.route.startswith("/"):
        kind, action = row.route.removeprefix("admin:").split("_changelist/")
        form = {"action": action, "_selected_action": str(scene.rows[kind].pk), "post": "yes"}
        return {"data": form | dict(parse_qsl(sent))}
    if sent.startswith(("{", "[")):
        return {"data": json.loads(sent), "content_type": "application/json"}
    return {"data": dict(parse_qsl(sent))} if row.methods == "POST" else {}


def ask(row: Row, who: str, scene: Scene) -> Any:
    """The answer that this person gets."""
    bearer = scene.tokens.get(who) if table_of(row.route) == "scim" else None
    client = scene.browser("nobody" if bearer else who)
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return getattr(client, row.methods.lower())(address(row, scene), headers=headers, **body(row, scene))


SIGN_IN = ("/accounts/login/", "/admin/login/")


def outcome(answer: Any) -> str:
    """The status, or `login`, or `absent` where the admin leads away from a row that it does not find."""
    if answer.status_code != 302:
        return str(answer.status_code)
    if answer["Location"].startswith(SIGN_IN):
        return "login"
    return "absent" if any("Perhaps it was deleted" in str(each) for each in messages(answer)) else "302"


def refused(word: str) -> bool:
    return word in ("login", "absent") or word >= "400"


def messages(answer: Any) -> list[Any]:
    return list(get_messages(answer.wsgi_request)) if hasattr(answer.wsgi_request, "_messages") else []


def said(answer: Any) -> str:
    """All that the person is told: the body, where they are led, and what the next page will say."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    left = map(str, messages(answer))
    return "\n".join([content.decode("utf-8", "replace"), answer.get("Location", ""), *left])
