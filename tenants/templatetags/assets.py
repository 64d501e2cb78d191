"""The scripts and the styles of a page, each in one file."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.assets import asset

register = template.Library()


@register.simple_tag
def page_scripts(entry: str) -> SafeString:
    return format_html('<script type="module" src="{}"></script>', static(asset(entry)))


@register.simple_tag
def page_styles(entry: str) -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static(asset(entry)))
