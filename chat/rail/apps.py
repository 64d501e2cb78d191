from django.apps import AppConfig


class RailConfig(AppConfig):
    name = "chat.rail"
    label = "rail"
    verbose_name = "List of conversations"
