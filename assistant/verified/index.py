"""Finds the verified answer to a question: by its wordings' embeddings, kept in the database beside them.

An organisation has few of them (`MOST_WORDINGS`), so that a question is compared with all that its asker may read, in
one query that decides who may read. There is no second index to keep in step, and none that could leak.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from asgiref.sync import async_to_sync

from assistant.events import FoundPassage, VerifiedMark
from assistant.verified.models import VerifiedAnswer, VerifiedWording
from assistant.verified.standing import standing_of_verified
from ingestion.embed import Vectors, current_model, embed_query
from ingestion.errors import EmbeddingUnavailable
from ingestion.vectors import pack, unpack
from tenants.access import Member
from tenants.db import in_database
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

MOST_WORDINGS = 1000  # of an organisation
BATCH = 50
# Measured: benchmarks/alike.py, docs/knowledge-gaps.md.
SURE = 0.8  # it is the answer, word for word
LIKELY = 0.6  # it goes before the documents' passages, and the answer may rest on it


@dataclass(frozen=True)
class FoundVerified:
    passage: FoundPassage
    nearness: float

    @property
    def sure(self) -> bool:
        return self.nearness >= SURE


async def find_verified(
    question: str, member: Member, *, among: frozenset[UUID] | None = None
) -> FoundVerified | None:
    """The nearest verified answer that the member may read now, if any is near enough; `among` these collections."""
    if not await in_database(_any, member):
        return None
    try:
        vector: Vectors | None = await embed_query(question)
    except EmbeddingUnavailable:
        log.warning(
            "the embedding model does not answer; verified answers are found by their very words alone"
        )
        vector = None
    return await in_database(nearest_verified, question, vector, member, among)


def _any(member: Member) -> bool:
    return VerifiedAnswer.objects.readable_by(member).exists()


def nearest_verified(
    question: str, vector: Vectors | None, member: Member, among: frozenset[UUID] | None = None
) -> FoundVerified | None:
    answers = VerifiedAnswer.objects.readable_by(member)
    if among is not None:
        answers = answers.filter(collection__in=among)
    readable = VerifiedWording.objects.filter(answer__in=answers)
    rows = list(readable.values_list("answer", "text", "embedded_by", "vector")[:MOST_WORDINGS])
    asked = folded(question)
    best, nearness = next(((row, 1.0) for row in rows if folded(row[1]) == asked), (None, 0.0))
    model = current_model().name
    known = [row for row in rows if row[2] == model]
    if best is None and vector is not None and known:
        cosines = unpack([row[3] for row in known]) @ vector
        place = int(cosines.argmax())
        best, nearness = known[place], float(cosines[place])
    if best is None or nearness < LIKELY:
        return None
    answer = VerifiedAnswer.objects.readable_by(member).select_related("collection", "author").get(pk=best[0])
    return FoundVerified(_passage(answer, best[1], nearness, member), nearness)


def folded(text: str) -> str:
    """Case, spaces and the mark at the end say nothing."""
    return " ".join(text.casefold().split()).rstrip(" ?.!")


def _passage(answer: VerifiedAnswer, wording: str, nearness: float, member: Member) -> FoundPassage:
    assert answer.collection  # what is readable has one
    return FoundPassage(
        number=1,
        id=answer.pk,
        version=answer.pk,
        collection=answer.collection.pk,
        collection_name=answer.collection.name,
        title=wording[:300],
        page=None,
        heading=(),
        text=answer.text,
        start=0,
        end=len(answer.text),
        score=nearness,
        standing=standing_of_verified(answer, member),
        verified=VerifiedMark(
            answer.pk,
            answer.version,
            answer.author.get_full_name() if answer.author else "",
            answer.verified_on,
        ),
    )


def embed_waiting() -> int:
    """Embed wordings that no vector of the present model stands for; returns how many."""
    model = current_model().name
    with every_tenant():
        rows = VerifiedWording.objects.exclude(embedded_by=model)
        waiting = list(rows.order_by("pk").values_list("tenant", "pk", "text")[:BATCH])
    for count, (tenant, pk, text) in enumerate(waiting):
        try:
            vector = pack(async_to_sync(embed_query)(text))
        except EmbeddingUnavailable:
            log.warning("the embedding model does not answer; verified answers wait for it")
            return count
        with tenant_scope(tenant):
            VerifiedWording.objects.filter(pk=pk, text=text).update(vector=vector, embedded_by=model)
    return len(waiting)
