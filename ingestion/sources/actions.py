"""Writes about sources. Each checks the member's right, commits, then sends its task."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from ingestion.access import require_tender
from ingestion.actions import delete_document, send_on_commit
from ingestion.sources.models import UNFINISHED, RunStatus, Source, SourceItem, SourceRun
from tenants.access import Member
from tenants.actions import record

KEPT_RUNS = 50


def start_run(source: Source, member: Member, *, confirmed: bool = False) -> bool:
    """Look at the source now. False when that is happening already."""
    require_tender(member, source.collection_id)
    with transaction.atomic():
        run = queue_run(source, confirmed=confirmed)
        if run is None:
            return False
        action = "source.removal_confirmed" if confirmed else "source.started"
        record(action, actor=member.user, subject=source.pk, name=source.name)
    return True


def queue_run(source: Source, *, confirmed: bool = False) -> SourceRun | None:
    """The one unfinished run that a source may have, or None when it has one. Old ones are forgotten."""
    from ingestion.sources.tasks import sync_source

    try:
        with transaction.atomic():
            run: SourceRun = SourceRun.objects.create(
                source=source, tenant_id=source.tenant_id, confirmed=confirmed
            )
    except IntegrityError:
        return None
    kept = SourceRun.objects.filter(source=source).values_list("pk", flat=True)[:KEPT_RUNS]
    SourceRun.objects.filter(source=source).exclude(pk__in=list(kept)).delete()
    send_on_commit(sync_source, str(source.tenant_id), str(run.pk))
    return run


def cancel_run(source: Source, member: Member) -> bool:
    """What is being taken in at this moment may still be; nothing after it."""
    require_tender(member, source.collection_id)
    with transaction.atomic():
        canceled = SourceRun.objects.filter(source=source, status__in=UNFINISHED).update(
            status=RunStatus.CANCELED, claim=None, slot=None, ended=timezone.now()
        )
        if canceled:
            record("source.canceled", actor=member.user, subject=source.pk, name=source.name)
    return bool(canceled)


def bring_back(source: Source, member: Member) -> int:
    """Let the next run take in again what somebody deleted here."""
    require_tender(member, source.collection_id)
    with transaction.atomic():
        count, _ = SourceItem.objects.filter(source=source, document=None).delete()
        Source.objects.filter(pk=source.pk).update(state={})
        if count:
            record("source.brought_back", actor=member.user, subject=source.pk, name=source.name, count=count)
    return count


def delete_source(source: Source, member: Member, *, keep_documents: bool) -> None:
    """Hide at once and end its run; its documents, unless they are kept, are deleted in the background."""
    require_tender(member, source.collection_id)
    from ingestion.sources.tasks import remove_source

    with transaction.atomic():
        hidden = Source.objects.filter(pk=source.pk, deleted_at=None).update(
            deleted_at=timezone.now(), keep_documents=keep_documents, encrypted_secret="", next_run=None,
            name=f"{source.name[:80]} {source.pk}",
        )  # fmt: skip
        if hidden:
            cancel_run(source, member)
            record(
                "source.deleted",
                actor=member.user,
                subject=source.pk,
                name=source.name,
                documents="kept" if keep_documents else "deleted",
            )
            send_on_commit(remove_source, str(source.tenant_id), str(source.pk))


def finish_removal(source: Source, member: Member) -> None:
    """Delete what a deleted source leaves behind. Can be run again."""
    if not source.keep_documents:
        rows = SourceItem.objects.filter(source=source, own=True, document__deleted_at=None)
        for row in rows.select_related("document").iterator():
            if row.document is not None and not _needed_elsewhere(row):
                delete_document(row.document, member)
    source.delete()


def _needed_elsewhere(row: SourceItem) -> bool:
    """Another source has the same document: it is that one's now."""
    other = SourceItem.objects.filter(document=row.document).exclude(source=row.source_id).first()
    return other is not None and bool(SourceItem.objects.filter(pk=other.pk).update(own=True))
