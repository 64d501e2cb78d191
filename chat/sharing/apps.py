from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "chat.sharing"
    label = "sharing"
    verbose_name = "People"

    def ready(self) -> None:
        from chat.sharing import signals  # noqa: F401  forgets those who leave
