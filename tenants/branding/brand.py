"""What pages and letters show of an organisation's branding."""

import hashlib
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from tenants.branding import colour
from tenants.branding.models import Branding
from tenants.scoping import tenant_scope

PRODUCT = "Colloquy"
DIGEST = 16


@dataclass(frozen=True)
class Brand:
    name: str
    logo: str  # an address
    styles: str = ""  # an address, "" without an accent of its own


def brand_of(tenant: UUID | None) -> Brand:
    row = row_of(tenant)
    if row is None:
        return Brand(PRODUCT, static("img/logo.svg"))
    return Brand(
        row.name or PRODUCT,
        _address("brand-logo", row, row.picture) if row.logo else static("img/logo.svg"),
        _address("brand-styles", row, styles(row).encode()) if row.accent else "",
    )


def row_of(tenant: UUID | None) -> Branding | None:
    if tenant is None:
        return None
    with tenant_scope(tenant):
        return Branding.objects.first()


def sender(tenant: UUID) -> str:
    """Whom letters about this organisation come from; the address stays the installation's."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((brand_of(tenant).name, address))


def styles(row: Branding) -> str:
    """The accent in the tokens of static/css/tokens.css. High contrast keeps its own colours."""
    light, dark = colour.for_light(row.accent), colour.for_dark(row.accent)
    strong = colour.stronger(light, dark=False), colour.stronger(dark, dark=True)
    return (
        "@media not (prefers-contrast: more) {\n"
        '  :root:not([data-theme="contrast"]) {\n'
        f"    --accent: light-dark({light}, {dark});\n"
        f"    --accent-strong: light-dark({strong[0]}, {strong[1]});\n"
        "    --accent-soft: color-mix(in srgb, var(--accent) 9%, var(--bg));\n"
        "    --accent-line: color-mix(in srgb, var(--accent) 35%, var(--bg));\n"
        "    --on-accent: light-dark(#ffffff, #0b0f0e);\n"
        "  }\n"
        "}\n"
    )


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGEST]


def _address(route: str, row: Branding, content: bytes) -> str:
    return reverse(route, kwargs={"tenant": row.tenant_id, "digest": digest(content)})
