from django.apps import AppConfig


class PromptsConfig(AppConfig):
    name = "chat.prompts"
    label = "prompts"
    verbose_name = "Models"
