"""The first page of the admin: what there is, what failed and why, what to do next."""

from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest

from assistant.models import ModelEndpoint
from assistant.platform import figures_of_all
from ingestion.access import tended_documents
from ingestion.models import Collection, Document, DocumentVersion, Status
from ingestion.reviewing import due_for_review
from tenants.admin_site import acting_member, administers, is_operator, tends_documents
from tenants.models import Membership
from tenants.support.models import SupportAccess

FAILURES_SHOWN = 5


def add_overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    if not tends_documents(request):
        return context | ({"platform": figures_of_all()} if is_operator(request) else {})
    member = acting_member(request)
    if member is None:
        return context
    live = tended_documents(member)
    documents = _documents_by_status(live)
    used = DocumentVersion.objects.aggregate(total=Sum("size"))["total"] or 0
    return context | {
        "overview": {
            "ready": documents.get(Status.READY, 0),
            "busy": documents.get(Status.QUEUED, 0) + documents.get(Status.PROCESSING, 0),
            "failed": documents.get(Status.FAILED, 0),
            "canceled": documents.get(Status.CANCELED, 0),
            "due": due_for_review(live).count(),
            "documents": sum(documents.values()),
            "collections": Collection.objects.tended_by(member).count(),
            "passages": live.aggregate(total=Sum("current_version__passage_count"))["total"] or 0,
            "members": Membership.objects.filter(user__is_active=True).count(),
            "used": used,
            "quota": settings.TENANT_QUOTA_BYTES,
            "used_percent": min(100, used * 100 // max(1, settings.TENANT_QUOTA_BYTES)),
            "failures": _failures(live),
            "model_missing": administers(request) and not _model_connected(),
            "administers": administers(request),
            "support_rows": _support() if administers(request) else [],
        }
    }


def _support() -> list[SupportAccess]:
    """What waits for an admin's answer, and who of the operators is let in now."""
    newest = SupportAccess.objects.filter(ended=None).order_by("-requested")[:FAILURES_SHOWN]
    return [row for row in newest if row.waits or row.is_open]


def _newest() -> Any:
    return DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")


def _documents_by_status(live: QuerySet[Document]) -> dict[str, int]:
    rows = (
        live.annotate(status=Subquery(_newest().values("status")[:1]))
        .values("status")
        .annotate(count=Count("pk"))
    )
    return {row["status"]: row["count"] for row in rows}


def _failures(live: QuerySet[Document]) -> list[Document]:
    """The documents that failed last, with why."""
    return list(
        live.annotate(
            status=Subquery(_newest().values("status")[:1]), reason=Subquery(_newest().values("error")[:1])
        )
        .filter(status=Status.FAILED)
        .select_related("collection")
        .order_by("-created")[:FAILURES_SHOWN]
    )


def _model_connected() -> bool:
    return bool(settings.CHAT_URL) or ModelEndpoint.objects.filter(active=True).exists()
