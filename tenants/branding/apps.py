from django.apps import AppConfig


class BrandingConfig(AppConfig):
    name = "tenants.branding"
    verbose_name = "People"
