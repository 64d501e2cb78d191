from django.apps import AppConfig


class ChoicesConfig(AppConfig):
    name = "chat.choices"
    label = "choices"
    verbose_name = "What was asked with"

    def ready(self) -> None:
        from chat.choices import holdings

        holdings.register()
