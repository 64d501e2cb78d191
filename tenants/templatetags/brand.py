"""Whose face a page has: the organisation's of who looks, or of whom a page before sign-in is about."""

from typing import Any

from django import template

from tenants.branding.brand import Brand, brand_of

register = template.Library()


@register.simple_tag(takes_context=True)
def organisation_brand(context: dict[str, Any]) -> Brand:
    """A page before sign-in says by `brand_tenant` whom it is about."""
    member = getattr(context.get("request"), "member", None)
    return brand_of(context.get("brand_tenant") or (member.tenant if member else None))
