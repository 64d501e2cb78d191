from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = "Conversations"

    def ready(self) -> None:
        from chat import holdings, signals  # noqa: F401  signals connect sign-out to sockets, purges to quotes

        holdings.register()
