from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    verbose_name = "Knowledge"

    def ready(self) -> None:
        from ingestion import checks, signals  # noqa: F401  registers the system checks; follows who leaves
