from django.apps import AppConfig


class EntranceConfig(AppConfig):
    name = "tenants.entrance"
    label = "entrance"
    verbose_name = "People"

    def ready(self) -> None:
        from tenants.entrance import signals  # noqa: F401  follows who signs in, signs out and changes a password
