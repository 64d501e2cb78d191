"""Groups questions by meaning, a few at a time: each joins the nearest gap, or begins one.

Nearness is the cosine of its embedding with the mean of a gap's questions; it is kept, so that anyone can see why a
question is where it is. The thresholds are measured (`benchmarks/alike.py`, docs/knowledge-gaps.md). What it costs is
bounded: the newest questions of an organisation alone are compared.
"""

import logging
from uuid import UUID

import numpy as np
from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chat.gaps.models import GapQuestion, GapState, KnowledgeGap
from ingestion.embed import Vectors, current_model, embed_query
from ingestion.errors import EmbeddingUnavailable
from ingestion.vectors import pack, unpack
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

ALIKE = 0.6
BATCH = 50
REMEMBERED = 5000  # questions of an organisation that a new one is compared with


def sort_waiting() -> int:
    """How many questions were sorted, over all organisations."""
    model = current_model().name
    waiting = Q(gap=None) | ~Q(embedded_by=model)
    with every_tenant():
        tenants = list(
            GapQuestion.objects.filter(waiting).values_list("tenant", flat=True).distinct()[:BATCH]
        )
    count = 0
    for tenant in tenants:
        with tenant_scope(tenant):
            try:
                while found := sort_some(model):
                    count += found
            except EmbeddingUnavailable:
                log.warning("the embedding model does not answer; questions wait to be sorted")
                return count
            drop_empty()
    return count


def sort_some(model: str) -> int:
    waiting = GapQuestion.objects.filter(Q(gap=None) | ~Q(embedded_by=model)).select_related("question")
    rows = list(waiting.order_by("created")[:BATCH])
    if not rows:
        return 0
    vectors = [async_to_sync(embed_query)(row.question.text) for row in rows]
    groups = Groups(model)
    for row, vector in zip(rows, vectors, strict=True):
        _place(row, vector, groups, model)
    return len(rows)


def _place(row: GapQuestion, vector: Vectors, groups: "Groups", model: str) -> None:
    gap, nearness = (row.gap_id, row.nearness) if row.gap_id else groups.nearest(vector)
    with transaction.atomic():
        if gap is None:
            gap, nearness = KnowledgeGap.objects.create(collection_id=row.collection_id).pk, None
        elif row.gap_id is None:
            _came_again(gap, row)
        GapQuestion.objects.filter(pk=row.pk).update(
            gap=gap, nearness=nearness, vector=pack(vector), embedded_by=model
        )
    groups.add(gap, vector)


def _came_again(gap: UUID, row: GapQuestion) -> None:
    """What was solved and is asked in vain again is open again; what was dismissed stays so."""
    rows = KnowledgeGap.objects.filter(pk=gap)
    rows.filter(state=GapState.SOLVED).update(state=GapState.OPEN, updated=timezone.now())
    rows.filter(collection=None).update(collection=row.collection_id)


def drop_empty() -> None:
    """Gaps whose questions are gone, with their people or by age."""
    KnowledgeGap.objects.filter(questions=None).delete()


class Groups:
    """The gaps of the open scope, each as the mean of its questions."""

    def __init__(self, model: str) -> None:
        rows = GapQuestion.objects.filter(embedded_by=model).exclude(gap=None).order_by("-created")
        found = list(rows.values_list("gap", "vector")[:REMEMBERED])
        self._sums: dict[UUID, Vectors] = {}
        for (gap, _), vector in zip(found, unpack([packed for _, packed in found]), strict=True):
            self.add(gap, vector)

    def add(self, gap: UUID, vector: Vectors) -> None:
        known = self._sums.get(gap)
        self._sums[gap] = vector if known is None else known + vector

    def nearest(self, vector: Vectors) -> tuple[UUID | None, float | None]:
        """The gap that is near enough, and how near it is."""
        if not self._sums:
            return None, None
        sums = np.array(list(self._sums.values()))
        nearness = (sums @ vector) / np.linalg.norm(sums, axis=1)
        best = int(nearness.argmax())
        if nearness[best] < ALIKE:
            return None, None
        return list(self._sums)[best], round(float(nearness[best]), 3)
