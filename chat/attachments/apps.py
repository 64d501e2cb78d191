from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "chat.attachments"
    label = "attachments"
    verbose_name = "Files in conversations"

    def ready(self) -> None:
        from chat.attachments import holdings

        holdings.register()
