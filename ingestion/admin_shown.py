"""Which rows an admin page shows: what its person tends, or all to an operator whom the organisation lets look."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from ingestion.models import Collection, Document
from tenants.admin_site import acting_member, support_of


def collections_shown(request: HttpRequest) -> QuerySet[Collection]:
    member, access = acting_member(request), support_of(request)
    if member is not None and member.tends_documents:
        return Collection.objects.tended_by(member)
    if access is not None and access.documents:
        return Collection.objects.all()
    raise PermissionDenied


def documents_shown(request: HttpRequest) -> QuerySet[Document]:
    return Document.objects.live().filter(collection__in=collections_shown(request))
