"""The audit trail in the admin, for an organisation's own admins: searched, filtered, exported, and kept how long."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import date
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from tenants.actions import record
from tenants.admin_base import AdministeredModelAdmin
from tenants.audit.admin_filters import AreaFilter, DaysFilter, ObjectFilter, WhoFilter
from tenants.audit.export import WRITERS, export_response
from tenants.audit.models import AuditChain
from tenants.audit.words import changes_table, details_table, subject_of
from tenants.models import AuditEvent


class ReadOnlyAdmin(AdministeredModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """What happened. Read-only for everybody, operators included."""

    list_display = ("created", "happened", "what", "who", "address")
    list_filter = (WhoFilter, ("created", DaysFilter), ObjectFilter, AreaFilter)
    list_filter_submit = True
    list_before_template = "admin/tenants/auditevent/list_top.html"
    list_display_links = ("happened",)
    search_fields = ("action", "detail", "actor_name", "address")
    search_help_text = "Event, details, person or address"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for every area, over a log of any length
    ordering = ("-created",)
    fields = (
        "when", "happened", "who", "changes", "details", "object_reference", "address", "browser", "session_shown",
        "place",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="Event", ordering="action")
    def happened(self, row: AuditEvent) -> str:
        return row.words

    @admin.display(description="By", ordering="actor_name")
    def who(self, row: AuditEvent) -> str:
        return row.by

    @admin.display(description="What")
    def what(self, row: AuditEvent) -> str:
        return subject_of(row)[:80] or "–"

    @admin.display(description="Changed")
    def changes(self, row: AuditEvent) -> SafeString:
        return changes_table(row)

    @admin.display(description="Details")
    def details(self, row: AuditEvent) -> SafeString:
        return details_table(row)

    @admin.display(description="Object")
    def object_reference(self, row: AuditEvent) -> SafeString:
        if row.object_id is None:
            return SafeString("–")
        url = reverse("admin:tenants_auditevent_changelist")
        query = urlencode({"object": str(row.object_id)})
        return format_html('{} (<a href="{}?{}">all its events</a>)', row.object_id, url, query)

    @admin.display(description="When")
    def when(self, row: AuditEvent) -> str:
        return f"{date(localtime(row.created), 'DATE_FORMAT')}, {localtime(row.created):%H:%M:%S.%f %Z}"

    @admin.display(description="Browser or program")
    def browser(self, row: AuditEvent) -> str:
        return row.agent or "–"

    @admin.display(description="Session")
    def session_shown(self, row: AuditEvent) -> str:
        return row.session or "–"

    @admin.display(description="Place in the chain")
    def place(self, row: AuditEvent) -> SafeString:
        return format_html(
            'Event {}, hash <code class="cq-hash">{}</code>', row.sequence or "–", row.hash or "–"
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/<str:kind>/", view, name="tenants_auditevent_export"), *super().get_urls()]

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """What the list shows under the same filters. That it was taken is an event itself."""
        if kind not in WRITERS or not self.has_view_permission(request):
            raise Http404
        try:
            rows: QuerySet[AuditEvent] = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect("admin:tenants_auditevent_changelist")
        with transaction.atomic():
            last = rows.order_by("-pk").values_list("pk", flat=True).first()
            record(
                "audit.exported", actor=request.user.pk, subject=None,
                format=kind, events=rows.count(), filters=dict(request.GET.items()),
            )  # fmt: skip
        return export_response(request, kind, rows.filter(pk__lte=last) if last else rows.none())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        more = {"export_query": request.GET.urlencode()}
        return super().changelist_view(request, {**(extra_context or {}), **more})


@admin.register(AuditChain)
class AuditChainAdmin(AdministeredModelAdmin):
    """One row: how long events are kept, and what to note down elsewhere."""

    audit_name = "audit.retention"
    list_display = ("kept", "sequence", "hash")
    fields = ("keep_days", "sequence", "hash", "anchor_sequence", "anchor_hash")
    readonly_fields = ("sequence", "hash", "anchor_sequence", "anchor_hash")
    actions = ()

    @admin.display(description="Events are kept")
    def kept(self, row: AuditChain) -> str:
        return f"{row.keep_days} days" if row.keep_days else "for ever"

    def save_model(self, request: HttpRequest, obj: AuditChain, form: Any, change: bool) -> None:
        """Nothing but the days: the rest may have moved on since the page was shown."""
        obj.save(update_fields=["keep_days"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
