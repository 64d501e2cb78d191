"""Logo and colours, under addresses made of their content: only pages that show them tell where they are."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tenants.branding.brand import digest as digest_of
from tenants.branding.brand import row_of, styles

FOREVER = "public, max-age=31536000, immutable"


@require_GET
def logo(request: HttpRequest, tenant: UUID, digest: str) -> HttpResponse:
    row = row_of(tenant)
    return _unchanged(row.picture if row else b"", digest, "image/png")


@require_GET
def accent(request: HttpRequest, tenant: UUID, digest: str) -> HttpResponse:
    row = row_of(tenant)
    return _unchanged(styles(row).encode() if row and row.accent else b"", digest, "text/css; charset=utf-8")


def _unchanged(content: bytes, digest: str, kind: str) -> HttpResponse:
    if not content or digest_of(content) != digest:
        raise Http404
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": FOREVER})
