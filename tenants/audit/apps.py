from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AuditConfig(AppConfig):
    name = "tenants.audit"
    label = "audit"
    verbose_name = "People"

    def ready(self) -> None:
        from tenants.audit import signs  # noqa: F401  connects sign-ins to the log
        from tenants.audit.guard import teach_sqlite

        connection_created.connect(teach_sqlite)
