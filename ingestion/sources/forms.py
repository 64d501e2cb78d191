"""Forms of the admin about sources: what is the same for all kinds, and the options of one."""

from typing import TYPE_CHECKING, Any

from django import forms

from ingestion.sources.connector import Connector
from ingestion.sources.connectors.folder import choices
from tenants.admin_base import TenantForm

if TYPE_CHECKING:
    from django.forms import CheckboxInput as Switch
    from django.forms import DateInput, NumberInput, PasswordInput, Select, Textarea, TextInput
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminPasswordWidget as PasswordInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminSingleDateWidget as DateInput
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch

PREFIX = "option_"


class SourceForm(TenantForm):
    """Made for one kind by `form_for`; common fields come from the admin. The secret goes in and never comes out."""

    connector: type[Connector]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_for = self._receiver(self.instance.options)
        self.secret_name = PREFIX + self.connector.secret_field if self.connector.secret_field else ""
        for name in self.connector.Settings.base_fields:
            if PREFIX + name != self.secret_name and name in self.instance.options:
                self.initial[PREFIX + name] = self.instance.options[name]
        if self.instance.encrypted_secret and self.secret_name:
            field = self.fields[self.secret_name]
            field.help_text = "One is stored. Leave empty to keep it; it is never shown again."

    def clean(self) -> dict[str, Any]:
        """The options as their own form reads them. A stored secret never follows a changed address."""
        data = super().clean() or self.cleaned_data
        given = {name: self.data.get(PREFIX + name, "") for name in self.connector.Settings.base_fields}
        settings = self.connector.Settings(given)
        for name, errors in settings.errors.items():
            if PREFIX + name in self.fields and PREFIX + name not in self.errors:
                self.add_error(PREFIX + name, list(errors))
        self.options = dict(settings.cleaned_data)
        self.secret = str(self.options.pop(self.connector.secret_field, ""))
        moved = self._receiver(self.options) != self.stored_for
        if self.instance.encrypted_secret and not self.secret and moved and not self.errors:
            self.add_error(self.secret_name, "Whom this is sent to has changed: enter it again.")
        return data

    def save(self, commit: bool = True) -> Any:
        if self.options != self.instance.options:
            self.instance.state = {}  # of what the options were before
        self.instance.options = self.options
        self.instance.kind = self.connector.kind
        if self.secret:
            self.instance.secret = self.secret
        self.instance.plan()
        return super().save(commit)

    def _receiver(self, options: dict[str, Any]) -> list[Any]:
        return [options.get(name) or "" for name in self.connector.secret_is_for]


def form_for(connector: type[Connector]) -> type[SourceForm]:
    """The form of one kind, with its options as fields beside the common ones."""
    fields: dict[str, Any] = {}
    for name, field in connector.Settings().fields.items():
        field.label = field.label or name.replace("_", " ").capitalize()
        fields[PREFIX + name] = dressed(field, secret=name == connector.secret_field)
    if connector.kind == "folder" and (folders := choices()):
        fields[f"{PREFIX}folder"].help_text = f"At or below one of these: {', '.join(folders)}"
    return type(f"{connector.__name__}SourceForm", (SourceForm,), {"connector": connector, **fields})


def option_names(connector: type[Connector]) -> list[str]:
    return [PREFIX + name for name in connector.Settings.base_fields]


def dressed(field: forms.Field, *, secret: bool) -> forms.Field:
    """With the widgets of the admin."""
    match field:
        case _ if secret:
            field.widget = PasswordInput(attrs={"autocomplete": "off"})
        case forms.BooleanField():
            field.widget = Switch()
        case forms.ChoiceField():
            field.widget = Select(choices=list(field.choices))  # type: ignore[arg-type]
        case forms.DateField():
            field.widget = DateInput()
        case forms.IntegerField() | forms.FloatField():
            field.widget = NumberInput(attrs=field.widget_attrs(NumberInput()))
        case forms.CharField() if isinstance(field.widget, forms.Textarea):
            field.widget = Textarea(attrs={"rows": 3})
        case _:
            field.widget = TextInput(attrs={"autocomplete": "off"})
    return field
