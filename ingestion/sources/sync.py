"""From what a source names to documents: the part that is the same for all kinds.

    list -> skip what is unchanged -> take in what is new or changed -> delete what is gone

Running again is harmless: what was taken in is known by its key and fingerprint. Only a listing that came to its end
lets anything count as gone.
"""

import logging
import time
from collections import Counter
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingestion.actions import Upload, accept_upload, clean_name, delete_document
from ingestion.claims import Superseded
from ingestion.errors import ServiceDown, UploadRefused
from ingestion.models import Document
from ingestion.sources.connector import Event, Item, Known, Note, Unchanged, Unread
from ingestion.sources.errors import SourceError, Stopped
from ingestion.sources.kinds import connector_of
from ingestion.sources.models import COUNTS, RunStatus, Source, SourceItem
from ingestion.sources.runs import RunClaim, claim_run
from tenants.access import Member
from tenants.actions import record
from tenants.crypto import Undecryptable
from tenants.models import Role, Tenant

log = logging.getLogger(__name__)

KEY_LENGTH = 500
SHOWN_PROBLEMS = 200
SHOW_EVERY = 1.0  # seconds between two writes of the counts
SEEN_AT_ONCE = 200
FEW = 10  # documents; of more than these, not more than half go without somebody's word
UNEXPECTED = "Something unexpected went wrong. The operator finds it in the log."


def run_source(run: UUID) -> None:
    """One run, from its claim to its end. Inside the tenant's scope; returns quietly when there is nothing to do."""
    claim = claim_run(run)
    if claim is None:
        return
    with claim.kept_alive():
        try:
            Sync(claim).go()
        except Superseded:
            log.info("a run of source %s was canceled", claim.run.source_id)


