from django.apps import AppConfig


class AssistantConfig(AppConfig):
    name = "assistant"
    verbose_name = "Models"

    def ready(self) -> None:
        from assistant.models import ModelEndpoint
        from tenants.datarights.registry import Holding, hold

        hold(Holding(ModelEndpoint, secret=("encrypted_key",)))
