from django.apps import AppConfig


class DataRightsConfig(AppConfig):
    name = "tenants.datarights"
    label = "datarights"
    verbose_name = "People"

    def ready(self) -> None:
        from tenants.datarights import holdings

        holdings.register()
