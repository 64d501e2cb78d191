"""What an operator says when asking for access."""

from typing import TYPE_CHECKING, Any

from django import forms

from tenants.models import Tenant
from tenants.support.models import MOST_HOURS

if TYPE_CHECKING:
    from django.forms import CheckboxInput as Switch
    from django.forms import NumberInput, Select, Textarea
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch


class AskForm(forms.Form):
    organisation = forms.ModelChoiceField(queryset=Tenant.objects.order_by("name"), widget=Select())
    reason = forms.CharField(
        max_length=1000,
        widget=Textarea(attrs={"rows": 3}),
        help_text="The organisation's admins read it, and decide by it. It stays in their audit trail.",
    )
    hours = forms.IntegerField(
        min_value=1, max_value=MOST_HOURS, initial=2, widget=NumberInput(),
        help_text=f"At most {MOST_HOURS}, counted from the approval.",
    )  # fmt: skip
    documents = forms.BooleanField(
        required=False, widget=Switch(), label="Documents and their status",
        help_text="Documents with their text, collections, sources, deletions.",
    )  # fmt: skip
    people = forms.BooleanField(
        required=False, widget=Switch(), label="People and settings",
        help_text="Members, groups, invitations, sign-in, provisioning, language models.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not (data.get("documents") or data.get("people")):
            raise forms.ValidationError("Say what you need to see: documents, people, or both.")
        return data
