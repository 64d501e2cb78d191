"""Choosing a language, and the catalog that the scripts read."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tenants.language import catalog
from tenants.language.choice import keep

YEAR = 365 * 24 * 3600


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Empty means: as the browser asks. Kept with the account, and in this browser for the pages before sign-in."""
    language = request.POST.get("language", "")
    if language and language not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponseRedirect(_back(request))
    if request.user.is_authenticated:
        keep(request.user, language)
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"


@require_GET
def words(request: HttpRequest, language: str, digest: str) -> HttpResponse:
    if language not in catalog.CATEGORIES:
        raise Http404
    response = HttpResponse(catalog.script(language), content_type="text/javascript; charset=utf-8")
    # A page of another version gets the texts that there are, and asks again next time.
    current = digest == catalog.digest(language)
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "private, no-cache"
    return response
