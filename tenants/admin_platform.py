"""What operators tend: organisations and accounts, and nothing that organisations hold.

Whoever can set a person's password or address can be that person. So of an account that belongs to an organisation
an operator can only switch the sign-in on and off, and take second factors off. Its organisations and the person are
told of it.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from tenants.actions import record, record_for_person
from tenants.admin_base import Admin, changed_fields
from tenants.admin_site import is_operator
from tenants.audit.changes import changes_of
from tenants.ending import end_account
from tenants.entrance.factors import factor_names, take_factors_off
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.forms import FirstAdminForm, OrganisationForm, PersonForm
from tenants.models import Membership, Tenant, User
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import EmailDomain
from tenants.support.first_admin import has_admin, invite_first_admin
from tenants.support.letters import tell_all_about

ACCOUNT_CHANGED = (
    "{operator}, an operator of your Colloquy installation, has changed the account of {person}: {what}.\n\n"
    "If nobody asked for this, talk to your operator. Your audit trail holds it too.\n"
)


class OperatorAdmin(Admin):
    """Rows above the tenants: for platform operators only. Nothing is deleted here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:
        request.audit_changes = changes_of(form, new=add)
        return super().construct_change_message(request, form, formsets, add)


@admin.register(Tenant)
class TenantAdmin(OperatorAdmin):
    list_display = ("name", "created", "last_used")
    search_fields = ("name",)
    change_form_outer_after_template = "admin/tenants/tenant/platform.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = OrganisationForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name",) if obj else ("name", "admin_email")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.first_admin_view)
        return [path("<uuid:tenant>/admin/", view, name="tenants_tenant_admin"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        more: dict[str, Any] = {}
        row = self.get_object(request, object_id)
        if row is not None and is_operator(request):
            with tenant_scope(row.pk):
                more = {
                    "domains": list(EmailDomain.objects.order_by("domain")),
                    "first_admin_form": None if has_admin(row.pk) else FirstAdminForm(),
                }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def response_add(self, request: Any, obj: Tenant, post_url_continue: str | None = None) -> HttpResponse:
        return self._invite(request, obj, request.POST["admin_email"])

    def first_admin_view(self, request: HttpRequest, tenant: UUID) -> HttpResponse:
        """For an organisation that nobody can run any more. One that has an admin invites its own."""
        row, form = self.get_object(request, str(tenant)), FirstAdminForm(request.POST)
        if request.method != "POST" or row is None or not is_operator(request):
            raise Http404
        if not form.is_valid():
            messages.error(request, "This is not an e-mail address.")
            return redirect("admin:tenants_tenant_change", row.pk)
        return self._invite(request, row, form.cleaned_data["admin_email"])

    def _invite(self, request: Any, tenant: Tenant, email: str) -> HttpResponse:
        """The link, when no letter could be sent. Rendered at once and never redirected to."""
        change = reverse("admin:tenants_tenant_change", args=[tenant.pk])
        try:
            with tenant_scope(tenant.pk):
                sent = invite_first_admin(email, operator=request.user)
        except Refused as error:
            messages.error(request, error.sentence)
            return redirect(change)
        context = self.admin_site.each_context(request) | {
            "title": tenant.name, "opts": self.opts, "sent": [sent], "done": change,
        }  # fmt: skip
        response = TemplateResponse(request, "admin/entrance/invitation/sent.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def log_addition(self, request: HttpRequest, obj: Tenant, message: Any) -> Any:
        self.audit(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Tenant, message: Any) -> Any:
        self.audit(request, obj, "changed")
        return super().log_change(request, obj, message)

    def audit(self, request: Any, obj: Tenant, verb: str) -> None:
        with tenant_scope(obj.pk):
            changes = request.audit_changes
            record(f"organisation.{verb}", actor=request.user.pk, subject=obj.pk, name=obj.name, **changes)


@admin.register(User)
class UserAdmin(OperatorAdmin):
    """Lists operators. Anybody else is found by their whole address, as they tell it when they ask for help."""

    form = PersonForm
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    search_fields = ("email", "name")
    search_help_text = "An operator, or the whole e-mail address of anybody else"
    show_full_result_count = False
    ordering = ("email",)
    list_before_template = "admin/tenants/user/list_top.html"
    change_form_outer_after_template = "admin/tenants/user/account.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        if "@" in search_term:
            return queryset.filter(email=User.objects.normalise(search_term)), False
        return super().get_search_results(request, queryset.filter(is_superuser=True), search_term)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if belongs_somewhere(obj):  # a field that a form declares takes what is posted, shown or not
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if belongs_somewhere(obj):
            return ("email", "is_active", "is_superuser")
        return ("email", "name", "new_password", "is_active", "is_superuser")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("email",) if belongs_somewhere(obj) else ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.factors_view)
        return [path("<uuid:user>/factors/", view, name="tenants_user_factors"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more = {
            "belongs_somewhere": belongs_somewhere(row),
            "account_factors": factor_names(row.pk) if row else [],
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if password := form.cleaned_data.get("new_password"):
            obj.set_password(password)
        obj.save()
        if change and "is_active" in form.changed_data and not obj.is_active:
            end_account(obj.pk)
        elif change and password:
            end_all_sessions(obj.pk)

    def log_change(self, request: Any, obj: User, message: Any) -> Any:
        """Each of the person's organisations learns of it, though an operator did it."""
        fields = changed_fields(message)
        if fields:
            state = "may sign in" if obj.is_active else "may not sign in"
            rights = "is an operator" if obj.is_superuser else "is no operator"
            tell(request.user, obj, f"the person {state} now, and {rights}")
            record_for_person(
                "account.changed", obj, actor=request.user.pk, fields=fields, **request.audit_changes
            )
        return super().log_change(request, obj, message)

    def factors_view(self, request: Any, user: UUID) -> HttpResponse:
        """For an account that no single organisation answers for. Whoever signs in still needs the password."""
        row = self.get_object(request, str(user))
        if request.method != "POST" or row is None or not is_operator(request):
            raise Http404
        with transaction.atomic():
            kinds = take_factors_off(row)
            tell(request.user, row, "their second factors were taken off, and they are signed out everywhere")
            record_for_person("account.second_factor_reset", row, actor=request.user.pk, factors=kinds)
        messages.success(request, f"{row.email} has no second factor now, and is signed out everywhere.")
        return redirect("admin:tenants_user_change", row.pk)


def tell(operator: User, person: User, what: str) -> None:
    body = ACCOUNT_CHANGED.format(operator=operator, person=person.email, what=what)
    tell_all_about(person, f"An operator has changed the account of {person.email}", body)


def belongs_somewhere(person: User | None) -> bool:
    """Whether an organisation counts on this account being its owner's alone."""
    if person is None:
        return False
    with every_tenant():
        return Membership.objects.filter(user=person).exists()
