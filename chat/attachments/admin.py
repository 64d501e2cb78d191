"""The organisation's rules for files in conversations: one page, no list. The files have no admin page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from chat.attachments.models import AttachmentRules
from tenants.admin_base import AdministeredModelAdmin


@admin.register(AttachmentRules)
class AttachmentRulesAdmin(AdministeredModelAdmin):
    audit_name = "attachment_rules"
    fields = ("allowed",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = AttachmentRules.objects.get_or_create()
        return redirect("admin:attachments_attachmentrules_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
