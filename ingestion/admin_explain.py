"""The admin's page that says why a person can or cannot see a document."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ingestion.explain import explain
from ingestion.models import Document
from tenants.admin_site import administers
from tenants.models import Membership

FOUND = 20


def explain_access(request: HttpRequest) -> HttpResponse:
    """`person` is a member, `document` a document; what is not chosen yet is looked for by `who` and `what`."""
    if not administers(request):
        raise PermissionDenied
    membership, document = chosen(request, "person", Membership), chosen(request, "document", Document)
    who, what = request.GET.get("who", "").strip(), request.GET.get("what", "").strip()
    context = admin.site.each_context(request) | {
        "title": "Explain access",
        "person": membership,
        "document": document,
        "who": who,
        "what": what,
        "people": people_like(who) if membership is None else [],
        "documents": documents_like(what) if document is None else [],
        "explanation": explain(membership.user, document) if membership and document else None,
    }
    return TemplateResponse(request, "admin/access/explain.html", context)


def chosen(request: HttpRequest, name: str, kind: Any) -> Any:
    """The row that the address names, None when it names none. 404 for one that is not this organisation's."""
    wanted = request.GET.get(name)
    if not wanted:
        return None
    try:
        return kind.objects.get(pk=UUID(wanted))
    except (kind.DoesNotExist, ValueError) as error:
        raise Http404 from error


def people_like(words: str) -> list[Membership]:
    rows = Membership.objects.select_related("user").order_by("user__name", "user__email")
    return list(rows.filter(Q(user__name__icontains=words) | Q(user__email__icontains=words))[:FOUND])


def documents_like(words: str) -> list[Document]:
    rows = Document.objects.live().select_related("collection").order_by("title")
    return list(rows.filter(Q(title__icontains=words) | Q(name__icontains=words))[:FOUND])


site: Any = admin.site
site.add_page("access/", explain_access, "explain_access")
