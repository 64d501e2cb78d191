"""Tokens for identity providers, in the admin: made and revoked, never shown again and never deleted."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from tenants.admin_base import AdministeredModelAdmin
from tenants.scim.models import ScimToken
from tenants.scim.tokens import make_token, revoke_token
from tenants.scim.urls import base_of


@admin.register(ScimToken)
class ScimTokenAdmin(AdministeredModelAdmin):
    support = "people"
    list_display = ("name", "works", "created", "made_by", "last_used")
    ordering = ("-created",)
    list_before_template = "admin/scim/scimtoken/list_top.html"
    change_form_outer_after_template = "admin/scim/scimtoken/revoke.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScimToken]:
        return super().get_queryset(request).select_related("created_by")

    @admin.display(description="Works", boolean=True, ordering="revoked")
    def works(self, row: ScimToken) -> bool:
        return row.revoked is None

    @admin.display(description="Made by", ordering="created_by__name")
    def made_by(self, row: ScimToken) -> str:
        return str(row.created_by or "–")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "created", "made_by", "last_used", "revoked") if obj else ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"scim_address": base_of(request), **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        more = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**more, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: ScimToken, form: Any, change: bool) -> None:
        request.new_token = make_token(obj, actor=request.user.pk)  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ScimToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Rendered at once and never redirected to, so that the token is stored nowhere."""
        context = self.admin_site.each_context(request) | {
            "title": "Provisioning",
            "opts": self.opts,
            "token_name": obj.name,
            "token": request.new_token,  # type: ignore[attr-defined]
            "scim_address": base_of(request),
        }
        response = TemplateResponse(request, "admin/scim/scimtoken/made.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<uuid:token>/revoke/", revoke, name="scim_scimtoken_revoke"), *super().get_urls()]

    def revoke_view(self, request: HttpRequest, token: UUID) -> HttpResponse:
        row = self.get_object(request, str(token))
        if request.method != "POST" or row is None or not self.may(request, row):
            raise Http404
        with transaction.atomic():
            revoke_token(row, actor=request.user.pk)
        messages.success(request, f"The token {row} is revoked.")
        return redirect("admin:scim_scimtoken_changelist")
