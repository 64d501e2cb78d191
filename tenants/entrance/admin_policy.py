"""The organisation's sign-in rules: one page, no list."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants.admin_base import AdministeredModelAdmin
from tenants.entrance.models import SignInPolicy


@admin.register(SignInPolicy)
class SignInPolicyAdmin(AdministeredModelAdmin):
    audit_name = "sign_in_rules"
    support = "people"
    fields = ("idle_minutes", "absolute_hours", "second_factor")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = SignInPolicy.objects.get_or_create()
        return redirect("admin:entrance_signinpolicy_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
