"""Several small documents of one organisation in one go, through the stages of `pipeline.work`.

What they have in common they pay once: statements, the request to the embedder, the commit in the index. Only the new
and small are taken together; what was tried before, answers already or is large goes alone, so that a bad file is in
the way of others once at most.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from ingestion.claims import Claim, Superseded, kept_alive
from ingestion.errors import DocumentError
from ingestion.index import active_store
from ingestion.indexing import embed_and_store
from ingestion.models import Document, DocumentVersion, ExtractedText, Passage, Stage, Status
from ingestion.parse import ParsedDocument, parse_texts
from ingestion.parse.texts import MOST
from ingestion.parse.wanted import reading_while
from ingestion.pipeline import local_copy, passages_of, publish, read_original, settling, take_title
from ingestion.scan import scan
from ingestion.unpacking import forget_parts
from tenants.observe import metrics
from tenants.observe.steps import observed
from tenants.usage import note_use

TEXTS = (".txt", ".md", ".csv", ".json", ".log", ".rst", ".adoc", ".org", ".srt", ".vtt", ".ics", ".vcf")
MOST_BYTES = 64 * 1024  # of all of them
PATIENCE = 3.0  # seconds of reading; those not begun by then are left to whoever has a hand free


def oldest_of(waiting: QuerySet[DocumentVersion]) -> list[UUID]:
    """The version that has waited longest; when it is new and small, those as well that came next and are so too."""
    answers = Q(document__current_version__isnull=False) | Q(ready_at__isnull=False)
    begun = (
        Q(number__gt=1)
        | Q(embedded_count__isnull=False)
        | Exists(Passage.objects.filter(version=OuterRef("pk")))
    )
    rows = (
        waiting.annotate(new=Case(When(answers | begun, then=Value(False)), default=Value(True)))
        .order_by("heartbeat")
        .values_list("pk", "size", "new")[:MOST]
    )
    chosen: list[UUID] = []
    left = MOST_BYTES
    for key, size, new in rows:
        if new and size <= left:
            chosen.append(key)
            left -= size
        elif not chosen:
            return [key]
    return chosen


def work_together(claims: Sequence[Claim]) -> None:
    """All stages of versions claimed together, whatever comes of each."""
    batch = Batch(claims)
    with kept_alive(claims), batch.settling():
        batch.enter(Stage.PARSE)
        batch.read()
        with batch.stage(Stage.CHUNK):
            batch.save()
        with batch.stage(Stage.EMBED):
            batch.store()
        batch.enter(Stage.PUBLISH)
        batch.publish()
    for claim in claims:
        if claim.lost and not claim.ended:
            with settling(claim):
                raise Superseded


class Going:
    """A claimed version on its way, and what there is of it so far."""

    FILLED = ("media_type", "pages", "passage_count", "embedded_count", "warnings", "timings")

    parsed: ParsedDocument
    parts: set[str]
    passages: list[Passage]

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.version = claim.version

    def fill(self, published: float) -> None:
        """What `pipeline.publish` writes of each, `published` being how many milliseconds that takes."""
        self.version.media_type = self.parsed.media_type
        self.version.pages = self.parsed.pages
        self.version.passage_count = self.version.embedded_count = len(self.passages)
        self.version.warnings = list(self.parsed.warnings)
        self.version.timings = self.claim.timings | {str(Stage.PUBLISH): published}


class Batch:
    """Versions claimed under one token; whoever iterates meets those that are still on their way."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._all = [Going(claim) for claim in claims]

    def __iter__(self) -> Iterator[Going]:
        return (going for going in self._all if not going.claim.over)

    @contextmanager
    def settling(self) -> Iterator[None]:
        """What goes wrong with what they have in common is told in each."""
        try:
            yield
        except Exception as error:
            for going in self:
                with settling(going.claim):
                    raise error

    def write(self, **fields: Any) -> None:
        """Update all of them in one; those that are not ours any more are lost from here on."""
        claims = {going.version.pk: going.claim for going in self}
        with transaction.atomic():
            ours = DocumentVersion.objects.filter(
                pk__in=claims,
                claim__in={claim.token for claim in claims.values()},
                status=Status.PROCESSING,
                document__in=Document.with_private.live(),
            )
            kept = set(ours.select_for_update().order_by("pk").values_list("pk", flat=True))
            DocumentVersion.objects.filter(pk__in=kept).update(heartbeat=timezone.now(), **fields)
        for key in claims.keys() - kept:
            claims[key].lost = True

    def enter(self, stage: str) -> None:
        self.write(stage=stage, stage_began=timezone.now(), progress=0)

    @contextmanager
    def stage(self, stage: str) -> Iterator[None]:
        """A stage that they go through together: each took its share of the time."""
        self.enter(stage)
        going, began = list(self), time.perf_counter()
        with observed(f"ingestion.{stage}"):
            yield
        for each in going:
            each.claim.timings[stage] = round((time.perf_counter() - began) * 1000 / len(going), 1)

    def read(self) -> None:
        began = time.monotonic()
        self._read_texts()
        for going in self:
            if hasattr(going, "parsed"):
                continue
            claim = going.claim
            with settling(claim), claim.clocked(Stage.PARSE), reading_while(claim.still_wanted):
                going.parsed, going.parts = read_original(claim)
            if time.monotonic() - began > PATIENCE:
                self._leave([each for each in self if not hasattr(each, "parsed")])

    def _read_texts(self) -> None:
        """Those whose names promise plain text, by one child; what it does not answer is read by one of its own."""
        began = time.perf_counter()
        paths: dict[Going, Path] = {}
        with ExitStack() as stack, observed(f"ingestion.{Stage.PARSE}"):
            for going in self:
                if going.version.document.name.endswith(TEXTS) and not going.version.password:
                    with settling(going.claim):
                        path = stack.enter_context(local_copy(going.version))
                        scan(path)
                        paths[going] = path
            names = [going.version.document.file_name for going in paths]
            answers = parse_texts([*paths.values()], names=names) if len(paths) > 1 else [None] * len(paths)
        for going, answer in zip(paths, answers, strict=True):
            going.claim.timings[Stage.PARSE] = round((time.perf_counter() - began) * 1000 / len(paths), 1)
            with settling(going.claim):
                if isinstance(answer, DocumentError):
                    raise answer
                if answer:
                    going.parsed, going.parts = answer, set()

    def _leave(self, unread: Sequence[Going]) -> None:
        """Put back as if they had never been claimed. As they wait, this turn sends another when it ends."""
        with transaction.atomic():
            self._all = [going for going in self._all if going not in unread]
            for going in unread:
                DocumentVersion.objects.filter(
                    pk=going.version.pk, claim=going.claim.token, status=Status.PROCESSING
                ).update(
                    status=Status.QUEUED,
                    stage="",
                    claim=None,
                    attempts=F("attempts") - 1,
                    heartbeat=F("queued_at"),
                )
                going.claim.ended = True

    def save(self) -> None:
        """Their titles, texts and passages as rows."""
        self._adopt_titles()
        for going in self:
            with settling(going.claim):
                going.passages = passages_of(going.version, going.parsed)
        with transaction.atomic():
            self.write()
            ExtractedText.objects.bulk_create(
                [
                    ExtractedText(tenant_id=g.version.tenant_id, version=g.version, text=g.parsed.text)
                    for g in self
                ]
            )
            Passage.objects.bulk_create(
                (passage for going in self for passage in going.passages), batch_size=200
            )

    def store(self) -> None:
        passages = [passage for going in self for passage in going.passages]
        if not passages:
            return
        note_use(passages[0].tenant_id)
        embed_and_store(passages, active_store(), done=lambda count: None, fresh=True)
        for going in self:
            going.claim.note(embedded_count=len(going.passages))

    def _adopt_titles(self) -> None:
        named = [going for going in self if going.parsed.title.strip()]
        with transaction.atomic():
            rows = Document.with_private.filter(pk__in=[going.version.document_id for going in named])
            titles = dict(rows.select_for_update().order_by("pk").values_list("pk", "title"))
            adopted = [
                going.version.document
                for going in named
                if titles.get(going.version.document_id) == going.version.document.title
                and take_title(going.version.document, going.parsed)
            ]
            Document.with_private.bulk_update(adopted, ["title"])

    def publish(self) -> None:
        """Those that nothing stands against become the ones that answer, all at once; each other on its own."""
        self._publish_first_of_all()
        for going in self:
            with settling(going.claim), going.claim.clocked(Stage.PUBLISH):
                forget_parts(going.claim, going.parts)
                publish(going.claim, going.parsed, going.passages)

    def _publish_first_of_all(self) -> None:
        """Of documents that have no answer yet, hold no other files and are where they were."""
        now, began = timezone.now(), time.perf_counter()
        places = {going.version.document_id: going.version.document.collection_id for going in self}
        parents = Document.with_private.live().filter(parent__in=places).values("parent")
        with transaction.atomic(), observed(f"ingestion.{Stage.PUBLISH}"):
            rows = Document.with_private.filter(pk__in=places, current_version=None).exclude(pk__in=parents)
            documents = {row.pk: row for row in rows.select_for_update().order_by("pk")}
            self.write()
            first = [
                going
                for going in self
                if (row := documents.get(going.version.document_id))
                and row.collection_id == places[row.pk]
                and not going.parts
            ]
            if not first:
                return
            took = round((time.perf_counter() - began) * 1000 / len(first), 1)
            for going in first:
                going.fill(took)
                documents[going.version.document_id].current_version = going.version
            versions = [going.version for going in first]
            DocumentVersion.objects.bulk_update(versions, Going.FILLED)
            DocumentVersion.objects.filter(pk__in=[version.pk for version in versions]).update(
                **Claim.FINISHED, status=Status.READY, ready_at=now, effective_from=now
            )
            answered = [documents[version.document_id] for version in versions]
            Document.with_private.bulk_update(answered, ["current_version"])
        for going in first:
            going.claim.ended = True
            metrics.ingestion_ended(Status.READY)
