from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "tenants.sso"
    label = "sso"
    verbose_name = "People"

    def ready(self) -> None:
        from tenants.sso import checks, signals  # noqa: F401  both register by being imported
