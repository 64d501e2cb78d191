"""Forms of the admin about identity providers."""

from typing import TYPE_CHECKING, Any, ClassVar

import requests
from django import forms

from tenants.admin_base import TenantForm
from tenants.models import Membership, Role, User
from tenants.sso.models import EmailDomain, IdentityProvider
from tenants.sso.outgoing import check_url

if TYPE_CHECKING:
    from django.forms import PasswordInput as Password
else:
    from unfold.widgets import UnfoldAdminPasswordWidget as Password


class AnyProviderForm(TenantForm):
    """What a provider is asked about whatever it speaks."""

    COMMON: ClassVar = (
        "name", "kind", "active", "joining", "default_role", "trust_email", "groups_claim", "role_claim",
        "admin_values", "manager_values", "sso_only", "break_glass", "single_logout",
    )  # fmt: skip

    class Meta(TenantForm.Meta):
        model = IdentityProvider
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"admin_values", "manager_values"} & self.fields.keys():
            self.fields[name].widget.attrs["rows"] = 3
        if self.instance._state.adding:
            self.initial.setdefault("single_logout", True)

    def clean_break_glass(self) -> User | None:
        user: User | None = self.cleaned_data["break_glass"]
        if user is None:
            return None
        if not Membership.objects.filter(user=user, role=Role.ADMIN, user__is_active=True).exists():
            raise forms.ValidationError("Only an admin can let your organisation in.")
        if not user.has_usable_password():
            raise forms.ValidationError("This admin has no password. Generate one under Members first.")
        return user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("sso_only"):
            self.check_somebody_can_enter(data)
        return data

    def check_somebody_can_enter(self, data: dict[str, Any]) -> None:
        if not data.get("break_glass"):
            self.add_error(
                "break_glass", "Choose an admin who keeps a password, for the day the provider fails."
            )
        if not EmailDomain.objects.filter(verified_at__isnull=False).exists():
            self.add_error("sso_only", "Nobody could sign in yet: have an e-mail domain confirmed first.")


class ProviderForm(AnyProviderForm):
    new_secret = forms.CharField(
        required=False,
        label="Client secret",
        strip=True,
        widget=Password(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted and never shown again.",
    )

    class Meta(AnyProviderForm.Meta):
        fields = (*AnyProviderForm.COMMON, "issuer", "client_id")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_for = self.instance.issuer
        if self.instance.encrypted_secret and "new_secret" in self.fields:
            self.fields["new_secret"].help_text = "A secret is stored. Leave empty to keep it."

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"].partition("/.well-known/")[0]
        try:
            check_url(issuer)
        except requests.RequestException as error:
            raise forms.ValidationError(str(error)) from error
        return issuer

    def clean(self) -> dict[str, Any]:
        """A secret never follows a changed issuer: whoever may edit the address could have it sent to themselves."""
        data = super().clean()
        changed = self.stored_for and data.get("issuer") and data["issuer"] != self.stored_for
        if changed and self.instance.encrypted_secret and not data.get("new_secret"):
            self.add_error("new_secret", "The issuer has changed: enter its secret.")
        return data

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_secret"):
            self.instance.secret = self.cleaned_data["new_secret"]
        if self.instance._state.adding and not self.instance.groups_claim:
            self.instance.groups_claim = self.instance.preset.groups_claim
        return super().save(commit)


class DomainForm(TenantForm):
    class Meta(TenantForm.Meta):
        model = EmailDomain
        fields = ("domain",)

    def clean_domain(self) -> str:
        domain: str = self.cleaned_data["domain"]
        return domain.strip().lower()
