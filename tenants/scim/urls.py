"""The addresses of SCIM.

What answers there is loaded with the first request. The library and its models take about as long to load as a third
of everything else, and few of the processes that know these addresses are ever asked.
"""

from collections.abc import Callable
from importlib import import_module

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def base_of(request: HttpRequest) -> str:
    root = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return f"{root}/scim/v2"


def view(name: str) -> Callable[..., HttpResponse]:
    @csrf_exempt  # as the view itself is: a token speaks for the request, and no cookie
    def loaded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        answer: Callable[..., HttpResponse] = getattr(import_module("tenants.scim.views"), name)
        return answer(request, **kwargs)

    return loaded


urlpatterns = [
    path("ServiceProviderConfig", view("config"), name="scim-config"),
    path("ResourceTypes", view("resource_types"), name="scim-resource-types"),
    path("ResourceTypes/<str:key>", view("resource_type"), name="scim-resource-type"),
    path("Schemas", view("schemas"), name="scim-schemas"),
    path("Schemas/<str:key>", view("schema"), name="scim-schema"),
    path("Users", view("users"), name="scim-users"),
    path("Users/.search", view("search_users"), name="scim-users-search"),
    path("Users/<str:key>", view("user"), name="scim-user"),
    path("Groups", view("group_list"), name="scim-groups"),
    path("Groups/.search", view("search_groups"), name="scim-groups-search"),
    path("Groups/<str:key>", view("one_group"), name="scim-group"),
    path("<path:rest>", view("unknown"), name="scim-unknown"),
]
