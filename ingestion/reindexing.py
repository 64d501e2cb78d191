"""Builds the index anew from the database, for the embedding model that the settings name, then switches to it.

The old index is left alone until the switch, so processes that still run with the old settings keep answering. A run
that was killed is taken up where it ended: what the new index holds already is not embedded again.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction

from ingestion import index
from ingestion.earlier import findable_versions
from ingestion.embed import current_model
from ingestion.indexing import embed_and_store
from ingestion.models import DocumentVersion, Passage, SearchIndex
from ingestion.store import VectorStore, open_store
from tenants.scoping import every_tenant

Progress = Callable[[int, int], None]


def reindex(*, tenant: UUID | None, fresh: bool, progress: Progress) -> int:
    """Index every version that can be found (of one tenant); returns how many passages were embedded.

    With `fresh` what the index of this model holds of these tenants is dropped first. The switch of models happens only
    when all tenants were indexed.
    """
    model = current_model()
    store = open_store(model.name, model.dimension)
    with every_tenant():
        versions = findable_versions().select_related("document")
        if tenant:
            versions = versions.filter(tenant=tenant)
        if fresh:
            for owner in set(versions.values_list("tenant", flat=True)):
                index.run_async(store.drop_tenant(owner))
        total, embedded = versions.count(), 0
        for done, version in enumerate(versions.iterator(), start=1):
            embedded += _index_version(version, store)
            progress(done, total)
        for owner in set(versions.values_list("tenant", flat=True)):
            index.run_async(store.maintain(owner))
    if tenant is None:
        _switch(model.name, model.dimension)
    return embedded


def _index_version(version: DocumentVersion, store: VectorStore) -> int:
    held = index.run_async(store.passages_of(version.tenant_id, version.pk))
    missing = [p for p in version.passages.all() if p.pk not in held]
    index_missing(version, missing, store)
    return len(missing)


def index_missing(version: DocumentVersion, missing: Sequence[Passage], store: VectorStore) -> None:
    """Embed and add passages that the index lacks."""
    embed_and_store(missing, store, done=lambda count: None)


def _switch(name: str, dimension: int) -> None:
    with transaction.atomic():
        SearchIndex.objects.filter(active=True).exclude(model=name, dimension=dimension).update(active=False)
        SearchIndex.objects.update_or_create(model=name, dimension=dimension, defaults={"active": True})
    index._open.cache_clear()
