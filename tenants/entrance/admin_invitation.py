"""Invitations in the admin: several addresses at once; each can be sent again or taken back while it is open."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from tenants.admin_base import AdministeredModelAdmin
from tenants.entrance.forms import InviteForm
from tenants.entrance.invitations import Sent, deliver, invite, revoke, send_again
from tenants.entrance.models import Invitation
from tenants.errors import Refused
from tenants.models import Role

TEMPLATES = "admin/entrance/invitation"


@admin.register(Invitation)
class InvitationAdmin(AdministeredModelAdmin):
    support = "people"
    list_display = ("email", "role_name", "guest_until", "state_name", "by", "created", "expires")
    search_fields = ("email",)
    ordering = ("-created",)
    fields = ("email", "role_name", "guest_until", "state_name", "group_names", "by", "created", "expires")
    readonly_fields = fields
    list_before_template = f"{TEMPLATES}/list_top.html"
    change_form_outer_after_template = f"{TEMPLATES}/actions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return super().get_queryset(request).select_related("invited_by")

    @admin.display(description="Role", ordering="role")
    def role_name(self, row: Invitation) -> str:
        return Role(row.role).label.split(":")[0]

    @admin.display(description="State")
    def state_name(self, row: Invitation) -> str:
        return row.state

    @admin.display(description="Groups")
    def group_names(self, row: Invitation) -> str:
        return ", ".join(group.name for group in row.groups.order_by("name")) or "–"

    @admin.display(description="Invited by")
    def by(self, row: Invitation) -> str:
        return str(row.invited_by or "–")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = (extra_context or {}) | {
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        views = {"send-again": self.send_again_view, "revoke": self.revoke_view}
        own = [
            path(
                f"<uuid:invitation>/{name}/",
                self.admin_site.admin_view(view),
                name=f"entrance_invitation_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return show_sent(
                request, [self._invite(request, email, form) for email in form.cleaned_data["addresses"]]
            )
        context = self.admin_site.each_context(request) | {
            "title": "Invite people",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, f"{TEMPLATES}/invite.html", context)

    def _invite(self, request: Any, email: str, form: InviteForm) -> Sent:
        try:
            with transaction.atomic():
                link = invite(
                    email,
                    role=form.cleaned_data["role"],
                    groups=list(form.cleaned_data["groups"]),
                    actor=request.user,
                )
        except Refused as error:
            return Sent(email, refused=error.sentence)
        return deliver(link, actor=request.user)

    def send_again_view(self, request: Any, invitation: UUID) -> HttpResponse:
        row = self._posted(request, invitation)
        try:
            with transaction.atomic():
                link = send_again(row, actor=request.user)
        except Refused as error:
            return self._refused(request, row, error)
        return show_sent(request, [deliver(link, actor=request.user)])

    def revoke_view(self, request: Any, invitation: UUID) -> HttpResponse:
        row = self._posted(request, invitation)
        try:
            with transaction.atomic():
                revoke(row, actor=request.user)
        except Refused as error:
            return self._refused(request, row, error)
        messages.success(request, f"The invitation of {row.email} is taken back.")
        return redirect("admin:entrance_invitation_changelist")

    def _posted(self, request: HttpRequest, pk: UUID) -> Invitation:
        row: Invitation | None = self.get_object(request, str(pk))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            raise Http404
        return row

    def _refused(self, request: HttpRequest, row: Invitation, error: Refused) -> HttpResponse:
        messages.error(request, error.sentence)
        return redirect("admin:entrance_invitation_change", row.pk)


def show_sent(request: HttpRequest, sent: list[Sent]) -> HttpResponse:
    """Rendered at once and never redirected to, so that links are stored nowhere."""
    context = admin.site.each_context(request) | {
        "title": "Invitations",
        "opts": Invitation._meta,
        "sent": sent,
    }
    response = TemplateResponse(request, f"{TEMPLATES}/sent.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
