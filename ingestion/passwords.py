"""Passwords of protected files: typed once by whoever tends the document, kept encrypted, never shown.

They are kept as long as the version is, since reading it again needs them again.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ingestion.access import require_tender
from ingestion.actions import send_version_on_commit
from ingestion.errors import DocumentError, UploadRefused, _
from ingestion.models import DocumentVersion, Status
from ingestion.parse.sandbox import PASSWORD_LENGTH
from tenants.access import Member
from tenants.actions import record
from tenants.crypto import Undecryptable, decrypt, encrypt


def give_password(version: DocumentVersion, password: str, member: Member) -> bool:
    """Keep the password of a file that could not be opened, and read it again. False when it does not wait for one."""
    require_tender(member, version.document.collection_id)
    if not password or len(password) > PASSWORD_LENGTH:
        words = gettext("Enter a password of 1 to {most} characters.")
        raise UploadRefused("password", words.format(most=PASSWORD_LENGTH))
    with transaction.atomic():
        changed = DocumentVersion.objects.filter(
            pk=version.pk, status=Status.FAILED, error_code="encrypted", document__deleted_at=None
        ).update(
            password=encrypt(password), status=Status.QUEUED, stage="", progress=0, error="", error_code="",
            attempts=0, claim=None, heartbeat=timezone.now(), queued_at=timezone.now(),
        )  # fmt: skip
        if changed:
            title = version.document.title
            record(
                "document.password_given",
                actor=member.user,
                subject=version.document_id,
                title=title,
                version=version.number,
            )
            send_version_on_commit(version)
    return bool(changed)


def password_of(version: DocumentVersion) -> str:
    """The password in clear, "" when there is none; for the parser alone."""
    try:
        return decrypt(version.password) if version.password else ""
    except Undecryptable as error:
        raise DocumentError(
            "encrypted", _("The password of this file can no longer be read here. Enter it once more.")
        ) from error
