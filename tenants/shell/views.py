"""Public, the same for everybody, and without a word of anybody's data."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

WORKER = Path(settings.BASE_DIR) / "static" / "js" / "service-worker.js"
# It fetches the shell from this server and nothing else.
WORKER_POLICY = (
    "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASKED_AGAIN = {"Cache-Control": "private, no-cache"}


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    icons = [
        ("icon-192.png", "192x192", "any"),
        ("icon-512.png", "512x512", "any"),
        ("icon-maskable-512.png", "512x512", "maskable"),
    ]
    body = {
        "id": reverse("chat"),
        "name": settings.INSTALLATION_NAME,
        "short_name": settings.INSTALLATION_NAME[:12],
        "description": _("Answers from your own documents, with a source for every claim."),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("chat"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#f5f7f6",
        "icons": [
            {"src": static(f"img/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in icons
        ],
    }
    return JsonResponse(body, content_type="application/manifest+json", headers=ASKED_AGAIN)


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """From the root, because a worker rules only over what lies below its own address."""
    headers = ASKED_AGAIN | {"Content-Security-Policy": WORKER_POLICY}
    return HttpResponse(WORKER.read_text(), content_type="text/javascript; charset=utf-8", headers=headers)


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/offline.html")
