"""Forms of the admin about people."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from tenants.admin_base import TenantForm
from tenants.errors import Refused
from tenants.members import check_address, check_admin_remains, owns_account
from tenants.models import Role, Tenant, User
from tenants.nesting import names_in_circle

if TYPE_CHECKING:
    from django.forms import ModelForm

    Form = ModelForm[Any]
    from django.forms import CheckboxInput as Switch
    from django.forms import EmailInput, TextInput
    from django.forms import PasswordInput as Password
else:
    from django.forms import ModelForm as Form
    from unfold.widgets import UnfoldAdminEmailInputWidget as EmailInput
    from unfold.widgets import UnfoldAdminPasswordWidget as Password
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch


class RoleForm(TenantForm):
    """Guests have an end, and nobody else has."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("role") != Role.GUEST:
            data["expires"] = None
        elif not data.get("expires") and "expires" not in self.errors:
            self.add_error("expires", "Say until when the guest may come in.")
        return data


class NewMemberForm(RoleForm):
    email = forms.EmailField(
        label="E-mail address", widget=EmailInput(), help_text="The person signs in with it."
    )
    name = forms.CharField(max_length=120, widget=TextInput(), help_text="As colleagues know them.")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        try:
            check_address(email)
        except Refused as error:
            raise forms.ValidationError(error.sentence) from error
        return email


class MemberForm(RoleForm):
    name = forms.CharField(max_length=120, widget=TextInput())
    active = forms.BooleanField(
        required=False,
        widget=Switch(),
        label="May sign in",
        help_text="Switch off to lock the account. Nothing of theirs is deleted, and you can switch it on again.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user: User = self.instance.user
        self.initial.update(name=user.name, active=user.is_active)
        if "name" in self.fields and not owns_account(user):
            for field in (self.fields["name"], self.fields["active"]):
                field.disabled = True
                field.help_text = (
                    "This account belongs to other organisations too, so that only the person may change it."
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("role") != Role.ADMIN or not data.get("active"):
            try:
                check_admin_remains(self.instance)
            except Refused as error:
                raise forms.ValidationError(error.sentence) from error
        return data


class GroupForm(TenantForm):
    """Its fields come from the admin."""

    def clean_inner(self) -> Any:
        inner = self.cleaned_data["inner"]
        if not self.instance._state.adding and (names := names_in_circle(self.instance, inner)):
            raise forms.ValidationError(
                f"{' and '.join(names)} cannot be in this group, since this group is in it already. "
                "Take it out there first."
            )
        return inner


class FirstAdminForm(forms.Form):
    admin_email = forms.EmailField(label="E-mail address of the admin", widget=EmailInput())


class OrganisationForm(Form):
    """A new organisation, with the person who runs it."""

    admin_email = forms.EmailField(
        label="E-mail address of its first admin",
        widget=EmailInput(),
        help_text="They get an invitation, and invite the others themselves.",
    )

    class Meta:
        model = Tenant
        fields = ("name",)


class PersonForm(Form):
    """An account of the platform, for operators. A new one needs a password; an old one may keep its own."""

    new_password = forms.CharField(
        required=False,
        widget=Password(attrs={"autocomplete": "new-password"}),
        label="New password",
        help_text="Leave empty to keep the present one. A new one signs the person out everywhere.",
    )

    class Meta:
        model = User
        fields = ("email", "name", "is_active", "is_superuser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "new_password" in self.fields:
            self.fields["new_password"].required = True
            self.fields["new_password"].label = "Password"
            self.fields["new_password"].help_text = ""

    def clean_email(self) -> str:
        return User.objects.normalise(self.cleaned_data["email"])

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password
