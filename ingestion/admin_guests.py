"""Inviting guests: who, until when, to read which collections."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from ingestion.models import Collection
from tenants.admin_site import administers
from tenants.entrance.admin_invitation import TEMPLATES, show_sent
from tenants.entrance.forms import InviteForm
from tenants.entrance.invitations import Sent, deliver, invite
from tenants.entrance.models import Invitation
from tenants.errors import Refused
from tenants.models import Role

if TYPE_CHECKING:
    from django.forms import SelectMultiple, TextInput
else:
    from unfold.widgets import UnfoldAdminSelect2MultipleWidget as SelectMultiple
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput


class GuestForm(InviteForm):
    """Several addresses, with one end, the same collections and the same groups."""

    role = None  # type: ignore[assignment]
    until = forms.DateTimeField(
        widget=TextInput(attrs={"type": "datetime-local"}),
        help_text="From this moment on they are out. You can change it on the guest's page.",
    )
    collections: Any = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        widget=SelectMultiple(),
        help_text="They read these, and none of those that are open to everyone.",
    )
    field_order = ("addresses", "until", "collections", "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        collections: Any = self.fields["collections"]
        collections.queryset = Collection.objects.all()

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until <= timezone.now():
            raise ValidationError("Choose a moment that is still to come.")
        return until


def invite_guests(request: HttpRequest) -> HttpResponse:
    if not administers(request):
        raise PermissionDenied
    form = GuestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return show_sent(
            request, [invite_guest(request, email, form) for email in form.cleaned_data["addresses"]]
        )
    context = admin.site.each_context(request) | {
        "title": "Invite guests",
        "opts": Invitation._meta,
        "form": form,
    }
    return TemplateResponse(request, f"{TEMPLATES}/invite.html", context)


def invite_guest(request: Any, email: str, form: GuestForm) -> Sent:
    data = form.cleaned_data

    def share(row: Invitation) -> dict[str, Any]:
        for collection in data["collections"]:
            collection.invited.add(row)
        return {
            "until": data["until"].isoformat(),
            "collections": [collection.name for collection in data["collections"]],
        }

    try:
        with transaction.atomic():
            link = invite(
                email,
                role=Role.GUEST,
                groups=list(data["groups"]),
                actor=request.user,
                guest_until=data["until"],
                also=share,
            )
    except Refused as error:
        return Sent(email, refused=error.sentence)
    return deliver(link, actor=request.user)


site: Any = admin.site
site.add_page("guests/invite/", invite_guests, "invite_guests")
