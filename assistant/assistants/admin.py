"""Assistants in the admin: the editor, the versions of one, and the way back to an earlier one."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assistant.assistants.diff import differences
from assistant.assistants.forms import AssistantForm, LinesField
from assistant.assistants.models import Assistant, AssistantVersion
from assistant.assistants.versions import changed_settings, note_version, restore_version
from tenants.admin_base import AdministeredModelAdmin


@admin.register(Assistant)
class AssistantAdmin(AdministeredModelAdmin):
    audit_name = "assistant"
    form = AssistantForm
    ordering = ("-active", "name")
    list_display = ("name", "users", "sources", "version", "standard", "active")
    list_filter = ("active",)
    search_fields = ("name", "description")
    actions = ()

    class Media:
        css: ClassVar = {"all": ["css/tokens.css", "css/prose.css", "css/admin-assistants.css"]}

    change_form_outer_after_template = "admin/assistants/beside_form.html"
    fieldsets = (
        (None, {"fields": ("name", "icon", "description")}),
        ("How it answers", {"fields": ("instructions", ("endpoint", "model"), "temperature")}),
        (
            "What it answers from",
            {
                "fields": ("every_collection", "collections"),
                "description": "Never more than the asking person may read, as of the moment of asking.",
            },
        ),
        ("How a conversation begins", {"fields": ("openers",)}),
        (
            "Who may use it",
            {
                "fields": ("everyone", "groups", "people", "active", "standard"),
                "description": "Others see neither its name nor that it exists. Its instructions are seen here alone.",
            },
        ),
        ("This version", {"fields": ("note",)}),
    )
    conditional_fields = {
        "groups": "everyone == false",
        "people": "everyone == false",
        "collections": "every_collection == false",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super().get_queryset(request).prefetch_related("groups", "people", "collections")
        )
        numbered: QuerySet[Any] = rows.annotate(newest=Max("versions__number"))
        return numbered

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        rows = {"instructions": 12, "openers": 4}.get(db_field.name)
        if rows:
            kwargs["form_class"] = LinesField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if rows:
            field.widget.attrs["rows"] = rows
        return field

    @admin.display(description="May use it")
    def users(self, row: Assistant) -> str:
        if row.everyone:
            return "Everyone"
        found = [str(each) for each in (*row.groups.all(), *row.people.all())]
        return _few(found) or "Nobody yet"

    @admin.display(description="Answers from")
    def sources(self, row: Assistant) -> str:
        if row.every_collection:
            return "Every collection"
        return _few([each.name for each in row.collections.all()]) or "Nothing: its collections are gone"

    @admin.display(description="Version")
    def version(self, row: Any) -> SafeString | str:
        url = reverse("admin:assistants_assistant_versions", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, row.newest) if row.newest else "–"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # answers name it: archive it instead

    def save_model(self, request: HttpRequest, obj: Assistant, form: Any, change: bool) -> None:
        if obj.standard:  # one at most: the one that was gives way
            Assistant.objects.filter(standard=True).exclude(pk=obj.pk).update(standard=False)
        super().save_model(request, obj, form, change)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        note = form.cleaned_data.get("note", "")
        made = note_version(form.instance, author=request.user.pk, note=note)
        if made and change:
            messages.info(request, f"This is version {made.number} of what it is told.")

    def get_urls(self) -> list[URLPattern]:
        # Imported here: answering loads the SDK, which starting must not wait for.
        def try_out(request: HttpRequest) -> Any:
            from assistant.assistants.try_out import try_out_view

            return try_out_view(self, request)

        wrap = self.admin_site.admin_view
        return [
            path("try-out/", wrap(try_out), name="assistants_assistant_try_out"),
            path(
                "<uuid:assistant>/versions/", wrap(self.versions_view), name="assistants_assistant_versions"
            ),
            path(
                "<uuid:assistant>/versions/<int:number>/restore/",
                wrap(self.restore_view),
                name="assistants_assistant_restore",
            ),
            *super().get_urls(),
        ]

    def row_or_404(self, request: HttpRequest, assistant: UUID) -> Any:
        row = self.get_object(request, str(assistant))
        if row is None or not self.has_change_permission(request, row):
            raise Http404
        return row

    def versions_view(self, request: HttpRequest, assistant: UUID) -> HttpResponse:
        row = self.row_or_404(request, assistant)
        versions = list(AssistantVersion.objects.filter(assistant=row).select_related("author"))
        shown = [
            _compared(version, before)
            for version, before in zip(versions, [*versions[1:], None], strict=True)
        ]
        context = self.admin_site.each_context(request) | {
            "title": f"Versions of {row.name}",
            "assistant": row,
            "versions": shown,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/assistants/versions.html", context)

    def restore_view(self, request: HttpRequest, assistant: UUID, number: int) -> HttpResponse:
        row = self.row_or_404(request, assistant)
        version = AssistantVersion.objects.filter(assistant=row, number=number).first()
        if request.method != "POST" or version is None:
            raise Http404
        if made := restore_version(version, author=self.acting(request).user):
            messages.success(
                request, f"{row.name} is as in version {number} again. This is version {made.number}."
            )
        else:
            messages.info(request, f"{row.name} is as in version {number} already.")
        return redirect("admin:assistants_assistant_versions", row.pk)


def _few(found: list[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _compared(version: AssistantVersion, before: AssistantVersion | None) -> dict[str, Any]:
    """A version, and what it changed in the one before it."""
    old = before.instructions if before else ""
    return {
        "row": version,
        "first": before is None,
        "words": differences(old, version.instructions) if old != version.instructions else [],
        "settings": changed_settings(before.settings, version.settings) if before else [],
    }
