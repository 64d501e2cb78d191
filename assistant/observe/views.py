"""/healthz, /readyz and /metrics, answered before hosts, sessions and the database are looked at."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assistant.observe.operators import is_operator
from assistant.observe.ready import Result, readiness


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers. Touches nothing else, so a slow database never gets a web process killed."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Can this process serve? Names and states for everybody; times and reasons for the operator."""
    report = readiness().report()
    operator = is_operator(request)
    body = {
        "status": report.status,
        "checks": {name: _spelt(result, operator=operator) for name, result in report.results.items()},
    }
    status = HTTPStatus.SERVICE_UNAVAILABLE if report.status == "unready" else HTTPStatus.OK
    return JsonResponse(body, status=status)


def _spelt(result: Result, *, operator: bool) -> dict[str, bool | int | str]:
    if not operator:
        return {"ok": result.ok}
    reason = {"reason": result.reason} if result.reason else {}
    return {"ok": result.ok, "ms": result.ms, **reason}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for the operator alone; to others there is nothing here."""
    if not is_operator(request):
        if not settings.METRICS_TOKEN:
            return HttpResponseNotFound("Not found", content_type="text/plain")
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    # Here and not above: few installations are scraped, and the library takes its time to load.
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    from assistant.observe.collect import web_figures

    return HttpResponse(web_figures(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
