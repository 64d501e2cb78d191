from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "ingestion.sources"
    label = "sources"
    verbose_name = "Knowledge"

    def ready(self) -> None:
        from ingestion.sources import checks  # noqa: F401  registers the system checks
