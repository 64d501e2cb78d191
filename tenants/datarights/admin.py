"""Data rights in the admin: exports, deletions, holds and rules of the organisation."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import date, filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from tenants.admin_base import Admin, AdministeredModelAdmin
from tenants.admin_platform import OperatorAdmin
from tenants.audit.admin import ReadOnlyAdmin
from tenants.datarights import erasing, erasing_tenant, exporting, holds, registry
from tenants.datarights.models import (
    DataExport,
    DataRules,
    Kind,
    LegalHold,
    PersonErasure,
    State,
    TenantErasure,
)
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

    @admin.display(description="File")
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


class ErasureAdmin(Admin):
    """Receipts, to be read and handed out, never changed."""

    as_json: Any
    actions = ()
    ordering = ("-asked_at",)
    list_before_template = "admin/datarights/erasures_top.html"

    @admin.display(description="State", ordering="done_at")
    def state(self, row: Any) -> SafeString:
        if row.done_at:
            return format_html(
                '<span class="cq-badge" data-state="ready">Done</span> <span class="cq-sub">{}</span>',
                date(localtime(row.done_at), "j F Y, H:i"),
            )
        return format_html(
            '<span class="cq-badge" data-state="processing">Deleting, {} %</span> <span class="cq-sub">{}</span>',
            row.progress, row.problem,
        )  # fmt: skip

    @admin.display(description="Removed")
    def counted(self, row: Any) -> SafeString:
        lines = format_html_join(
            "", '<tr><th scope="row">{}</th><td>{}</td></tr>', sorted(row.removed.items())
        )
        return format_html('<table class="cq-table cq-counts"><tbody>{}</tbody></table>', lines)

    @admin.display(description="The check afterwards")
    def checked(self, row: Any) -> SafeString:
        looks = [(name, look) for name, look in row.check_found.items() if isinstance(look, dict)]
        lines = format_html_join(
            "",
            '<tr><th scope="row">{}</th><td>{} left</td><td>{}</td></tr>',
            ((name, look["count"], look["said"]) for name, look in looks),
        )
        return format_html('<table class="cq-table cq-counts"><tbody>{}</tbody></table>', lines)

    @admin.display(description="Receipt")
    def receipt(self, row: Any) -> SafeString:
        url = reverse(f"admin:datarights_{self.opts.model_name}_json", args=[row.pk])
        return format_html('<a class="cq-button" href="{}">Save as JSON</a>', url)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.json_view)
        name = f"datarights_{self.opts.model_name}_json"
        return [path("<uuid:receipt>/json/", view, name=name), *super().get_urls()]

    def json_view(self, request: HttpRequest, receipt: UUID) -> HttpResponse:
        row = self.get_object(request, str(receipt)) if self.has_view_permission(request) else None
        if row is None:
            raise Http404
        headers = {"Content-Disposition": f'attachment; filename="receipt-{row.pk}.json"'}
        return JsonResponse(self.as_json(row), json_dumps_params={"indent": 2}, headers=headers)


@admin.register(PersonErasure)
class PersonErasureAdmin(ErasureAdmin, ReadOnlyAdmin):
    as_json = staticmethod(erasing.as_json)
    list_display = ("__str__", "asked_at", "state", "account")
    fields = (
        "person",
        "email_sha256",
        "asked_by",
        "asked_at",
        "state",
        "account",
        "counted",
        "checked",
        "receipt",
    )
    readonly_fields = fields


@admin.register(TenantErasure)
class TenantErasureAdmin(ErasureAdmin, OperatorAdmin):
    as_json = staticmethod(erasing_tenant.as_json)
    list_display = ("name", "asked_at", "state")
    fields = ("name", "tenant", "asked_by", "asked_at", "state", "counted", "checked", "receipt")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DataRules)
class DataRulesAdmin(AdministeredModelAdmin):
    """One page, no list."""

    audit_name = "data_rules"
    fields = ("keep_days", "would_go", "self_deletion", "export_conversations", "incognito")
    readonly_fields = ("would_go",)

    @admin.display(description="Tonight")
    def would_go(self, row: DataRules) -> SafeString:
        """With `?days=` in the address for a number that is not saved yet."""
        days = self.asked_days or row.keep_days
        count = registry.preview["conversations"](row.tenant_id, days)
        other = format_html_join(
            " · ", '<a href="?days={}">{} days</a>', ((d, d) for d in (30, 90, 180, 365, 730))
        )
        rule = f"Keeping {days} days" if days else "Keeping all that nobody has deleted"
        return format_html("{}: {} would go. Try: {}", rule, count, other)

    asked_days: int | None = None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        days = request.GET.get("days", "")
        page = type(self)(self.model, self.admin_site)  # an admin is shared by all requests
        page.asked_days = int(days) if days.isdecimal() and len(days) < 6 else None
        return super(DataRulesAdmin, page).change_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = DataRules.objects.get_or_create()
        return redirect("admin:datarights_datarules_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LegalHold)
class LegalHoldAdmin(AdministeredModelAdmin):
    """Placed and released, never changed."""

    audit_name = "legal_hold"
    fields = ("person", "reason")
    list_display = ("__str__", "reason", "placed_by", "placed_at", "released_at", "release_button")
    list_display_links = None
    list_select_related = ("person", "placed_by")
    list_before_template = "admin/datarights/holds_top.html"
    actions = ()

    @admin.display(description="Release")
    def release_button(self, row: LegalHold) -> SafeString:
        if row.released_at:
            return SafeString("Released")
        url = reverse("admin:datarights_legalhold_release", args=[row.pk])
        return format_html('<a class="cq-button" href="{}">Release</a>', url)

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        obj.placed_by_id = request.user.pk
        obj.save()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.release_view)
        return [path("<uuid:hold>/release/", view, name="datarights_legalhold_release"), *super().get_urls()]

    def release_view(self, request: HttpRequest, hold: UUID) -> HttpResponse:
        """Asks first: what was held goes with the next retention."""
        row = self.get_object(request, str(hold))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if request.method == "POST":
            holds.release(row, actor=self.acting(request).user)
            messages.success(request, "The hold is released. Retention takes effect with the next night.")
            return redirect("admin:datarights_legalhold_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": "Release a hold",
            "opts": self.opts,
            "hold": row,
        }
        return render(request, "admin/datarights/release.html", context)
