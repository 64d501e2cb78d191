"""People and organisations in the admin."""

from typing import Any, ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin, messages
from django.contrib.auth.models import Group as DjangoGroup
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.timezone import localtime, now

from tenants.admin_base import AdministeredModelAdmin
from tenants.admin_platform import TenantAdmin, UserAdmin  # noqa: F401  they register themselves
from tenants.datarights.admin_member import DataActions
from tenants.entrance.admin_member import AccountActions
from tenants.errors import Refused
from tenants.forms import GroupForm, MemberForm, NewMemberForm
from tenants.guests import settle
from tenants.members import check_admin_remains, open_account, remove_member, reset_password, update_account
from tenants.models import Group, Membership, Role

# Rights come from roles, and addresses are part of the account: these pages would only confuse.
for unused in (DjangoGroup, EmailAddress, EmailConfirmation):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(Membership)
class MembershipAdmin(DataActions, AccountActions, AdministeredModelAdmin):
    audit_name = "member"
    support = "people"
    list_display = ("person", "email", "role_name", "until", "groups", "may_sign_in", "created")
    list_filter = ("role", "user__is_active")
    search_fields = ("user__name", "user__email")
    ordering = ("user__name", "user__email")
    change_form_outer_after_template = "admin/tenants/membership/password.html"
    conditional_fields: ClassVar = {"expires": "role == 'guest'", "tends_chosen": "role == 'manager'"}

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

    @admin.display(description="Until", ordering="expires")
    def until(self, row: Membership) -> str:
        """When a guest is out, or since when."""
        if row.expires is None:
            return "–"
        when = date(localtime(row.expires), "DATETIME_FORMAT")
        return f"{when} (over)" if row.expires <= now() else when

    @admin.display(description="Groups")
    def groups(self, row: Membership) -> str:
        return ", ".join(Group.objects.filter(members=row.user_id).values_list("name", flat=True)) or "–"

    # The form's own fields, for those who may read and not change.
    @admin.display(description="Name")
    def name(self, row: Membership) -> str:
        return row.user.name

    @admin.display(description="May sign in", boolean=True)
    def active(self, row: Membership) -> bool:
        return row.user.is_active

    @admin.display(description="May sign in", boolean=True, ordering="user__is_active")
    def may_sign_in(self, row: Membership) -> bool:
        return row.user.is_active

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = MemberForm if obj else NewMemberForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        rights = ("role", "tends_chosen", "expires")
        return ("name", "email", *rights, "active") if obj else ("email", "name", *rights)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("email",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        data = form.cleaned_data
        if change:
            if not form.fields["name"].disabled:
                update_account(obj.user, name=data["name"], active=data["active"])
        else:
            user, password = open_account(email=data["email"], name=data["name"])
            obj.user = user
            request.first_password = password  # type: ignore[attr-defined]
        obj.save()
        settle(obj)

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
                password = reset_password(row, actor=request.user.pk)
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
    support = "people"
    ordering = ("name",)
    list_display = ("name", "number_of_members", "groups_in_it")
    search_fields = ("name",)
    form = GroupForm
    fields = ("name", "members", "inner")
    change_form_outer_before_template = "admin/tenants/group/provisioned.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not provisioned(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not provisioned(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # deleting several would pass over which of them are the provider's

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(size=Count("members")).prefetch_related("inner")

    @admin.display(description="Members", ordering="size")
    def number_of_members(self, row: Any) -> int:
        return int(row.size)

    @admin.display(description="Groups in it")
    def groups_in_it(self, row: Group) -> str:
        return ", ".join(sorted(group.name for group in row.inner.all())) or "–"


def provisioned(group: Any) -> bool:
    """Whether the identity provider decides who is in the group."""
    return group is not None and hasattr(group, "scim")
