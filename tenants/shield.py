"""What holds for every answer, whichever view or library made it: its headers, and the methods that are taken."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

GetResponse = Callable[[HttpRequest], HttpResponse]
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A worker is bound by the policy of its script, and pdf.js's loads decoders of pictures when it meets them.
OF_SCRIPTS = NOTHING.replace("'none';", "'none'; script-src 'self';", 1)
SWITCHED_OFF = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb"),
)


class HeadersMiddleware:
    """The outermost layer, so that probes, errors and files carry them too. A view's own value stays."""

    HEADERS: ClassVar = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in SWITCHED_OFF),
        # Static files say otherwise themselves. All else is somebody's: not for proxies, nor for who comes next.
        "Cache-Control": "private, no-store",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy_for(response))
        return response


def policy_for(response: HttpResponse) -> str:
    """For what django-csp and the admin leave out: pages of errors, probes, static files."""
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith("text/html"):
        return OF_SCRIPTS if kind.startswith("text/javascript") else NOTHING
    policy: dict[str, Any] = settings.CONTENT_SECURITY_POLICY
    directives: dict[str, list[str]] = policy["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


class MethodsMiddleware:
    """Django's admin and form views answer PUT and DELETE as GET or POST. Nothing there asks for them."""

    PLACES = ("/admin/", "/accounts/")
    TAKEN: ClassVar = ["GET", "HEAD", "POST", "OPTIONS"]

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(self.PLACES) and request.method not in self.TAKEN:
            return HttpResponseNotAllowed(self.TAKEN)
        return self.get_response(request)
