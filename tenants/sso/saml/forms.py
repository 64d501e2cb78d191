"""The admin's form of a SAML provider: from its metadata, or typed by hand."""

from typing import TYPE_CHECKING, Any

from django import forms

from tenants.sso.errors import ProviderFault
from tenants.sso.forms import AnyProviderForm
from tenants.sso.models import Protocol
from tenants.sso.presets import SAML_PRESETS, Kind
from tenants.sso.saml.keys import as_pem, certificates_in, new_key
from tenants.sso.saml.metadata import Description, check_address, fetch_description, read_description

if TYPE_CHECKING:
    from django.forms import Textarea as LongText
else:
    from unfold.widgets import UnfoldAdminTextareaWidget as LongText

BY_HAND = {
    "issuer": "Enter the provider's entity ID, or its metadata above.",
    "sso_url": "Enter where people sign in, or the provider's metadata above.",
    "certificates": "Paste the provider's certificate, or its metadata above.",
}


class SamlForm(AnyProviderForm):
    metadata = forms.CharField(
        required=False,
        label="Metadata",
        widget=LongText(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="The XML itself, where the provider has no address for it. Fills in what follows.",
    )

    class Meta(AnyProviderForm.Meta):
        fields = (  # type: ignore[assignment]
            *AnyProviderForm.COMMON, "issuer", "metadata_url", "sso_url", "slo_url", "certificates",
            "email_attribute", "name_attribute", "provider_initiated",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.protocol = Protocol.SAML
        if "issuer" not in self.fields:  # seen, and not to be changed
            return
        self.fields["issuer"].label, self.fields["issuer"].required = "Entity ID", False
        self.fields["issuer"].help_text = "What the provider calls itself."
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.value, kind.label) for kind in Kind if kind in SAML_PRESETS
        ]
        self.fields["groups_claim"].label, self.fields["role_claim"].label = (
            "Groups attribute",
            "Role attribute",
        )
        self.fields["role_claim"].help_text = "Decides the role. Empty: the groups attribute does."
        self.fields["trust_email"].help_text = (
            "SAML providers seldom say that they have verified an address. "
            "Leave it on where nobody can enter an address of their own at the provider."
        )
        for name in ("certificates", "metadata"):
            self.fields[name].widget.attrs |= {"rows": 4, "spellcheck": "false"}
        if self.instance._state.adding:
            self.initial.setdefault("trust_email", True)

    def clean_certificates(self) -> str:
        text: str = self.cleaned_data["certificates"]
        try:
            return as_pem(certificates_in(text))
        except ValueError:
            raise forms.ValidationError(
                "No certificate can be read there. Paste it from -----BEGIN CERTIFICATE----- to the end."
            ) from None

    def clean_metadata_url(self) -> str:
        return self.checked("metadata_url", "metadata address")

    def clean_sso_url(self) -> str:
        return self.checked("sso_url", "sign-in address")

    def clean_slo_url(self) -> str:
        return self.checked("slo_url", "sign-out address")

    def checked(self, name: str, meaning: str) -> str:
        url: str = self.cleaned_data[name].strip()
        if url:
            try:
                check_address(meaning, url)
            except ProviderFault as error:
                raise forms.ValidationError(error.sentence) from error
        return url

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        field = "metadata" if data.get("metadata") else "metadata_url"
        try:
            found = self.described(data)
        except ProviderFault as error:
            self.add_error(field, error.sentence)
            return data
        if found:
            data |= {
                "issuer": found.entity_id,
                "sso_url": found.sso_url,
                "slo_url": found.slo_url,
                "certificates": found.certificates,
            }
        for name, sentence in BY_HAND.items():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return data

    def described(self, data: dict[str, Any]) -> Description | None:
        """What was pasted, or what a new address answers. An address that stays is read when people sign in."""
        issuer, url = data.get("issuer") or "", data.get("metadata_url")
        if data.get("metadata"):
            return read_description(data["metadata"], preferred=issuer)
        if url and ("metadata_url" in self.changed_data or not issuer):
            return fetch_description(url, preferred=issuer)
        return None

    def save(self, commit: bool = True) -> Any:
        row = self.instance
        if row._state.adding:
            preset = SAML_PRESETS[Kind(row.kind)]
            row.secret, row.own_certificate = new_key()
            row.email_attribute = row.email_attribute or preset.email
            row.name_attribute = row.name_attribute or preset.name
            row.groups_claim = row.groups_claim or preset.groups
        return super().save(commit)
