"""The organisation's sharing rules: one page, no list. Links themselves are their owners' and have no admin page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from chat.sharing.models import SharingRules
from tenants.admin_base import AdministeredModelAdmin


@admin.register(SharingRules)
class SharingRulesAdmin(AdministeredModelAdmin):
    audit_name = "sharing_rules"
    fields = ("allowed",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = SharingRules.objects.get_or_create()
        return redirect("admin:sharing_sharingrules_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
