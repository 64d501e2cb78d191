"""What has been deleted, in the admin: a receipt each, to be read and handed out, never changed."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.template.defaultfilters import date, filesizeformat
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from ingestion.models import DeletionReceipt
from ingestion.receipts import as_json
from tenants.actions import record
from tenants.admin_base import TenantModelAdmin
from tenants.admin_site import acting_member

WORDS = {
    "documents": "Documents",
    "versions": "Versions",
    "passages": "Passages",
    "texts": "Extracted texts",
    "vectors": "Entries in the search index",
    "files": "Files",
    "bytes": "Size of the files",
}


@admin.register(DeletionReceipt)
class DeletionReceiptAdmin(TenantModelAdmin):
    support = "documents"
    list_display = ("what", "state", "asked", "collection")
    list_display_links = ("what",)
    search_fields = ("title", "name")
    ordering = ("-asked_at",)
    list_select_related = ("asked_by",)
    fields = (
        "title",
        "name",
        "collection",
        "asked",
        "state",
        "counted",
        "index_said",
        "storage_said",
        "parts",
    )
    readonly_fields = fields
    actions = ()
    change_form_outer_before_template = "admin/ingestion/deletionreceipt/top.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Who tends chosen collections sees what they deleted themselves."""
        rows: QuerySet[Any] = super().get_queryset(request)
        member = acting_member(request)
        return rows if member is None or member.tends_all else rows.filter(asked_by=member.user)

    @admin.display(description="Document", ordering="title")
    def what(self, row: DeletionReceipt) -> SafeString:
        return format_html('{} <span class="cq-sub">{}</span>', row.title, row.name)

    @admin.display(description="State", ordering="done_at")
    def state(self, row: DeletionReceipt) -> SafeString:
        if row.done_at:
            return format_html(
                '<span class="cq-badge" data-state="ready">Done</span> <span class="cq-sub">{}</span>',
                moment(row.done_at),
            )
        return format_html(
            '<span class="cq-badge" data-state="processing">Deleting…</span> <span class="cq-sub">{}</span>',
            row.problem,
        )

    @admin.display(description="Asked for", ordering="asked_at")
    def asked(self, row: DeletionReceipt) -> SafeString:
        by = str(row.asked_by) if row.asked_by else "the system"
        return format_html('{} <span class="cq-sub">{}</span>', moment(row.asked_at), by)

    @admin.display(description="Counted")
    def counted(self, row: DeletionReceipt) -> SafeString:
        left = row.check_found.get("found", {})
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>',
            ((words, shown(row.removed, name), shown(left, name)) for name, words in WORDS.items()),
        )
        return format_html(
            '<table class="cq-table cq-counts"><thead><tr><th scope="col">What</th><th scope="col">Removed</th>'
            '<th scope="col">Left</th></tr></thead><tbody>{}</tbody></table>',
            rows,
        )

    @admin.display(description="The index said")
    def index_said(self, row: DeletionReceipt) -> str:
        return str(row.check_found.get("index", "–"))

    @admin.display(description="The storage said")
    def storage_said(self, row: DeletionReceipt) -> str:
        return str(row.check_found.get("storage", "–"))

    @admin.display(description="Came in it, and went with it")
    def parts(self, row: DeletionReceipt) -> str:
        names = (
            DeletionReceipt.objects.filter(part_of=row.document)
            .order_by("name")
            .values_list("name", flat=True)
        )
        return ", ".join(names) or "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        own = path("<uuid:receipt>/json/", view, name="ingestion_deletionreceipt_json")
        return [own, *super().get_urls()]

    def download(self, request: HttpRequest, receipt: UUID) -> JsonResponse:
        """The receipt as a file."""
        self.acting(request)
        rows: QuerySet[DeletionReceipt] = self.get_queryset(request)
        row = rows.filter(pk=receipt).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        record("deletion_receipt.exported", actor=request.user.pk, subject=row.document, title=row.title)
        name = f"deletion-{row.document}.json"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        }
        return JsonResponse(as_json(row), headers=headers, json_dumps_params={"indent": 2})


def moment(when: Any) -> str:
    return str(date(localtime(when), "DATETIME_FORMAT"))


def shown(counts: dict[str, int], name: str) -> str:
    if name not in counts:
        return "–"
    return str(filesizeformat(counts[name]) if name == "bytes" else counts[name])
