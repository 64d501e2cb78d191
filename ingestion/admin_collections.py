"""Collections in the admin: who may read them, and that only an empty one is deleted."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, Field, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ingestion.admin_shown import collections_shown
from ingestion.models import Collection, Document
from tenants.admin_base import TenantModelAdmin
from tenants.admin_site import administers
from tenants.models import Membership, Role

MANAGERS = (
    "Who tends it",
    {
        "fields": ("managers",),
        "description": "Admins, and knowledge managers of all collections, tend it in any case.",
    },
)


@admin.register(Collection)
class CollectionAdmin(TenantModelAdmin):
    audit_name = "collection"
    support = "documents"
    ordering = ("name",)
    list_display = ("name", "readers", "number_of_documents", "description")
    search_fields = ("name", "description")
    fieldsets = (
        (None, {"fields": ("name", "description")}),
        (
            "Who may read",
            {
                "fields": ("everyone", "groups", "people"),
                "description": (
                    "Admins read every collection, knowledge managers those that they tend, and guests only "
                    "those that name them or a group of theirs. A change takes effect with the next question; "
                    "nothing has to be indexed again."
                ),
            },
        ),
    )
    conditional_fields: ClassVar = {"groups": "everyone == false", "people": "everyone == false"}
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        rows = rows.filter(pk__in=collections_shown(request))
        live = Count("documents", filter=Q(documents__deleted_at=None))
        rows = rows.annotate(size=live)
        return rows.prefetch_related("groups", "people")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fieldsets, MANAGERS) if administers(request) else self.fieldsets

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self.acting(request).tends_all

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.acting(request).tends_all

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        people = super().get_field_queryset(db, db_field, request)
        if db_field.name == "managers" and people is not None:
            chosen = Membership.objects.filter(role=Role.MANAGER, tends_chosen=True)
            return people.filter(pk__in=chosen.values("user"))
        return people

    @admin.display(description="Readers")
    def readers(self, row: Collection) -> str:
        if row.everyone:
            return "Everyone"
        names = [str(reader) for reader in (*row.groups.all(), *row.people.all())]
        if not names:
            return "Managers and admins only"
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @admin.display(description="Documents", ordering="size")
    def number_of_documents(self, row: Any) -> SafeString:
        url = reverse("admin:ingestion_document_changelist")
        return format_html('<a href="{}?collection__id__exact={}">{}</a>', url, row.pk, row.size)

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "description":
            field.widget.attrs["rows"] = 2
        return field

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # one at a time: each must be empty first

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        collection = self.get_object(request, object_id)
        if collection is not None and (sentence := not_empty(collection)):
            messages.error(request, sentence)
            return redirect("admin:ingestion_collection_change", collection.pk)
        return super().delete_view(request, object_id, extra_context)


def not_empty(collection: Any) -> str:
    """Why a collection cannot be deleted, in words; "" when it can."""
    if collection.size:
        count = "1 document" if collection.size == 1 else f"{collection.size} documents"
        return f"“{collection.name}” still holds {count}. Move or delete them first."
    if Document.objects.filter(collection=collection).exists():
        return f"Documents of “{collection.name}” are still being deleted. Try again in a minute."
    if source := collection.sources.first():
        return f"“{collection.name}” is filled by the source “{source.name}”. Delete the source first."
    return ""
