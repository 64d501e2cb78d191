"""The organisation's branding: one page, no list."""

from base64 import b64encode
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants.admin_base import AdministeredModelAdmin, TenantForm
from tenants.branding import colour
from tenants.branding.logo import drawn_anew
from tenants.branding.models import Branding

ADJUSTED = "Text in {accent} would be hard to read on a light page, so {shown} is shown there instead."


class BrandingForm(TenantForm):
    picture = forms.FileField(
        label="New logo",
        required=False,
        help_text="PNG, JPEG or WebP, at most 1 MB; best wide, on a transparent ground. SVG is not taken.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_logo = forms.BooleanField(label="Show Colloquy's logo again", required=False)

    class Meta(TenantForm.Meta):
        model = Branding
        fields = ("name", "accent")

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        picture = data.get("picture")
        if picture:
            try:
                data["drawn"] = drawn_anew(picture, picture.size)
            except forms.ValidationError as error:
                self.add_error("picture", error)
        return data

    def save(self, commit: bool = True) -> Branding:
        if self.cleaned_data.get("drawn"):
            self.instance.logo = b64encode(self.cleaned_data["drawn"]).decode()
        elif self.cleaned_data.get("remove_logo"):
            self.instance.logo = ""
        row: Branding = super().save(commit)
        return row


@admin.register(Branding)
class BrandingAdmin(AdministeredModelAdmin):
    form = BrandingForm
    audit_name = "branding"
    fields = ("name", "accent", "picture", "remove_logo")

    def save_model(self, request: HttpRequest, obj: Branding, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.accent and not colour.is_readable(obj.accent):
            words = ADJUSTED.format(accent=obj.accent, shown=colour.for_light(obj.accent))
            messages.warning(request, words)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = Branding.objects.get_or_create()
        return redirect("admin:branding_branding_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
