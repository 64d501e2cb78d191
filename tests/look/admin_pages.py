"""Every page of the admin, as the permission matrix lists them: an address that is missing there fails a test there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from playwright.sync_api import Page, Response

from tests.look.axe import COLOURS, findings, is_wider_than_the_window
from tests.matrix.asking import address, body
from tests.matrix.scene import Scene
from tests.matrix.table import Row, read_table

# What answers a plain GET with 200 and is no page.
NO_PAGES = {
    "admin:jsi18n": "a script",
    "admin:autocomplete": "JSON for a field in which one types",
    "admin:search": "a fragment below the field of the sidebar",
    "admin:tenants_auditevent_export": "a file",
    "admin:ingestion_document_file": "a file",
    "admin:ingestion_document_progress": "JSON for the list of documents",
    "admin:sources_source_state": "a fragment within the page of a source",
    "admin:ingestion_deletionreceipt_json": "a file",
    "admin:datarights_personerasure_json": "a file",
    "admin:datarights_tenanterasure_json": "a file",
}
# Django's page for every model.
ALIKE = {
    "_history": "history_view",
    "_delete": "delete_view",
    "_changelist/delete_selected": "response_action",
}
# Sent without a word, these show what GET shows, or delete.
AS_GET = re.compile(r"_(changelist|history|delete)$|^admin:(index|app_list)$")
SUBMIT = """([path, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: path });
  fields.csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}"""

UNREACHABLE = """[...document.querySelectorAll("[x-on\\\\:click]:not(#changelist-filter-close)")]
  .filter((each) => each.checkVisibility() && each.tabIndex < 0).map((each) => each.outerHTML.slice(0, 160))"""
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}


@dataclass(frozen=True)
class AdminPage:
    name: str
    path: str
    sent: dict[str, Any] | None = field(default=None)

    def open(self, page: Page, server: str) -> Response:
        if self.sent is None:
            return page.goto(server + self.path)
        with page.expect_navigation() as answer:
            page.evaluate(SUBMIT, [self.path, self.sent])
        return answer.value


def rows_of(who: str, method: str, *outcomes: str) -> Iterator[Row]:
    rows = (row for written in read_table("admin").rows for row in written.each())
    return (
        row
        for row in rows
        if row.methods == method and row.outcomes[who] in outcomes and row.route not in NO_PAGES
    )


def once(rows: Iterator[Row]) -> Iterator[Row]:
    """Without the repetitions of pages that are alike for every model, unless a model's admin draws its own."""
    views = {
        f"admin:{model._meta.app_label}_{model._meta.model_name}{ending}": getattr(each, name).__func__
        for model, each in admin.site._registry.items()
        for ending, name in ALIKE.items()
    }
    seen: set[object] = set()
    for row in rows:
        drawn_by = views.get(row.route, str(row))
        if drawn_by not in seen:
            yield row
        seen.add(drawn_by)


def pages_of(who: str, scene: Scene) -> list[AdminPage]:
    """All that this person may open."""
    return [AdminPage(str(row), address(row, scene)) for row in once(rows_of(who, "GET", "200"))]


def forms_of(who: str, scene: Scene) -> list[AdminPage]:
    """Forms sent as they are, so that they tell what is missing; and what is asked before rows are acted on."""
    found = []
    for row in once(rows_of(who, "POST", "200", "302")):
        is_action = "_changelist/" in row.route
        if is_action or (row.outcomes[who] == "200" and not AS_GET.search(row.route)):
            sent = {name: value for name, value in body(row, scene)["data"].items() if name != "post"}
            found.append(AdminPage(str(row), address(row, scene), sent))
    return found


def in_both_themes(page: Page) -> list[str]:
    """What axe finds; and what one can click but not reach by the keyboard, which axe does not see."""
    said = findings(page)
    said += [f"not for the keyboard: {html}" for html in page.evaluate(UNREACHABLE)]
    page.evaluate("document.documentElement.classList.add('dark')")  # as unfold's own switch does
    return said + [f"dark: {finding}" for finding in findings(page, COLOURS)]


def look_at(page: Page, server: str, pages: list[AdminPage]) -> dict[str, list[str]]:
    """What there is to mend on each, in light, in dark and on a narrow screen."""
    found = {}
    page.goto(f"{server}/admin/password_change/done/")
    for each in pages:
        answer = each.open(page, server)
        said = [] if answer.status == 200 else [f"answered {answer.status}"]
        said += in_both_themes(page)
        page.set_viewport_size(NARROW)
        if is_wider_than_the_window(page):
            said.append(f"wider than {NARROW['width']} pixels")
        page.set_viewport_size(WIDE)
        if said:
            found[each.name] = said
    return found
