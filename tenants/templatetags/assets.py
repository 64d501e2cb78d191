"""The scripts and the styles of a page, each in one file."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tenants.assets import EARLY, asset

register = template.Library()


@register.simple_tag
def early_script() -> SafeString:
    return mark_safe(f"<script>{EARLY}</script>")  # noqa: S308 - our own file


@register.simple_tag
def page_scripts(entry: str) -> SafeString:
    return format_html('<script type="module" src="{}"></script>', static(asset(entry)))


@register.simple_tag
def page_styles(entry: str) -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static(asset(entry)))
