"""`manage.py reindex`: rebuild the search index from the database, also for another embedding model."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingestion.embed import current_model
from ingestion.errors import IngestionError
from ingestion.reindexing import reindex
from tenants.models import Tenant
from tenants.single import AlreadyRunning, one_at_a_time


class Command(BaseCommand):
    help = (
        "Rebuild the search index from the database, then switch to it. Meanwhile the old one answers. Can be stopped "
        "and run again. After another --model, put it into the settings, restart web and workers, and run reconcile."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tenant", help="only this organisation, by name; the model is not switched then"
        )
        parser.add_argument("--model", help="another model of EMBEDDING_URL than the one in the settings")
        parser.add_argument("--dimension", type=int, help="of that model's vectors")
        parser.add_argument(
            "--fresh", action="store_true", help="embed everything again, even what is indexed"
        )

    def handle(self, *args: Any, tenant: str | None, fresh: bool, **options: Any) -> None:
        use_model(options["model"], options["dimension"])
        row = Tenant.objects.filter(name__iexact=tenant).first() if tenant else None
        if tenant and row is None:
            raise CommandError(f"There is no organisation “{tenant}”.")
        model = current_model()
        self.stdout.write(f"Indexing with {model.name} ({model.dimension} dimensions)")
        try:
            with one_at_a_time("reindex"):
                count = reindex(tenant=row.id if row else None, fresh=fresh, progress=self._progress)
        except AlreadyRunning as error:
            raise CommandError("It is running already.") from error
        except IngestionError as error:
            raise CommandError(f"{error.sentence} What is done is kept: run the command again.") from error
        self.stdout.write(f"Done: {count} passages embedded.")

    def _progress(self, done: int, total: int) -> None:
        if done == total or done % 20 == 0:
            self.stdout.write(f"{done} of {total} documents")
            self.stdout.flush()


def use_model(name: str | None, dimension: int | None) -> None:
    """In this process alone, in place of what the settings say."""
    if not name and not dimension:
        return
    if not settings.EMBEDDING_URL:
        raise CommandError("The local model has no other beside it. Set EMBEDDING_URL to an endpoint first.")
    if not name or not dimension:
        raise CommandError("Give both, --model and --dimension.")
    settings.EMBEDDING_MODEL, settings.EMBEDDING_DIMENSION = name, dimension
