"""Prompts that an organisation offers. People's own have no admin page."""

from django.contrib import admin

from chat.prompts.models import OfferedPrompt
from tenants.admin_base import AdministeredModelAdmin


@admin.register(OfferedPrompt)
class OfferedPromptAdmin(AdministeredModelAdmin):
    audit_name = "offered_prompt"
    fields = ("name", "text", "active")
    list_display = ("name", "active", "created")
    search_fields = ("name", "text")
