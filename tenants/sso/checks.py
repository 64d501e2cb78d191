"""System checks of the operator's settings about identity providers."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def sso_settings_make_sense(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return [Error(text, id="sso.E001") for text in problems()]


def problems() -> list[str]:
    found = []
    for text in settings.SSO_ALLOWED_NETWORKS:
        try:
            ip_network(text)
        except ValueError as error:
            found.append(f"SSO_ALLOWED_NETWORKS names {text}, which is no network: {error}.")
    if settings.SSO_CA_FILE and not Path(settings.SSO_CA_FILE).is_file():
        found.append(f"SSO_CA_FILE names {settings.SSO_CA_FILE}, which is no file.")
    return found
