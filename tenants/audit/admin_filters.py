"""Filters of the audit trail: who, what, which object, when."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import make_aware

from tenants.audit.words import AREAS

if TYPE_CHECKING:  # unfold has no types
    from django.contrib.admin import FieldListFilter as RangeDateFilter
    from django.contrib.admin import SimpleListFilter as TextFilter

    def parse_date_str(value: str) -> Any: ...
else:
    from unfold.contrib.filters.admin import RangeDateFilter, TextFilter
    from unfold.utils import parse_date_str


class WhoFilter(TextFilter):
    title = "person"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(actor_name__icontains=self.value()) if self.value() else queryset


class ObjectFilter(TextFilter):
    title = "id of the object"
    parameter_name = "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        try:
            return queryset.filter(object_id=UUID((self.value() or "").strip()))
        except ValueError:
            return queryset.none()


class AreaFilter(admin.SimpleListFilter):
    title = "what"
    parameter_name = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(AREAS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() in AREAS else queryset


class DaysFilter(RangeDateFilter):
    """Both days are meant to be in it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (self._day(end) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(created__gte=first)
        return queryset.filter(created__lt=last + timedelta(days=1)) if last else queryset

    def _day(self, end: str) -> Any:
        value = self.used_parameters.get(f"{self.field_path}_{end}")
        day = parse_date_str(value) if isinstance(value, str) and value else None
        return make_aware(datetime.combine(day, time.min)) if day else None
