from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "chat.search"
    label = "search"
    verbose_name = "Search in conversations"
