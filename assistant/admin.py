"""Language models in the admin. A key goes in and never comes out."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from assistant.admin_view_as import view_as  # noqa: F401  registers itself
from assistant.assistants.models import Assistant
from assistant.forms import EndpointForm
from assistant.models import ModelEndpoint
from tenants.admin_base import AdministeredModelAdmin


@admin.register(ModelEndpoint)
class ModelEndpointAdmin(AdministeredModelAdmin):
    audit_name = "model"
    support = "people"
    form = EndpointForm
    list_display = ("name", "model", "url", "has_key", "active", "answers", "created")
    search_fields = ("name", "model")
    change_form_outer_after_template = "admin/assistant/modelendpoint/test.html"
    fieldsets = (
        (None, {"fields": ("name", "url", "model", "new_key", "forget_key", "active")}),
        (
            "Limits and prices",
            {"fields": (("context_window", "max_answer_tokens"), ("input_price", "output_price"))},
        ),
    )

    @admin.display(description="Key", boolean=True)
    def has_key(self, row: ModelEndpoint) -> bool:
        return bool(row.encrypted_key)

    @admin.display(description="In use", boolean=True)
    def answers(self, row: ModelEndpoint) -> bool:
        """The newest active model answers questions."""
        return ModelEndpoint.objects.filter(active=True).values_list("pk", flat=True).first() == row.pk

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and obj.encrypted_key:
            return fieldsets
        first = tuple(field for field in fieldsets[0][1]["fields"] if field != "forget_key")
        return ((None, {"fields": first}), *fieldsets[1:])

    def get_urls(self) -> list[URLPattern]:
        test = self.admin_site.admin_view(self.test_view)
        return [
            path("<uuid:endpoint>/test/", test, name="assistant_modelendpoint_test"),
            *super().get_urls(),
        ]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        names, counts, lacking, _ = super().get_deleted_objects(objs, request)
        used = Assistant.objects.filter(endpoint__in=[obj.pk for obj in objs])
        return (
            names,
            counts,
            lacking,
            [f"{row.endpoint}: the assistant “{row}” answers with it" for row in used],
        )

    def test_view(self, request: HttpRequest, endpoint: UUID) -> HttpResponse:
        row = self.get_object(request, str(endpoint))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            raise Http404
        # Imported here: the SDK takes a second to load, which starting must not wait for.
        from assistant.probe import probe

        if problem := probe(row):
            messages.error(request, problem)
        else:
            messages.success(request, f"{row.name} answers.")
        return redirect("admin:assistant_modelendpoint_change", row.pk)

    def response_add(
        self, request: HttpRequest, obj: ModelEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the model, where it can be tested."""
        messages.success(request, f"{obj.name} is saved. Test the connection below.")
        return redirect("admin:assistant_modelendpoint_change", obj.pk)
