"""Sources in the admin. Every change of documents goes through ingestion.sources.actions."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from ingestion.admin_shown import collections_shown
from ingestion.sources import actions
from ingestion.sources.connector import Connector
from ingestion.sources.errors import SourceError
from ingestion.sources.forms import form_for, option_names
from ingestion.sources.kinds import KINDS, connector_of, offered
from ingestion.sources.models import COUNTS, RunStatus, Source, SourceItem, SourceRun
from tenants.admin_base import TenantModelAdmin
from tenants.crypto import Undecryptable

SHOWN_RUNS = 10
BADGES = {
    RunStatus.QUEUED: "processing", RunStatus.RUNNING: "processing", RunStatus.DONE: "ready",
    RunStatus.HELD: "failed", RunStatus.FAILED: "failed",
}  # fmt: skip


@admin.register(Source)
class SourceAdmin(TenantModelAdmin):
    audit_name = "source"
    support = "documents"
    audit_values = False  # addresses may hold secrets
    ordering = ("name",)
    list_display = ("name_cell", "state_cell", "documents", "collection", "last", "next")
    list_display_links = None
    list_select_related = ("collection", "keeper")
    search_fields = ("name",)
    actions = ()
    list_before_template = "admin/sources/source/list_top.html"
    change_form_outer_before_template = "admin/sources/source/state.html"
    change_form_outer_after_template = "admin/sources/source/runs.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = SourceRun.objects.filter(source=OuterRef("pk")).order_by("-created")
        live = Q(items__document__isnull=False, items__document__deleted_at=None)
        tended = collections_shown(request)
        rows: QuerySet[Any] = super().get_queryset(request).filter(deleted_at=None, collection__in=tended)
        annotated: QuerySet[Any] = rows.annotate(
            newest_run=Subquery(newest.values("pk")[:1]),
            size=Count("items__document", filter=live, distinct=True),
        )
        return annotated

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        if db_field.name == "collection":
            return collections_shown(request)
        return super().get_field_queryset(db, db_field, request)

    # --- The list ----------------------------------------------------------------------------------------------

    @admin.display(description="Source", ordering="name")
    def name_cell(self, row: Source) -> SafeString:
        url = reverse("admin:sources_source_change", args=[row.pk])
        kind = KINDS[row.kind].label if row.kind in KINDS else row.kind
        return format_html(
            '<div class="cq-cell"><a href="{}" class="cq-title">{}</a><span class="cq-sub">{}</span></div>',
            url,
            row.name,
            kind,
        )

    @admin.display(description="State")
    def state_cell(self, row: Any) -> SafeString:
        return state_html(row, newest_run(row))

    @admin.display(description="Documents", ordering="size")
    def documents(self, row: Any) -> int:
        return int(row.size)

    @admin.display(description="Last run")
    def last(self, row: Any) -> str:
        run = newest_run(row)
        return date(localtime(run.ended), "DATETIME_FORMAT") if run and run.ended else "–"

    @admin.display(description="Next run", ordering="next_run")
    def next(self, row: Source) -> str:
        return date(localtime(row.next_run), "DATETIME_FORMAT") if row.next_run else "When somebody asks"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # one at a time: deleting one asks what becomes of its documents

    # --- The form ----------------------------------------------------------------------------------------------

    def kind_of(self, request: HttpRequest, obj: Source | None) -> type[Connector] | None:
        kind = obj.kind if obj else request.GET.get("kind", "")
        return KINDS.get(kind) if obj or kind in {connector.kind for connector in offered()} else None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        connector = self.kind_of(request, obj)
        if connector is None:
            return super().get_form(request, obj, change, **kwargs)
        kwargs["form"] = form_for(connector)
        kwargs["fields"] = ["name", "collection", "every", "active"]
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        connector = self.kind_of(request, obj)
        if connector is None:
            return ((None, {"fields": ("name", "collection", "every", "active")}),)
        return (
            (None, {"fields": ("name", "collection", "every", "active")}),
            (connector.label, {"fields": option_names(connector), "description": connector.description}),
        )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        connector = self.kind_of(request, None)
        if connector is None:
            context = self.admin_site.each_context(request) | {
                "title": "Add a source", "opts": self.opts, "kinds": [kind_card(connector) for connector in offered()],
            }  # fmt: skip
            return TemplateResponse(request, "admin/sources/source/kinds.html", context)
        more = {"title": f"Add: {connector.label}", "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **more})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        source = self.get_object(request, object_id)
        more: dict[str, Any] = {"show_save_and_add_another": False, "show_delete": False}
        if source is not None:
            more |= state_context(source)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        if not change:
            obj.keeper_id = self.acting(request).user
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Source, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the source, where it can be tested."""
        messages.success(request, f"{obj.name} is saved. Test the connection, then let it run.")
        return redirect("admin:sources_source_change", obj.pk)

    # --- What can be done with one -----------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "sources_source_{}".format
        return [
            path("<uuid:source>/test/", view(self.test_view), name=name("test")),
            path("<uuid:source>/sync/", view(self.sync_view), name=name("sync")),
            path("<uuid:source>/confirm/", view(self.confirm_view), name=name("confirm")),
            path("<uuid:source>/cancel/", view(self.cancel_view), name=name("cancel")),
            path("<uuid:source>/bring-back/", view(self.bring_back_view), name=name("bring_back")),
            path("<uuid:source>/state/", view(self.state_view), name=name("state")),
            *super().get_urls(),
        ]

    def tended(self, request: HttpRequest, source: UUID, *, method: str = "POST") -> Source:
        """The source, if this person may tend it and asks in the right way; 404 otherwise."""
        self.acting(request)
        row: Source | None = self.get_object(request, str(source))
        if request.method != method or row is None or not self.has_change_permission(request, row):
            raise Http404
        return row

    def test_view(self, request: HttpRequest, source: UUID) -> HttpResponse:
        row, member = self.tended(request, source), self.acting(request)
        try:
            connector = connector_of(
                row.kind, row.options, secret=row.secret, organisation=member.tenant_name
            )
            messages.success(request, connector.check())
        except SourceError as error:
            messages.error(request, error.sentence)
        except Undecryptable:
            messages.error(request, "The stored secret cannot be read any more. Enter it again.")
        return self._back(row)

    def sync_view(self, request: HttpRequest, source: UUID) -> HttpResponse:
        row = self.tended(request, source)
        if not actions.start_run(row, self.acting(request)):
            messages.info(request, "It is being looked at already.")
        return self._back(row)

    def confirm_view(self, request: HttpRequest, source: UUID) -> HttpResponse:
        row = self.tended(request, source)
        run = newest_run(row)
        if run is None or run.status != RunStatus.HELD:
            messages.info(request, "There is nothing to confirm any more.")
        else:
            actions.start_run(row, self.acting(request), confirmed=True)
        return self._back(row)

    def cancel_view(self, request: HttpRequest, source: UUID) -> HttpResponse:
        row = self.tended(request, source)
        if not actions.cancel_run(row, self.acting(request)):
            messages.info(request, "It had ended already.")
        return self._back(row)

    def bring_back_view(self, request: HttpRequest, source: UUID) -> HttpResponse:
        row, member = self.tended(request, source), self.acting(request)
        if actions.bring_back(row, member):
            actions.start_run(row, member)
        return self._back(row)

    def state_view(self, request: HttpRequest, source: UUID) -> JsonResponse:
        """For the page that follows a run."""
        row = self.tended(request, source, method="GET")
        run = newest_run(row)
        return JsonResponse({"html": state_html(row, run), "finished": run is None or run.finished})

    def _back(self, source: Source) -> HttpResponse:
        return redirect("admin:sources_source_change", source.pk)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        source = self.get_object(request, object_id)
        if source is None or not self.has_delete_permission(request, source):
            return super().delete_view(request, object_id, extra_context)
        choice = request.POST.get("documents")
        if request.method == "POST" and choice in ("keep", "delete"):
            actions.delete_source(source, self.acting(request), keep_documents=choice == "keep")
            what = "stay" if choice == "keep" else "are being deleted"
            messages.success(request, f"{source.name} is deleted. Its documents {what}.")
            return redirect("admin:sources_source_changelist")
        context = self.admin_site.each_context(request) | {
            "title": f"Delete {source.name}", "opts": self.opts, "source": source,
            "missing": request.method == "POST",
        }  # fmt: skip
        return TemplateResponse(request, "admin/sources/source/delete.html", context)


