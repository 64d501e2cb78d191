"""What a member's assistant could use, for an admin: collections, documents, and a search by the member's rights.

Never their conversations. Each look and each search is in the audit trail.
"""

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from assistant.errors import SearchUnavailable
from assistant.retrieve import retrieve
from ingestion.models import Collection, Document
from tenants.access import Member, member_of
from tenants.actions import record
from tenants.admin_site import administers
from tenants.models import Membership

PAGE = 50


def view_as(request: HttpRequest, membership: UUID) -> HttpResponse:
    if not administers(request):
        raise PermissionDenied
    row = Membership.objects.select_related("user").filter(pk=membership).first()
    if row is None:
        raise Http404
    question = request.POST.get("question", "").strip()[: settings.QUESTION_MAX_CHARACTERS]
    member = member_of(row.user_id, tenant=row.tenant_id)
    context = admin.site.each_context(request) | {
        "title": f"What {row.user.get_full_name()}'s assistant could use",
        "person": row,
        "member": member,
        "question": question,
    }
    if member is not None:
        context |= reach(member, request.GET.get("page", "1"))
        if question:
            context |= found(member, question)
    told = {"question": question} if question else {}
    action = "view_as.searched" if question else "view_as.opened"
    record(action, actor=request.user.pk, subject=row.pk, name=str(row.user), **told)
    response = TemplateResponse(request, "admin/access/view_as.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def reach(member: Member, page: str) -> dict[str, Any]:
    readable = Document.objects.readable_by(member)
    counts = dict(readable.values_list("collection").annotate(count=Count("pk")))
    collections = Collection.objects.readable_by(member)
    documents = readable.select_related("collection").order_by("collection__name", "title", "pk")
    return {
        "collections": [{"row": each, "count": counts.get(each.pk, 0)} for each in collections],
        "documents": Paginator(documents, PAGE).get_page(page),
    }


def found(member: Member, question: str) -> dict[str, Any]:
    """The passages that an answer would be given, by the search that answers use."""
    try:
        passages = async_to_sync(retrieve)(question, member=member, limit=settings.PASSAGES_PER_ANSWER)
    except SearchUnavailable as error:
        return {"problem": error.sentence}
    return {"passages": passages}


site: Any = admin.site
site.add_page("members/<uuid:membership>/view-as/", view_as, "view_as")
