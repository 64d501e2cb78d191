"""What an admin can do about the account of one member: sign it out, take its second factors off."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from tenants.actions import record
from tenants.admin_base import AdministeredModelAdmin
from tenants.entrance.factors import factor_names, reset_factors
from tenants.entrance.sessions import device_words, end_all_sessions, sessions_of
from tenants.errors import Refused
from tenants.members import owns_account
from tenants.models import Membership

if TYPE_CHECKING:
    Base = AdministeredModelAdmin
else:
    Base = object


class AccountActions(Base):
    """Buttons on the page of a member. Each is a post, for those who may change that member."""

    def get_urls(self) -> list[URLPattern]:
        views = {"sign-out": self.sign_out_view, "reset-factors": self.reset_factors_view}
        own = [
            path(
                f"<uuid:membership>/{name}/",
                self.admin_site.admin_view(view),
                name=f"tenants_membership_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = extra_context or {}
        if row is not None and self.has_change_permission(request, row):
            rows = sessions_of(row.user_id)
            # From where somebody works for another organisation is none of this one's business.
            told = rows if owns_account(row.user) else []
            context |= {
                "account_session_count": len(rows),
                "account_sessions": [{"row": r, "device": device_words(r.user_agent)} for r in told],
                "account_factors": factor_names(row.user_id),
            }
        return super().change_view(request, object_id, form_url, context)

    def sign_out_view(self, request: HttpRequest, membership: UUID) -> HttpResponse:
        def end(row: Membership) -> str:
            count = end_all_sessions(row.user_id)
            record("member.signed_out", actor=request.user.pk, subject=row.pk, name=str(row), sessions=count)
            return f"{row} is signed out everywhere."

        return self._posted(request, membership, end)

    def reset_factors_view(self, request: HttpRequest, membership: UUID) -> HttpResponse:
        def reset(row: Membership) -> str:
            reset_factors(row, actor=request.user.pk)
            return f"{row} has no second factor now, and is signed out everywhere."

        return self._posted(request, membership, reset)

    def _posted(self, request: HttpRequest, pk: UUID, act: Callable[[Membership], str]) -> HttpResponse:
        row = self.get_object(request, str(pk))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            raise Http404
        myself = row.user_id == request.user.pk
        try:
            with transaction.atomic():
                messages.success(request, act(row))
        except Refused as error:
            messages.error(request, error.sentence)
        return redirect(
            "account_login" if myself else "admin:tenants_membership_change", *([] if myself else [row.pk])
        )
