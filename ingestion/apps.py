from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    verbose_name = "Knowledge"

    def ready(self) -> None:
        from ingestion import (  # registers the system checks; follows who leaves
            checks,  # noqa: F401
            holdings,
            signals,  # noqa: F401
        )

        holdings.register()
