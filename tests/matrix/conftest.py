"""One scene for a whole module: each request is undone after it was asked."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings

from tests.matrix.scene import Scene


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[tuple[Scene, dict]]:
    kept = {"MEDIA_ROOT": tmp_path_factory.mktemp("files"), "WEAVIATE_URL": "", "METRICS_TOKEN": ""}
    with django_db_blocker.unblock(), override_settings(**kept), transaction.atomic():
        try:
            yield Scene(), kept
        finally:
            transaction.set_rollback(True)


@pytest.fixture
def scene(played, db, files_apart, settings) -> Scene:
    """`db` opens a transaction within that of the module, and undoes it."""
    found, kept = played
    for name, value in kept.items():
        setattr(settings, name, value)
    return found
