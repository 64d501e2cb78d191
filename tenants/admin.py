"""People and organisations in the admin."""

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin, messages
from django.contrib.auth.models import Group as DjangoGroup
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from tenants.actions import record, record_for_person
from tenants.admin_base import Admin, AdministeredModelAdmin, changed_fields
from tenants.admin_site import is_operator
from tenants.audit.changes import changes_of
from tenants.datarights.admin_member import DataActions
from tenants.ending import end_account
from tenants.entrance.admin_member import AccountActions
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.forms import MemberForm, NewMemberForm, PersonForm
from tenants.members import check_admin_remains, open_account, remove_member, reset_password, update_account
from tenants.models import Group, Membership, Role, Tenant, User
from tenants.scoping import tenant_scope

# Rights come from roles, and addresses are part of the account: these pages would only confuse.
for unused in (DjangoGroup, EmailAddress, EmailConfirmation):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(Membership)
class MembershipAdmin(DataActions, AccountActions, AdministeredModelAdmin):
    audit_name = "member"
    list_display = ("person", "email", "role_name", "groups", "may_sign_in", "created")
    list_filter = ("role", "user__is_active")
    search_fields = ("user__name", "user__email")
    ordering = ("user__name", "user__email")
    change_form_outer_after_template = "admin/tenants/membership/password.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user")

    @admin.display(description="Name", ordering="user__name")
    def person(self, row: Membership) -> str:
        return row.user.get_full_name()

    @admin.display(description="E-mail", ordering="user__email")
    def email(self, row: Membership) -> str:
        return row.user.email

    @admin.display(description="Role", ordering="role")
    def role_name(self, row: Membership) -> str:
        return Role(row.role).label.split(":")[0]

    @admin.display(description="Groups")
    def groups(self, row: Membership) -> str:
        return ", ".join(Group.objects.filter(members=row.user_id).values_list("name", flat=True)) or "–"

    @admin.display(description="May sign in", boolean=True, ordering="user__is_active")
    def may_sign_in(self, row: Membership) -> bool:
        return row.user.is_active

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = MemberForm if obj else NewMemberForm
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by_operator = is_operator(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "email", "role", "active") if obj else ("email", "name", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("email",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        data = form.cleaned_data
        if change:
            if not form.fields["name"].disabled:
                update_account(obj.user, name=data["name"], active=data["active"])
        else:
            by_operator = is_operator(request)
            user, password = open_account(email=data["email"], name=data["name"], by_operator=by_operator)
            obj.user = user
            request.first_password = password  # type: ignore[attr-defined]
        obj.save()

    def audit(self, request: HttpRequest, obj: Membership, verb: str, **detail: Any) -> None:
        super().audit(request, obj, verb, role=obj.role, **detail)

    def response_add(
        self, request: HttpRequest, obj: Membership, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.show_password(request, obj, request.first_password)  # type: ignore[attr-defined]

    def show_password(self, request: HttpRequest, obj: Membership, password: str) -> HttpResponse:
        """Rendered at once and never redirected to, so that the password is stored nowhere."""
        context = self.admin_site.each_context(request) | {
            "title": obj.user.get_full_name(),
            "opts": self.opts,
            "member": obj,
            "password": password,
        }
        response = TemplateResponse(request, "admin/tenants/membership/created.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_urls(self) -> list[URLPattern]:
        reset = self.admin_site.admin_view(self.reset_view)
        return [
            path("<uuid:membership>/password/", reset, name="tenants_membership_password"),
            *super().get_urls(),
        ]

    def reset_view(self, request: HttpRequest, membership: UUID) -> HttpResponse:
        row = self.get_object(request, str(membership))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            raise Http404
        try:
            with transaction.atomic():
                password = reset_password(row, actor=request.user.pk, by_operator=is_operator(request))
        except Refused as error:
            messages.error(request, error.sentence)
            return redirect("admin:tenants_membership_change", row.pk)
        return self.show_password(request, row, password)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is not None and self.has_delete_permission(request, row):
            try:
                with transaction.atomic():
                    check_admin_remains(row)
            except Refused as error:
                messages.error(request, error.sentence)
                return redirect("admin:tenants_membership_change", row.pk)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        remove_member(obj)


@admin.register(Group)
class GroupAdmin(AdministeredModelAdmin):
    audit_name = "group"
    ordering = ("name",)
    list_display = ("name", "number_of_members")
    search_fields = ("name",)
    fields = ("name", "members")
    change_form_outer_before_template = "admin/tenants/group/provisioned.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not provisioned(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not provisioned(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # deleting several would pass over which of them are the provider's

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(size=Count("members"))

    @admin.display(description="Members", ordering="size")
    def number_of_members(self, row: Any) -> int:
        return int(row.size)


def provisioned(group: Any) -> bool:
    """Whether the identity provider decides who is in the group."""
    return group is not None and hasattr(group, "scim")


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
    list_display = ("name", "created")
    search_fields = ("name",)
    fields = ("name",)

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
    form = PersonForm
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "new_password", "is_active", "is_superuser")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if password := form.cleaned_data["new_password"]:
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
            record_for_person(
                "account.changed", obj, actor=request.user.pk, fields=fields, **request.audit_changes
            )
        return super().log_change(request, obj, message)
