"""The outermost layers of a request: what operators ask for, and the id and trace that everything inside carries."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from tenants.observe import traces
from tenants.observe.ids import about, request_id

log = logging.getLogger("assistant.access")

GetResponse = Callable[[HttpRequest], HttpResponse]
FOR_OPERATORS = frozenset({"/healthz", "/readyz", "/metrics"})


class OperatorMiddleware:
    """Answers probes and scrapes first: they come to an address of the inside, over HTTP and under any host name."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in FOR_OPERATORS:
            answer: HttpResponse = resolve(request.path_info).func(request)
            return answer
        return self.get_response(request)


class RequestMiddleware:
    """Gives the request its id (the proxy's X-Request-ID when it is sane), a span, and with JSON logs a line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        number = request_id(request.headers.get("X-Request-ID", ""))
        carrier = {name: request.headers.get(name, "") for name in ("traceparent", "tracestate")}
        with (
            about(request=number),
            traces.span(f"HTTP {request.method}", kind="SERVER", carrier=carrier) as span,
        ):
            response = self.get_response(request)
            if span:
                span.set_attributes(
                    {"http.route": route_of(request), "http.status_code": response.status_code}
                )
            if settings.LOG_FORMAT == "json":
                log_line(request, response, ms=round((time.perf_counter() - began) * 1000))
        response["X-Request-ID"] = number
        return response


def route_of(request: HttpRequest) -> str:
    """The route and not the path: people can type anything into a path."""
    return f"/{request.resolver_match.route}" if request.resolver_match else ""


def log_line(request: HttpRequest, response: HttpResponse, *, ms: int) -> None:
    member = getattr(request, "member", None)
    with about(tenant=member and member.tenant, user=member and member.user):
        line = {
            "method": request.method,
            "route": route_of(request),
            "status": response.status_code,
            "ms": ms,
        }
        log.info("request", extra=line)
