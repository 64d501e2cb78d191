from django.apps import AppConfig


class AssistantsConfig(AppConfig):
    name = "assistant.assistants"
    label = "assistants"
    verbose_name = "Models"

    def ready(self) -> None:
        from assistant.assistants import holdings, signals  # noqa: F401  forgets those who leave

        holdings.register()
