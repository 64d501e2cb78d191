"""Two sides of support access: the organisation's admins decide, operators ask. Neither page shows the other's rows."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from tenants.access import Member
from tenants.admin_site import is_operator
from tenants.audit.admin import ReadOnlyAdmin
from tenants.errors import Refused
from tenants.scoping import every_tenant, tenant_scope
from tenants.support import access
from tenants.support.forms import AskForm
from tenants.support.models import SupportAccess


@admin.register(SupportAccess)
class SupportAccessAdmin(ReadOnlyAdmin):
    list_display = ("operator_name", "state", "scope_words", "requested", "expires")
    list_display_links = ("operator_name",)
    ordering = ("-requested",)
    fields = (
        "operator_name", "reason", "scope_words", "hours", "requested", "state", "decided", "decided_by", "expires",
        "ended",
    )  # fmt: skip
    readonly_fields = fields
    list_before_template = "admin/support/supportaccess/list_top.html"
    change_form_outer_before_template = "admin/support/supportaccess/decide.html"

    @admin.display(description="May read")
    def scope_words(self, row: SupportAccess) -> str:
        return row.scope.capitalize()

    def get_urls(self) -> list[URLPattern]:
        views = {
            "<uuid:pk>/approve/": ("approve", self.approve_view),
            "<uuid:pk>/decline/": ("decline", self.decline_view),
            "<uuid:pk>/end/": ("end", self.end_view),
            "<uuid:pk>/leave/": ("leave", self.leave_view),
            "ask/": ("ask", self.ask_view),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=f"support_supportaccess_{name}")
            for route, (name, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    # --- The organisation's admins

    def approve_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._decided(
            request, pk, access.approve, "{name} is let in. You can end it here at any moment."
        )

    def decline_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._decided(request, pk, access.decline, "{name} is not let in.")

    def end_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        def stop(row: SupportAccess, member: Member) -> None:
            access.end(row, actor=member.user)

        return self._decided(request, pk, stop, "{name} is let in no longer.")

    def _decided(
        self, request: HttpRequest, pk: UUID, act: Callable[[SupportAccess, Member], None], said: str
    ) -> HttpResponse:
        row = self.get_object(request, str(pk)) if self.has_view_permission(request) else None
        if request.method != "POST" or row is None:
            raise Http404
        try:
            with transaction.atomic():
                act(row, self.acting(request))
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, said.format(name=row.operator_name))
        return redirect("admin:support_supportaccess_change", row.pk)

    # --- Operators

    def ask_view(self, request: Any, *args: Any) -> HttpResponse:
        if not is_operator(request):
            raise Http404
        form = AskForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            asked = dict(form.cleaned_data)
            tenant = asked.pop("organisation")
            try:
                with tenant_scope(tenant.pk), transaction.atomic():
                    access.ask(request.user, **asked)
            except Refused as error:
                messages.error(request, error.sentence)
            else:
                messages.success(request, f"The admins of {tenant.name} have been asked.")
            return redirect("admin:support_supportaccess_ask")
        context = self.admin_site.each_context(request) | {
            "title": "Support access", "opts": self.opts, "form": form,
            "requests": access.requests_of(request.user.pk),
        }  # fmt: skip
        return TemplateResponse(request, "admin/support/supportaccess/ask.html", context)

    def leave_view(self, request: Any, pk: UUID) -> HttpResponse:
        """The operator ends what is their own, or takes the request back."""
        with every_tenant():
            row = SupportAccess.objects.filter(pk=pk, operator=request.user.pk).first()
        if request.method != "POST" or row is None:
            raise Http404
        try:
            with tenant_scope(row.tenant_id), transaction.atomic():
                access.end(row, actor=request.user.pk)
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, "It is ended.")
        return redirect("admin:support_supportaccess_ask")
