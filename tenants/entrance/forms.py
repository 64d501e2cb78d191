"""Forms of invitations."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from tenants.models import LASTING, Group, Role, User

if TYPE_CHECKING:
    from django.forms import Select, SelectMultiple, Textarea
else:
    from unfold.widgets import UnfoldAdminSelect2MultipleWidget as SelectMultiple
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

AT_ONCE = 100


class InviteForm(forms.Form):
    """Several addresses, one role, and the groups that all of them join."""

    addresses = forms.CharField(
        label="E-mail addresses",
        widget=Textarea(attrs={"rows": 5}),
        max_length=20_000,
        help_text=f"One a line, or between commas. At most {AT_ONCE} at once.",
    )
    role = forms.ChoiceField(choices=LASTING, initial=Role.MEMBER, widget=Select())
    groups: Any = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        widget=SelectMultiple(),
        help_text="They join these when they accept.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: Any = self.fields["groups"]
        groups.queryset = Group.objects.order_by("name")

    def clean_addresses(self) -> list[str]:
        words = [word for word in re.split(r"[\s,;]+", self.cleaned_data["addresses"]) if word]
        addresses = list(dict.fromkeys(User.objects.normalise(word) for word in words))
        if not addresses:
            raise ValidationError("Give at least one address.")
        if len(addresses) > AT_ONCE:
            raise ValidationError(f"These are {len(addresses)} addresses. Invite at most {AT_ONCE} at once.")
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(f"“{address}” is not an e-mail address.") from error
        return addresses


class AcceptForm(forms.Form):
    """Who the person is to colleagues, and their password."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            try:
                validate_password(password, User(email=self.email, name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data
