"""One's own data: a copy of it, and its deletion where the organisation allows that."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tenants.access import Member
from tenants.actions import record
from tenants.datarights import exporting
from tenants.datarights.archive import BLOCK
from tenants.datarights.erasing import request_erasure
from tenants.datarights.models import DataExport, DataRules, Kind
from tenants.errors import Refused
from tenants.middleware import TenantRequest

SHOWN = 5


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def my_data(request: TenantRequest) -> HttpResponse:
    """A post asks for a copy; the page tells how far it is."""
    if request.member is None:
        return render(request, "chat/no_tenant.html", status=HTTPStatus.FORBIDDEN)
    if request.method == "POST" and "delete" in request.POST:
        return delete_myself(request, request.member)
    if request.method == "POST":
        exporting.ask(kind=Kind.OWN, recipient=request.user.pk, about=request.user)
        messages.success(request, _("Your data is being put together. This page shows when it is ready."))
        return redirect("account_data")
    rows = DataExport.objects.filter(recipient=request.user.pk, kind=Kind.OWN).order_by("-created")
    exports = list(rows[:SHOWN])
    context = {
        "exports": exports,
        "unfinished": any(row.unfinished for row in exports),
        "rules": DataRules.objects.first() or DataRules(tenant_id=request.member.tenant),
        "member": request.member,
    }
    return render(request, "account/data.html", context)


def delete_myself(request: TenantRequest, member: Member) -> HttpResponse:
    """The person types their address: there is no way back."""
    try:
        if not DataRules.objects.filter(self_deletion=True).exists():
            raise Refused(
                _("Your organisation does not let members delete themselves. Ask one of its admins.")
            )
        if request.POST.get("confirm", "").strip().lower() != request.user.email:
            raise Refused(
                _("Nothing was deleted: type your address, {address}, to confirm.").format(
                    address=request.user.email
                )
            )
        request_erasure(request.user, tenant=member.tenant, asked_by=request.user.pk)
    except Refused as error:
        messages.error(request, error.sentence)
        return redirect("account_data")
    logout(request)
    left = _("You have left {organisation}, and your data there is being deleted.")
    messages.success(request, left.format(organisation=member.tenant_name))
    return redirect("account_login")


@login_required
@never_cache
@require_GET
def download(request: TenantRequest, export: UUID) -> HttpResponseBase:
    return fetched(request, export, admin=False)


def fetched(request: TenantRequest, export: UUID, *, admin: bool) -> HttpResponseBase:
    """The file, to whoever asked for it and to nobody else. What it may not hold any more is not handed out."""
    tenant = request.tenant if admin else request.member and request.member.tenant
    row = exporting.for_recipient(export, request.user.pk) if tenant else None
    if row is None or (row.kind != Kind.OWN) != admin:
        raise Http404
    if not exporting.still_fits(row):
        exporting.expire(row, exporting.CHANGED)
        context = {"sentence": _(exporting.CHANGED)}
        return render(request, "account/export_refused.html", context, status=HTTPStatus.GONE)
    try:
        file = default_storage.open(row.file)
    except FileNotFoundError as error:
        raise Http404 from error
    with transaction.atomic():
        subject = row.about_id or row.tenant_id
        record(
            "data_export.downloaded", actor=request.user.pk, subject=subject, export=row.pk, name=str(row),
        )  # fmt: skip
    response = FileResponse(
        file, as_attachment=True, filename=f"colloquy-{row.kind}-{row.created:%Y-%m-%d}.zip"
    )
    if isinstance(request, ASGIRequest):
        response.streaming_content = _blocks(file)
    response.headers["Content-Type"] = "application/zip"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _blocks(file: "File[bytes]") -> AsyncIterator[bytes]:
    """Under ASGI Django would read a plain file whole before it sends the first byte."""
    while block := await asyncio.to_thread(file.read, BLOCK):
        yield block
