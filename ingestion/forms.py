"""Forms of the admin about documents."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms

from ingestion.models import Collection, Document
from tenants.access import Member

if TYPE_CHECKING:
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select


class CollectionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A collection of the organisation whose scope is open."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=None,
            widget=Select(),
            empty_label="Choose a collection",
            error_messages={
                "required": "Choose a collection first.",
                "invalid_choice": "This collection does not exist (any more). Choose another.",
            },
            **kwargs,
        )


class UploadForm(forms.Form):
    collection = CollectionChoice(help_text="Its readers will find the documents.")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        collections = Collection.objects.tended_by(member)
        field: Any = self.fields["collection"]
        field.queryset = collections
        if len(only := list(collections[:2])) == 1:
            field.initial = only[0].pk


def wrong_suffix(document: Document, name: str) -> str:
    """Why a file cannot be a new version of the document, in words; "" when it can."""
    old, new = Path(document.name).suffix.lower(), Path(name).suffix.lower()
    if old == new:
        return ""
    return (
        f"“{document.name}” can only be followed by another {old or 'file of the same kind'}. "
        f"Upload “{name}” as a document of its own."
    )
