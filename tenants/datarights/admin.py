"""Data rights in the admin: exports, deletions, holds and rules of the organisation."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import date, filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from tenants.audit.admin import ReadOnlyAdmin
from tenants.datarights import exporting
from tenants.datarights.models import DataExport, Kind, State
from tenants.datarights.views import fetched


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    """Exports that admins asked for. Each is for the one who asked; what people take out themselves is not here."""

    list_display = ("what", "kind", "who", "created", "state_shown", "fetch")
    list_display_links = None
    list_before_template = "admin/datarights/exports_top.html"
    list_select_related = ("about", "recipient")
    ordering = ("-created",)
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataExport]:
        rows: QuerySet[DataExport] = super().get_queryset(request)
        return rows.exclude(kind=Kind.OWN)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "title": "Data exports"})

    @admin.display(description="Data of")
    def what(self, row: DataExport) -> str:
        return str(row)

    @admin.display(description="Asked for by")
    def who(self, row: DataExport) -> str:
        return str(row.recipient)

    @admin.display(description="State", ordering="state")
    def state_shown(self, row: DataExport) -> SafeString:
        if row.unfinished:
            words, state = f"{row.get_state_display()}, {row.progress} %", "processing"
        elif row.state == State.FAILED:
            words, state = "Failed", "failed"
        elif row.file:
            words, state = filesizeformat(row.size), "ready"
        else:
            words, state = "Expired", ""
        until = f"until {date(localtime(row.expires), 'j F, H:i')}" if row.file and row.expires else ""
        return format_html(
            '<span class="cq-badge" data-state="{}">{}</span> <span class="cq-sub">{}</span>',
            state, words, row.problem or until,
        )  # fmt: skip

    @admin.display(description="")
    def fetch(self, row: DataExport) -> SafeString:
        if row.state != State.READY or not row.file:
            return SafeString("")
        url = reverse("admin:datarights_dataexport_fetch", args=[row.pk])
        return format_html('<a class="cq-button" href="{}">Download</a>', url)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("organisation/", view(self.export_tenant), name="datarights_dataexport_tenant"),
            path("<uuid:export>/fetch/", view(self.fetch_view), name="datarights_dataexport_fetch"),
            *super().get_urls(),
        ]

    def export_tenant(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not self.has_view_permission(request):
            raise Http404
        exporting.ask(kind=Kind.TENANT, recipient=self.acting(request).user, about=None)
        messages.success(request, "The organisation's data is being put together.")
        return redirect("admin:datarights_dataexport_changelist")

    def fetch_view(self, request: Any, export: UUID) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise Http404
        return fetched(request, export, admin=True)
