"""Reminds people of the documents that they are to review: one e-mail each, and again every week until it is done."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ingestion.days import in_words, today
from ingestion.models import Document
from ingestion.tending import may_own
from tenants.branding.letters import letter
from tenants.entrance.mail import address
from tenants.language.choice import speaking_to
from tenants.models import Membership, Role, Tenant, User
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(days=7)
LISTED = 50


def due_for_review(documents: QuerySet[Document]) -> QuerySet[Document]:
    return documents.filter(review_on__lte=today())


def remind() -> int:
    """Send what is due; returns how many e-mails went. Without a mail server nothing is sent, nor noted as sent."""
    if not settings.EMAIL_HOST:
        return 0
    with every_tenant():
        tenants = list(_unreminded().values_list("tenant", flat=True).distinct())
    sent = 0
    for tenant in Tenant.objects.filter(pk__in=tenants):
        with tenant_scope(tenant.pk):
            sent += _remind_tenant(tenant)
    return sent


def _unreminded() -> QuerySet[Document]:
    before = timezone.now() - AGAIN_AFTER
    return due_for_review(Document.objects.live()).filter(
        Q(review_reminded_at=None) | Q(review_reminded_at__lte=before)
    )


def _remind_tenant(tenant: Tenant) -> int:
    tenders = {
        row.user_id: row
        for row in Membership.objects.filter(
            role__in=[Role.MANAGER, Role.ADMIN], user__is_active=True
        ).select_related("user")
    }
    lists: dict[User, list[Document]] = defaultdict(list)
    due = _unreminded().select_related("owner", "uploader", "collection")
    for document in due.order_by("review_on", "title"):
        for person in recipients(document, tenders):
            lists[person].append(document)
    reached: set[UUID] = set()
    sent = 0
    for person, documents in lists.items():
        if _send(person, documents, tenant):
            sent += 1
            reached |= {document.pk for document in documents}
    Document.objects.filter(pk__in=reached).update(review_reminded_at=timezone.now())
    return sent


def recipients(document: Document, tenders: dict[UUID, Membership]) -> list[User]:
    """The owner, else the uploader, else all admins: of those who may tend documents now."""
    for user in (document.owner, document.uploader):
        if user and user.pk in tenders and may_own(user.pk, document.collection):
            return [user]
    return [row.user for row in tenders.values() if row.administers]


def _send(person: User, documents: list[Document], tenant: Tenant) -> bool:
    count = len(documents)
    with speaking_to(person):
        subject = ngettext(
            "{count} document is due for review", "{count} documents are due for review", count
        ).format(count=count)
        message = letter(f"{subject} · {tenant.name}", body(documents), person.email, tenant=tenant.pk)
    try:
        message.send()
    except OSError:  # smtplib's errors are among them
        log.exception("a reminder could not be sent; it will be tried again tomorrow")
        return False
    return True


def body(documents: Iterable[Document]) -> str:
    documents = list(documents)
    lines = [
        _(
            "Please check whether these documents still hold. Then mark them as reviewed, or upload a new version."
        )
        + "\n"
    ]
    for document in documents[:LISTED]:
        assert document.review_on  # they are due
        lines.append(
            "- "
            + _("{title}, due since {day}").format(title=document.title, day=in_words(document.review_on))
            + f"\n  {link(document)}"
        )
    if len(documents) > LISTED:
        lines.append("- " + _("and {count} more").format(count=len(documents) - LISTED))
    everything = address(reverse("admin:ingestion_document_changelist"))
    lines.append("\n" + _("All that are due:") + f" {everything}?standing=due")
    return "\n".join(lines) + "\n"


def link(document: Document) -> str:
    return address(reverse("admin:ingestion_document_change", args=[document.pk]))
