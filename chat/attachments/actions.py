"""Writes about files in conversations. Each takes a Member, and finds only what that member put there."""

from collections.abc import Sequence
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chat.attachments.models import Attachment, AttachmentRules
from chat.errors import ChatError, NotFound, QuestionRefused
from chat.models import Conversation, Message
from ingestion import private
from ingestion.errors import NotFound as NoDocument
from ingestion.errors import UploadRefused
from ingestion.models import Collection, Document
from ingestion.tasks import move
from ingestion.unpacking import parts_of
from tenants.access import Member
from tenants.datarights import holds
from tenants.models import Role

SWITCHED_OFF = (
    "Your organisation does not allow files in conversations. Ask a knowledge manager to add the document."
)
NOT_SENT_ANY_MORE = "A file of this question has been removed. Attach it again, then send the question."


def attachments_allowed(member: Member) -> bool:
    """In the tenant's scope. Guests read what they are shown, and store nothing here."""
    rules = AttachmentRules.objects.filter(tenant=member.tenant).first()
    return member.role != Role.GUEST and (rules is None or rules.allowed)


def attach(file: BinaryIO, *, name: str, size: int, member: Member, conversation: UUID | None) -> Attachment:
    """Take a file for the next question of a conversation, or for the first of a new one.

    Raises ChatError, NotFound or UploadRefused.
    """
    if not attachments_allowed(member):
        raise ChatError(str(SWITCHED_OFF), code="attachments_off")
    if conversation and not _own_place(conversation, member):
        raise NotFound
    try:
        collection = private.open_private(member, conversation)
        _check_room(collection, name=name, size=size, member=member)
        upload = private.accept_private(file, name=name, collection=collection, member=member)
    except NoDocument as error:
        raise NotFound from error
    row = Attachment.objects.unsent(member).filter(document=upload.document).first()
    if row is None:
        row = Attachment.objects.create(
            user_id=member.user,
            conversation=collection.pk,
            document=upload.document,
            name=upload.document.name,
            size=upload.version.size,
        )
    attachment: Attachment = row
    return attachment


def _own_place(conversation: UUID, member: Member) -> bool:
    """A conversation of theirs, or the place of one that they are about to begin."""
    if Conversation.objects.filter(pk=conversation).exists():
        return Conversation.objects.owned_by(member).filter(pk=conversation).exists()
    return Collection.with_private.of(member).filter(pk=conversation).exists()


def _check_room(collection: Collection, *, name: str, size: int, member: Member) -> None:
    if size > settings.ATTACHMENT_MAX_BYTES:
        words = _(
            "“{name}” is larger than {size} MB. Split it, or ask a knowledge manager to add it to the documents."
        )
        raise UploadRefused(
            "too_large", words.format(name=name, size=_megabytes(settings.ATTACHMENT_MAX_BYTES))
        )
    count, total = private.size_of(collection)
    waiting = Attachment.objects.unsent(member).count()
    most = settings.ATTACHMENTS_PER_CONVERSATION
    if max(count, waiting) >= most:
        words = _("A conversation takes up to {count} files. Remove one, or begin a new conversation.")
        raise UploadRefused("too_many", words.format(count=most))
    if total + size > settings.ATTACHMENTS_TOTAL_BYTES:
        words = _(
            "The files of a conversation take up to {size} MB together. Remove one, or begin a new conversation."
        )
        raise UploadRefused("no_room", words.format(size=_megabytes(settings.ATTACHMENTS_TOTAL_BYTES)))


def _megabytes(size: int) -> int:
    return size // (1024 * 1024)


def own_attachment(key: UUID, member: Member) -> Attachment:
    """Raises NotFound for what is not theirs, or gone."""
    rows = Attachment.objects.of(member).exclude(document=None).select_related("document__collection")
    row = rows.filter(pk=key, document__deleted_at=None).first()
    if row is None:
        raise NotFound
    return row


def retry_attachment(attachment: Attachment, member: Member) -> None:
    private.retry_private(_document(attachment), member)


def remove_attachment(attachment: Attachment, member: Member) -> None:
    """Out of the conversation at once, and purged; under a legal hold it is only put aside."""
    document = _document(attachment)
    with transaction.atomic():
        others = Attachment.objects.filter(document=document).exclude(pk=attachment.pk)
        attachment.delete()
        if others.exists():
            return
        if holds.is_held(member.tenant, member.user):
            _put_aside(document, member)
        else:
            private.remove_private(document, asked_by=member.user)


def _put_aside(document: Document, member: Member) -> None:
    """Into a collection of no conversation, where no question finds it."""
    from ingestion.actions import send_on_commit

    aside = private.open_private(member)
    for row in (document, *parts_of(document)):
        Document.with_private.filter(pk=row.pk).update(collection=aside)
        send_on_commit(move, str(row.tenant_id), str(row.pk))


def _document(attachment: Attachment) -> Document:
    assert attachment.document  # own_attachment gives no other
    return attachment.document


def place_of(keys: Sequence[UUID], member: Member) -> UUID | None:
    """The id that the conversation gets which a question with these files begins."""
    row = Attachment.objects.unsent(member).filter(pk__in=keys).first()
    if row and Conversation.objects.filter(pk=row.conversation).exists():
        raise QuestionRefused(str(NOT_SENT_ANY_MORE), code="attachment_gone")
    return row.conversation if row else None


def unsent(keys: Sequence[UUID], member: Member, conversation: UUID) -> list[Attachment]:
    """The files that go with a question.

    Raises QuestionRefused when one of them is gone, somebody else's, or of another conversation.
    """
    if not keys:
        return []
    rows = Attachment.objects.unsent(member).filter(pk__in=keys, conversation=conversation)
    found = list(rows.filter(document__deleted_at=None).exclude(document=None))
    if len(found) != len(set(keys)):
        raise QuestionRefused(str(NOT_SENT_ANY_MORE), code="attachment_gone")
    return found


def send(files: Sequence[Attachment], question: Message) -> None:
    """In the transaction that commits the question."""
    Attachment.objects.filter(pk__in=[row.pk for row in files]).update(question=question)
