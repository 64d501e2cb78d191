"""Filters of the document list about what people have said of documents."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, Func, QuerySet, Value
from django.http import HttpRequest

from ingestion.admin_shown import collections_shown, documents_shown
from ingestion.days import today
from ingestion.tending import tags_in_use
from tenants.models import User


class HasTag(Func):
    """Whether a document has just this tag, on either database."""

    function = "jsonb_exists"
    output_field = BooleanField()

    def __init__(self, tag: str) -> None:
        super().__init__("tags", Value(tag))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="EXISTS (SELECT 1 FROM json_each(%(expressions)s)",
            arg_joiner=") WHERE value = ",
            **context,
        )


class CollectionFilter(admin.RelatedFieldListFilter):
    """Names the collections that the person tends, and no others."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        tended = collections_shown(request)
        return list(tended.values_list("pk", "name"))


class StandingFilter(admin.SimpleListFilter):
    title = "validity"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Due for review"), ("expired", "Expired"), ("future", "Not yet valid")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "due":
                return queryset.filter(review_on__lte=today())
            case "expired":
                return queryset.filter(valid_until__lt=today())
            case "future":
                return queryset.filter(valid_from__gt=today())
        return queryset


class TagFilter(admin.SimpleListFilter):
    title = "tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(tag, tag) for tag in tags_in_use(documents_shown(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        tag = self.value()
        return queryset.filter(HasTag(tag)) if tag else queryset


class OwnerFilter(admin.SimpleListFilter):
    title = "owner"
    parameter_name = "tended_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tended = documents_shown(request)
        owners = User.objects.filter(pk__in=tended.values("owner")).order_by("name", "email")
        return [*((str(owner.pk), str(owner)) for owner in owners), ("none", "Nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted == "none":
            return queryset.filter(owner=None)
        known = {key for key, _ in self.lookup_choices}
        return queryset.filter(owner=wanted) if wanted in known else queryset


def with_tags_like(queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Documents one of whose tags holds these words."""
    found = queryset.none()
    for tag in tags_in_use(queryset):
        if term.strip() and term.strip().casefold() in tag.casefold():
            found = found | queryset.filter(HasTag(tag))
    return found
