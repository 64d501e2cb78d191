from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "chat.attachments"
    label = "attachments"
    verbose_name = "People"

    def ready(self) -> None:
        from chat.attachments import holdings

        holdings.register()
