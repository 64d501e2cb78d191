"""Forms of the admin about assistants."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from assistant.assistants.models import Assistant, Icon
from tenants.admin_base import TenantForm

if TYPE_CHECKING:
    from django.forms import TextInput as Line
else:
    from unfold.widgets import UnfoldAdminTextInputWidget as Line


class IconChoice(forms.RadioSelect):
    """The pictures themselves, with their names for who does not see them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        return render_to_string("admin/assistants/icon_choice.html", context)


class LinesField(forms.CharField):
    """Browsers end lines in their own way, which is no change."""

    def to_python(self, value: Any) -> Any:
        return with_plain_ends(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial, with_plain_ends(data))


def with_plain_ends(text: Any) -> Any:
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


class AssistantForm(TenantForm):
    icon = forms.ChoiceField(choices=Icon, initial=Icon.SPARK, widget=IconChoice)
    note = forms.CharField(
        required=False,
        max_length=200,
        label="What have you changed?",
        widget=Line(),
        help_text="Optional. It stands beside this version in the list of versions.",
    )

    class Meta(TenantForm.Meta):
        model = Assistant
        # Others are added by the admin page: the choices among rows can be made only where there is a tenant.
        fields = ("name", "icon", "instructions", "openers", "active", "standard")

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {"standard"}  # of two defaults the page makes one

    def clean_openers(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["openers"].splitlines() if line.strip()]
        if len(lines) > 6:
            raise forms.ValidationError(
                f"These are {len(lines)} questions. Six at most are shown: choose the best."
            )
        if longest := next((line for line in lines if len(line) > 200), None):
            raise forms.ValidationError(f"“{longest[:40]}…” is too long. A question may have 200 characters.")
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("every_collection", True) and not data.get("collections"):
            self.add_error("collections", "Choose at least one collection, or let it answer from every one.")
        if (endpoint := data.get("endpoint")) and not endpoint.active:
            self.add_error(
                "endpoint", f"{endpoint} is switched off under Language models. Choose another one."
            )
        if data.get("standard") and not data.get("active"):
            self.add_error(
                "standard", "An archived assistant cannot be the default. Keep it active, or choose another."
            )
        return data


class TryOutForm(TenantForm):
    """What changes answers, as it stands in the editor; the rest need not be valid to be tried."""

    question = forms.CharField(max_length=4000)

    class Meta(TenantForm.Meta):
        model = Assistant
        fields = ("instructions", "model", "temperature")
        tried = ("instructions", "every_collection", "collections", "endpoint", "model", "temperature")

    def problems(self) -> str:
        """All that is wrong, in a sentence or several."""
        told = []
        for name, errors in self.errors.items():
            label = self[name].label if name in self.fields else ""
            told += [f"{label}: {error}" if label else str(error) for error in errors]
        return " ".join(told)
