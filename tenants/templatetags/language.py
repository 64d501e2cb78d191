"""What a page needs to say of its language, and to let it be chosen."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenants.language import catalog
from tenants.language.choice import language_of

register = template.Library()


@register.simple_tag
def words_script() -> str:
    """The address of the scripts' texts in the page's language; "" where they are in English."""
    return catalog.address(get_language() or settings.LANGUAGE_CODE)


@register.inclusion_tag("language/choice.html", takes_context=True)
def language_choice(context: dict[str, Any]) -> dict[str, Any]:
    """A field for the menu of somebody signed in: it can follow the browser again."""
    request = context["request"]
    return {"languages": settings.LANGUAGES, "chosen": language_of(request.user), "request": request}


@register.inclusion_tag("language/row.html", takes_context=True)
def language_row(context: dict[str, Any]) -> dict[str, Any]:
    """A line of languages below a card: one press each, and no script."""
    return {"languages": settings.LANGUAGES, "chosen": get_language(), "request": context.get("request")}


@register.filter
def role_name(role: str) -> str:
    """What somebody is in their organisation, in one word."""
    return {"guest": _("guest"), "member": _("member"), "manager": _("manager"), "admin": _("admin")}.get(
        role, role
    )
