"""Forms of the admin about language models."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms

from assistant.models import ModelEndpoint
from tenants.admin_base import TenantForm

if TYPE_CHECKING:
    from django.forms import CheckboxInput as Switch
    from django.forms import PasswordInput as Password
else:
    from unfold.widgets import UnfoldAdminPasswordWidget as Password
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch


class EndpointForm(TenantForm):
    new_key = forms.CharField(
        required=False,
        label="Key",
        strip=True,
        widget=Password(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted and never shown again. Leave empty if the model needs none.",
    )
    forget_key = forms.BooleanField(
        required=False,
        label="Forget the stored key",
        widget=Switch(),
        help_text="The model is then called without.",
    )

    class Meta(TenantForm.Meta):
        model = ModelEndpoint
        fields = (
            "name", "url", "model", "context_window", "max_answer_tokens", "input_price", "output_price", "active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_for = _place(self.instance.url)
        if self.instance.encrypted_key and "new_key" in self.fields:
            self.fields[
                "new_key"
            ].help_text = "A key is stored. Leave empty to keep it; it is never shown again."

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].rstrip("/")
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise forms.ValidationError(
                "Leave user name and password out of the address: enter the key below."
            )
        if parts.query or parts.fragment:
            raise forms.ValidationError("Leave out everything from ? or # on.")
        return url

    def clean(self) -> dict[str, Any]:
        """A key never follows a changed address: whoever may edit the address could have it sent to themselves."""
        data = super().clean() or self.cleaned_data
        keeps = self.instance.encrypted_key and not data.get("new_key") and not data.get("forget_key")
        if keeps and data.get("url") and _place(data["url"]) != self.stored_for:
            self.add_error("new_key", "The address has changed: enter its key again.")
        return data

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_key"):
            self.instance.key = self.cleaned_data["new_key"]
        elif self.cleaned_data.get("forget_key"):
            self.instance.key = ""
        return super().save(commit)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url or "")
    return parts.scheme, parts.netloc.lower()