class Sync:
    """One run. It is the `Session` that its connector is given."""

    def __init__(self, claim: RunClaim) -> None:
        self.claim = claim
        self.source: Source = claim.run.source
        self.state: dict[str, Any] = dict(self.source.state)
        self.counts: Counter[str] = Counter()
        self.problems: list[list[str]] = []
        self.notes: list[str] = []
        self.bytes = self.named = 0
        self._seen: list[str] = []
        self._began = self._shown = time.monotonic()
        tenant_name = Tenant.objects.values_list("name", flat=True).get(pk=self.source.tenant_id)
        # A source acts for the organisation: it goes on when the person who set it up has left.
        self.member = Member(
            user=cast(UUID, self.source.keeper_id), tenant=self.source.tenant_id, role=Role.MANAGER,
            name=self.source.name, email="", tenant_name=tenant_name,
        )  # fmt: skip

    def go(self) -> None:
        try:
            self._list()
            held = self._remove_gone()
        except Stopped as error:
            self._end(RunStatus.STOPPED, error.sentence)
        except (SourceError, ServiceDown) as error:
            self._end(RunStatus.FAILED, error.sentence)
        except Undecryptable:
            self._end(RunStatus.FAILED, "The stored secret cannot be read any more. Enter it again.")
        except Superseded:
            raise
        except Exception:
            log.exception("a run of source %s failed", self.source.pk)
            self._end(RunStatus.FAILED, UNEXPECTED)
        else:
            if not self.counts["failed"] and not held:
                Source.objects.filter(pk=self.source.pk).update(state=self.state)
            self._end(RunStatus.HELD if held else RunStatus.DONE, held)

    # --- What a connector asks ---------------------------------------------------------------------------------

    def known(self, key: str) -> Known | None:
        row = (
            SourceItem.objects.filter(source=self.source, key=key).values_list("fingerprint", "memo").first()
        )
        return Known(*row) if row else None

    def keys(self) -> list[str]:
        return list(SourceItem.objects.filter(source=self.source).values_list("key", flat=True))

    def pause(self, seconds: float = 0) -> None:
        until = time.monotonic() + seconds
        while True:
            self._may_go_on()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 1.0))

    def _may_go_on(self) -> None:
        self.claim.check()
        if time.monotonic() - self._began > settings.SOURCE_RUN_SECONDS:
            raise Stopped("The time for one run was over. The next run goes on.")
        if self.bytes > settings.SOURCE_RUN_MAX_BYTES:
            raise Stopped("One run takes in only so much. The next run goes on.")

    # --- Events ------------------------------------------------------------------------------------------------

    def _list(self) -> None:
        connector = connector_of(
            self.source.kind,
            self.source.options,
            secret=self.source.secret,
            organisation=self.member.tenant_name,
        )
        for event in connector.changes(self):
            self._may_go_on()
            self._handle(event)
            self._show()
        self._flush_seen()

    def _handle(self, event: Event) -> None:
        if isinstance(event, Note):
            self.notes.append(event.sentence)
            return
        self.named += 1
        if self.named > settings.SOURCE_MAX_DOCUMENTS:
            raise Stopped(
                f"The source names more than {settings.SOURCE_MAX_DOCUMENTS} documents. Narrow it down, or ask the "
                "operator to raise the limit. Nothing that has vanished from it is removed meanwhile."
            )
        match event:
            case Item():
                self._take(event)
            case Unchanged():
                self._count("unchanged", event.key)
            case Unread():
                self._problem(event.key, event.name, event.sentence)

    def _count(self, what: str, key: str) -> None:
        self.counts[what] += 1
        self._seen.append(key)
        if len(self._seen) >= SEEN_AT_ONCE:
            self._flush_seen()

    def _flush_seen(self) -> None:
        SourceItem.objects.filter(source=self.source, key__in=self._seen).update(last_seen=timezone.now())
        self._seen = []

    def _problem(self, key: str, name: str, sentence: str) -> None:
        self._count("failed", key)
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append([name[:300], sentence])

    def _show(self) -> None:
        if time.monotonic() - self._shown >= SHOW_EVERY:
            self._shown = time.monotonic()
            self.claim.write(**self._figures())

    def _figures(self) -> dict[str, Any]:
        return {name: self.counts[name] for name in COUNTS} | {"problems": self.problems}

    # --- Taking in ---------------------------------------------------------------------------------------------

    def _take(self, item: Item) -> None:
        if len(item.key) > KEY_LENGTH:
            self._problem(item.key, item.name, "Its name or address is too long to be kept.")
            return
        row = (
            SourceItem.objects.filter(source=self.source, key=item.key)
            .select_related("document__collection")
            .first()
        )
        deleted_here = row is not None and (row.document is None or row.document.deleted_at is not None)
        if row is not None and (deleted_here or row.fingerprint == item.fingerprint):
            if row.memo != item.memo:
                SourceItem.objects.filter(pk=row.pk).update(memo=item.memo)
            self._count("unchanged", item.key)
            return
        try:
            with item.open() as file:
                upload = self._upload(file, item, row)
        except UploadRefused as error:
            if error.code == "quota":
                raise Stopped(error.sentence) from error
            self._problem(item.key, item.name, error.sentence)
        except SourceError as error:
            self._problem(item.key, item.name, error.sentence)
        except OSError as error:
            log.info("an item of source %s could not be read: %s", self.source.pk, type(error).__name__)
            self._problem(item.key, item.name, "It could not be read.")
        else:
            self.bytes += upload.version.size
            self._link(item, row, upload)

    def _upload(self, file: BinaryIO, item: Item, row: SourceItem | None) -> Upload:
        """As the next version of what it became, wherever that lies now; else under a name that nothing has yet."""
        self.claim.write()  # what was canceled takes nothing in any more
        if row is not None and row.own and row.document is not None:
            name, collection = row.document.name, row.document.collection
        else:
            collection = self.source.collection
            name = free_name(self._name(item), collection_id=collection.pk)
        return accept_upload(
            file, name=name, collection=collection, member=self.member, title=item.title[:300]
        )

    def _name(self, item: Item) -> str:
        return clean_name(f"{self.source.name.replace('/', '-')}/{item.name}")

    def _link(self, item: Item, row: SourceItem | None, upload: Upload) -> None:
        """Note what it became. What it was before goes, unless something else of a source is the same document."""
        document = upload.document
        same = row is not None and row.document_id == document.pk
        own = (
            not upload.duplicate or (row is not None and same and row.own) or self._left_over(item, document)
        )
        fields = {
            "document": document, "own": own, "fingerprint": item.fingerprint[:200], "memo": item.memo,
            "url": item.url[:2000], "last_seen": timezone.now(),
        }  # fmt: skip
        with transaction.atomic():
            SourceItem.objects.update_or_create(source=self.source, key=item.key, defaults=fields)
            if row is not None and not same:
                self._let_go(row)
        if row is None:
            self._count("added", item.key)
        else:
            self._count("unchanged" if same and upload.duplicate else "changed", item.key)

    def _left_over(self, item: Item, document: Document) -> bool:
        """Taken in by a run that died before it could note so."""
        linked = SourceItem.objects.filter(document=document).exists()
        return not linked and document.name == self._name(item)

    def _let_go(self, row: SourceItem) -> None:
        """The row's document is no longer needed by it: another row takes it over, else it is deleted."""
        if not row.own or row.document is None or row.document.deleted_at is not None:
            return
        other = SourceItem.objects.filter(document=row.document).exclude(pk=row.pk).first()
        if other is not None:
            SourceItem.objects.filter(pk=other.pk).update(own=True)
        else:
            delete_document(row.document, self.member)

    # --- What is gone ------------------------------------------------------------------------------------------

    def _remove_gone(self) -> str:
        """Delete what the listing did not name. "" when done, else the sentence that asks for somebody's word."""
        items = SourceItem.objects.filter(source=self.source)
        gone = items.filter(last_seen__lt=self.claim.run.started)
        total, missing = items.count(), gone.count()
        if total > FEW and missing > total / 2 and not self.claim.run.confirmed:
            return (
                f"{missing} of {total} documents are no longer at the source. Nothing was removed. If that is right, "
                "remove them below; if not, check the settings."
            )
        for row in list(gone.select_related("document")):
            with transaction.atomic():
                self.claim.write()
                items.filter(pk=row.pk).delete()
                self._let_go(row)
            self.counts["removed"] += 1
            self._show()
        return ""

    def _end(self, status: str, sentence: str) -> None:
        self._flush_seen()
        with transaction.atomic():
            self.claim.finish(status, " ".join(filter(None, [sentence, *self.notes])), **self._figures())
            record(
                "source.synced",
                actor=None,
                subject=self.source.pk,
                name=self.source.name,
                outcome=str(status),
                **{name: self.counts[name] for name in COUNTS},
            )


def free_name(name: str, *, collection_id: UUID) -> str:
    """The name, or with a number where a document of the collection has it: nobody's document is replaced."""
    path, number = PurePosixPath(name), 1
    while Document.objects.live().filter(collection=collection_id, name=name).exists():
        number += 1
        name = clean_name(str(path.with_name(f"{path.stem} ({number}){path.suffix}")))
    return name
