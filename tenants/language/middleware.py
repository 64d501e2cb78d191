"""The language of a person goes with their account, on every device. Before it is known, Django's LocaleMiddleware
has decided by this browser's cookie and what the browser asks for.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from tenants.language.choice import language_of

# Worded in English only. Half a translation, by the libraries that do have one, would be worse than none.
ENGLISH = ("/admin/", "/scim/")


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = "en" if request.path_info.startswith(ENGLISH) else language_of(request.user)
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
