"""What is asked before several documents are changed at once, and the form of one document."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from ingestion.forms import CollectionChoice
from ingestion.models import Collection
from ingestion.tending import NO_OWNER, TendingRefused, check_validity, clean_tags, may_own
from tenants.access import Member
from tenants.admin_base import TenantForm
from tenants.models import Group, Role, User
from tenants.scoping import current_tenant

if TYPE_CHECKING:  # unfold has no types
    from django.forms import CheckboxInput as Switch
    from django.forms import Select, TextInput
    from django.forms import SelectMultiple as ManySelect
else:
    from unfold.widgets import UnfoldAdminSelect2MultipleWidget as ManySelect
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch

NARROWED = ("narrowed", "narrowed_groups", "narrowed_people")
MONTHS = [("3", "next in 3 months"), ("6", "next in 6 months"), ("12", "next in a year")]


def date_input() -> Any:
    """The browser's own, since these pages do not load the admin's calendar."""
    return TextInput(attrs={"type": "date"})


class TagsField(forms.CharField):
    """Words between commas, as a list."""

    widget = TextInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Between commas, such as: travel, 2026.")
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        try:
            return value if isinstance(value, list) else clean_tags(str(value or ""))
        except TendingRefused as error:
            raise forms.ValidationError(error.sentence) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except forms.ValidationError:
            return True


def tenders() -> QuerySet[User]:
    """Who may tend documents in the open scope."""
    return User.objects.filter(
        is_active=True,
        memberships__tenant=current_tenant(),
        memberships__role__in=[Role.MANAGER, Role.ADMIN],
    ).order_by("name", "email")


def members_of_tenant() -> QuerySet[User]:
    return User.objects.filter(memberships__tenant=current_tenant()).order_by("name", "email")


class BulkForm(forms.Form):
    """`title` heads the page on which it is asked, `button` does it, `member` answers."""

    title = button = ""

    def __init__(self, *args: Any, member: Member | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member


class MoveForm(BulkForm):
    title, button = "Move to another collection", "Move"
    collection = CollectionChoice(label="Move to", help_text="Takes effect with the next question.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["collection"]
        assert self.member
        field.queryset = Collection.objects.tended_by(self.member)


class TagsForm(BulkForm):
    title, button = "Add or remove tags", "Change tags"
    add = TagsField(label="Add")
    remove = TagsField(label="Remove", help_text="However they are spelt: “Travel” removes “travel” too.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("add") and not cleaned.get("remove"):
            raise forms.ValidationError("Name at least one tag to add or to remove.")
        return cleaned


class OwnerForm(BulkForm):
    title, button = "Choose an owner", "Choose"
    owner: Any = forms.ModelChoiceField(
        queryset=None,
        required=False,
        widget=Select(),
        empty_label="Nobody: whoever uploaded it is reminded",
        help_text="Is reminded when a document is due for review, and named beside its citations.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["owner"]
        field.queryset = tenders()


class ReviewForm(BulkForm):
    title, button = "Set the review date", "Set"
    review_on = forms.DateField(
        label="Review due",
        required=False,
        widget=date_input(),
        help_text="From this day on the owner is reminded. Empty: never.",
    )


class ReviewedForm(BulkForm):
    title, button = "Mark as reviewed", "Mark as reviewed"
    months = forms.ChoiceField(
        label="Next review", choices=MONTHS, initial="12", widget=Select(attrs={"aria-label": "Next review"})
    )


class ValidityForm(BulkForm):
    title, button = "Set on which days they hold", "Set"
    valid_from = forms.DateField(
        required=False, widget=date_input(), help_text="Empty: from when each was uploaded."
    )
    valid_until = forms.DateField(
        required=False,
        widget=date_input(),
        help_text="The last day. Afterwards, citations say so. Empty: for good.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            check_validity(cleaned.get("valid_from"), cleaned.get("valid_until"))
        except TendingRefused as error:
            self.add_error("valid_until", error.sentence)
        return cleaned


class DocumentForm(TenantForm):
    """Its fields come from the admin, inside a request: outside a scope there are no collections to choose from."""

    tags = TagsField()
    narrowed = forms.BooleanField(
        required=False,
        widget=Switch(),
        label="Only some of the collection's readers",
        help_text="Else everybody who reads the collection reads it. Who tends the collection reads it in any case.",
    )
    narrowed_groups: Any = forms.ModelMultipleChoiceField(
        queryset=None, required=False, widget=ManySelect(), label="Groups"
    )
    narrowed_people: Any = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        widget=ManySelect(),
        label="People",
        help_text="Who is not a reader of the collection does not become one.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: Any = self.fields["narrowed_groups"]
        people: Any = self.fields["narrowed_people"]
        groups.queryset = Group.objects.order_by("name")
        people.queryset = members_of_tenant()
        narrowing = self.instance.narrowing
        self.initial["narrowed"] = narrowing is not None
        if narrowing is not None:
            self.initial["narrowed_groups"] = list(narrowing.groups.all())
            self.initial["narrowed_people"] = list(narrowing.people.all())
        if self.instance.parent_id:
            for name in NARROWED:
                self.fields[name].disabled = True
            self.fields["narrowed"].help_text = "As the e-mail or archive that it came in. Change it there."

    def clean_collection(self) -> Collection:
        collection: Collection = self.cleaned_data["collection"]
        others = collection.documents.filter(name=self.instance.name, deleted_at=None).exclude(
            pk=self.instance.pk
        )
        if others.exists():
            raise forms.ValidationError(
                f"“{collection.name}” already holds a file named “{self.instance.name}”. "
                "Delete one of the two first."
            )
        return collection

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            check_validity(cleaned.get("valid_from"), cleaned.get("valid_until"))
        except TendingRefused as error:
            self.add_error("valid_until", error.sentence)
        owner, collection = cleaned.get("owner"), cleaned.get("collection")
        if owner and collection and "owner" in self.changed_data and not may_own(owner.pk, collection):
            self.add_error("owner", NO_OWNER.format(owner=owner))
        return cleaned
