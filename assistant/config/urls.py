"""Every address of the installation."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from assistant.observe.views import healthz, metrics, readyz

urlpatterns = [
    path("", RedirectView.as_view(url="/chat/", http_method_names=["get", "head"])),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("accounts/", include("tenants.sso.urls")),
    path("accounts/", include("tenants.entrance.urls")),
    path("accounts/data/", include("tenants.datarights.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("scim/v2/", include("tenants.scim.urls")),
    path("", include("tenants.language.urls")),
    path("", include("tenants.shell.urls")),
    path("", include("tenants.branding.urls")),
    path("", include("ingestion.urls")),
    path("", include("chat.urls")),
    path("", include("chat.attachments.urls")),
    path("", include("chat.choices.urls")),
    path("", include("chat.sharing.urls")),
    path("", include("chat.search.urls")),
    path("", include("chat.rail.urls")),
    path("", include("chat.prompts.urls")),
    path("", include("chat.gaps.urls")),
]
