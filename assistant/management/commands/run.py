"""`manage.py run`: start embedded mode, and stop it with Ctrl-C."""

import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from assistant.local.launcher import SAMPLE_SECONDS, CannotStart, Launcher, Stopped
from tenants.first_sign_in import sign_in_file


class Command(BaseCommand):
    help = "Start everything that embedded mode needs, print the address and the sign-in, and watch over it."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        launcher = Launcher(
            Path(settings.VAR_DIR),
            host=settings.HOST,
            port=settings.PORT,
            server=settings.WEB_SERVER,
            say=self.say,
        )
        try:
            launcher.check()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        launcher.handle_signals()
        try:
            self.start(launcher)
            self.say(f"Ready after {time.monotonic() - began:.1f} s.\n")
            self.greet()
            launcher.watch()
            self.say("Stopping…")
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except Stopped:
            self.say("Stopped while starting.")
        finally:
            launcher.stop()
        self.say("Stopped. Everything is kept; `make run` starts it again.")

    def start(self, launcher: Launcher) -> None:
        self.say("Starting the broker and the embedding model")
        launcher.start_services()
        first = self.prepare_database()
        # Connections must not be shared with children that are about to start.
        connection.close()
        self.say("Starting the worker and the web server")
        launcher.start_application()
        # While they load: a wrong embedding model ends the start with its sentence.
        self.check(tags=[Tags.database, Tags.models], databases=["default"])
        launcher.wait_until_ready()
        if first:
            self.say("Reading the sample documents")
            launcher.wait("the sample documents", sample_is_read, seconds=SAMPLE_SECONDS)

    def prepare_database(self) -> bool:
        """Migrate where needed, seed an empty installation; True when it was seeded."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Bringing the database up to date")
            migrate()
        if not settings.SAMPLE:
            return False
        from assistant.sample.seed import seed
        from tenants.models import Tenant

        if Tenant.objects.exists():
            return False
        self.say("Creating the sample organisation")
        # Tasks are sent to the broker that has just started, which the settings could not know yet.
        from celery import current_app

        current_app.conf.broker_url = os.environ["REDIS_URL"]
        return seed()

    def greet(self) -> None:
        path = sign_in_file()
        address = settings.PUBLIC_URL or f"http://localhost:{settings.PORT}"
        self.stdout.write(f"  Colloquy is at   {address}/\n")
        if path.exists():
            self.stdout.write(f"  The sign-in ({path}):\n\n")
            self.stdout.write("".join(f"    {line}\n" for line in path.read_text().splitlines()))
        self.stdout.write("\n  Ctrl-C stops it.\n")
        self.stdout.flush()

    def say(self, text: str) -> None:
        self.stdout.write(f"==> {text}")
        self.stdout.flush()


def migrate() -> None:
    """In a fork: what migrations have loaded is not given back, and this process stays as long as Colloquy runs.

    Raises CannotStart; what went wrong is on the terminal.
    """
    connection.close()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool:  # of PostgreSQL, whose threads would be missing in the fork
        close_pool()
    migration = {"verbosity": 0, "interactive": False}
    child = multiprocessing.get_context("fork").Process(
        target=call_command, args=["migrate"], kwargs=migration
    )
    child.start()
    child.join()  # a signal to stop is heeded after it
    if child.exitcode:
        why = (
            "The reason stands above." if child.exitcode > 0 else f"It was killed (signal {-child.exitcode})."
        )
        raise CannotStart(f"The database could not be brought up to date. {why}")


def sample_is_read() -> bool:
    from ingestion.models import DocumentVersion, Status
    from tenants.scoping import every_tenant

    with every_tenant():
        unfinished = DocumentVersion.objects.filter(status__in=[Status.QUEUED, Status.PROCESSING]).exists()
    time.sleep(0.2)
    return not unfinished