def kind_card(connector: type[Connector]) -> dict[str, str]:
    """For a template, which would call a class."""
    return {name: getattr(connector, name) for name in ("kind", "label", "description", "icon")}


def newest_run(source: Any) -> SourceRun | None:
    """Of a row of the admin's queryset."""
    run: SourceRun | None = (
        SourceRun.objects.filter(pk=source.newest_run).first() if source.newest_run else None
    )
    return run


def state_context(source: Any) -> dict[str, Any]:
    runs = list(SourceRun.objects.filter(source=source)[:SHOWN_RUNS])
    newest = runs[0] if runs else None
    return {
        "source": source,
        "runs": [{"row": run, "badge": badge_of(run), "counts": counts_of(run)} for run in runs],
        "newest": newest,
        "busy": newest is not None and not newest.finished,
        "held": newest is not None and newest.status == RunStatus.HELD,
        "state": state_html(source, newest),
        "deleted_here": SourceItem.objects.filter(source=source, document=None).count(),
    }


def badge_of(run: SourceRun) -> str:
    return BADGES.get(RunStatus(run.status), "")


def counts_of(run: SourceRun) -> str:
    """“3 added, 1 removed”, without what there was none of."""
    return ", ".join(f"{getattr(run, name)} {name}" for name in COUNTS if getattr(run, name))


def state_html(source: Source, run: SourceRun | None) -> SafeString:
    context: dict[str, Any] = {"source": source, "run": run}
    if run is not None:
        context |= {"badge": badge_of(run), "counts": counts_of(run)}
    return render_to_string("admin/sources/source/badge.html", context)
