"""What every admin page of tenant-owned rows builds on: scoped rows, permission by role, choices inside the tenant."""

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from tenants.access import Member
from tenants.actions import record
from tenants.admin_site import acting_member, administers, support_of, tends_documents
from tenants.audit.changes import changes_of
from tenants.models import User
from tenants.scoping import current_tenant

if TYPE_CHECKING:  # unfold has no types, and its classes are Django's with another look
    from django.contrib.admin import ModelAdmin

    Admin = ModelAdmin[Any]
    Form = ModelForm[Any]
    from django.forms import SelectMultiple as ManySelect
else:
    from unfold.admin import ModelAdmin as Admin
    from unfold.widgets import UnfoldAdminSelect2MultipleWidget as ManySelect

    Form = ModelForm


class TenantForm(Form):
    """Knows the tenant while it validates, so that "unique in the organisation" is an error and not a crash."""

    class Meta:
        error_messages: ClassVar = {
            NON_FIELD_ERRORS: {"unique_together": "Your organisation already has one with this name."}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.tenant_id is None:
            self.instance.tenant_id = current_tenant()

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"tenant"}  # type: ignore[misc,no-any-return]


class TenantModelAdmin(Admin):
    """Rows of the open scope, for those whom `allows` lets in. Subclasses narrow what may be done.

    Operators are let in by nothing but a support access whose scope is named here, and for reading alone.
    """

    form = TenantForm
    support: Literal["", "documents", "people"] = ""
    audit_name = ""
    audit_values = True  # old and new values, where the form holds what the organisation's admins may know
    list_per_page = 50

    def allows(self, request: HttpRequest) -> bool:
        return tends_documents(request)

    def acting(self, request: HttpRequest) -> Member:
        member = acting_member(request)
        if member is None:
            raise PermissionDenied
        return member

    def may(self, request: HttpRequest, obj: models.Model | None) -> bool:
        mine = obj is None or getattr(obj, "tenant_id", None) == getattr(request, "tenant", None)
        return mine and self.allows(request)

    def shown_to_support(self, request: HttpRequest, obj: models.Model | None) -> bool:
        access = support_of(request)
        if access is None or not self.support:
            return False
        its_own = obj is None or getattr(obj, "tenant_id", None) == access.tenant_id
        return its_own and bool(getattr(access, self.support))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may(request, obj) or self.shown_to_support(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, None)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if self.may(request, None) else {}

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> models.QuerySet[Any] | None:
        """People to choose from are members of the tenant; other choices come from scoped managers anyway."""
        if db_field.remote_field and db_field.remote_field.model is User:
            return User.objects.filter(memberships__tenant=current_tenant()).order_by("name", "email")
        return super().get_field_queryset(db, db_field, request)

    def formfield_for_manytomany(
        self, db_field: "models.ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Choose several by typing a part of the name, instead of holding a key down in a list."""
        kwargs.setdefault("widget", ManySelect())
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["class"] = "unfold-admin-autocomplete admin-autocomplete"
            field.help_text = db_field.help_text
        return field

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Without the pop-up windows in which Django edits the rows one can choose from."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Only what was asked for: listing everything below it would show rows that no admin page may show."""
        names = [str(obj) for obj in objs]
        lacking = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return names, {str(self.opts.verbose_name_plural): len(names)}, lacking, []

    # What Django logs per person goes into the organisation's audit trail as well, with what was and is. No secrets.
    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:
        if self.audit_values:
            request.audit_changes = changes_of(form, new=add)
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.audit(request, obj, "added", **getattr(request, "audit_changes", {}))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        changes = getattr(request, "audit_changes", {})
        self.audit(request, obj, "changed", fields=changed_fields(message), **changes)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: Any, queryset: models.QuerySet[Any]) -> Any:
        """Django logs before it deletes. In the transaction of a page that is too early for the audit trail, which the
        deletion would then hold locked while it waits for rows; an action's events are transactions of their own.
        """
        if request.resolver_match.url_name.endswith("_delete"):
            request.audit_removed = [copy(obj) for obj in queryset]
        else:
            for obj in queryset:
                self.audit(request, obj, "removed")
        return super().log_deletions(request, queryset)

    def response_delete(self, request: Any, obj_display: str, obj_id: int) -> HttpResponse:
        for obj in getattr(request, "audit_removed", ()):
            self.audit(request, obj, "removed")
        return super().response_delete(request, obj_display, obj_id)

    def audit(self, request: HttpRequest, obj: Any, verb: str, **detail: Any) -> None:
        if self.audit_name:
            record(
                f"{self.audit_name}.{verb}", actor=request.user.pk, subject=obj.pk, name=str(obj), **detail
            )


def changed_fields(message: Any) -> list[str]:
    """The field names in Django's change message."""
    if not isinstance(message, list):
        return []
    return [name for part in message for name in part.get("changed", {}).get("fields", [])]


class AdministeredModelAdmin(TenantModelAdmin):
    """For admins alone, not for knowledge managers."""

    def allows(self, request: HttpRequest) -> bool:
        return administers(request)
