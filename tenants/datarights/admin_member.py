"""What an admin can do about the data of one member: export it, delete it with the person."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from tenants.admin_base import AdministeredModelAdmin
from tenants.datarights import exporting
from tenants.datarights.erasing import request_erasure
from tenants.datarights.models import Kind
from tenants.errors import Refused

if TYPE_CHECKING:
    Base = AdministeredModelAdmin
else:
    Base = object


class DataActions(Base):
    """Buttons on the page of a member. Each is a post, for those who may change that member."""

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        erase = self.admin_site.admin_view(self.erase_view)
        return [
            path("<uuid:membership>/erase/", erase, name="tenants_membership_erase"),
            path("<uuid:membership>/export/", export, name="tenants_membership_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, membership: UUID) -> HttpResponse:
        row = self.get_object(request, str(membership))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            raise Http404
        exporting.ask(kind=Kind.PERSON, recipient=self.acting(request).user, about=row.user)
        messages.success(request, f"The data of {row} is being put together. Fetch it here when it is ready.")
        return redirect("admin:datarights_dataexport_changelist")

    def erase_view(self, request: HttpRequest, membership: UUID) -> HttpResponse:
        """The admin types the address: there is no way back."""
        row = self.get_object(request, str(membership))
        if request.method != "POST" or row is None or not self.has_delete_permission(request, row):
            raise Http404
        acting = self.acting(request)
        try:
            if request.POST.get("confirm", "").strip().lower() != row.user.email:
                raise Refused(f"Nothing was deleted: type the address {row.user.email} to confirm.")
            name = str(row)
            request_erasure(row.user, tenant=row.tenant_id, asked_by=acting.user)
        except Refused as error:
            messages.error(request, error.sentence)
            return redirect("admin:tenants_membership_change", membership)
        if row.user_id == request.user.pk:
            return redirect("account_login")
        messages.success(request, f"{name} is out, and their data is being deleted.")
        return redirect("admin:datarights_personerasure_changelist")
