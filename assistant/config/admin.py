"""Makes our site the one that every `admin.py` registers with."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "tenants.admin_site.TenantAdminSite"
