"""What a form has changed, as the audit log keeps it: old and new values, and never a secret."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import BaseForm, ModelChoiceField

from tenants.audit.chain import settled

SECRET = re.compile(r"password|secret|key|token|credential", re.IGNORECASE)
LONG = 500


def changes_of(form: BaseForm, *, new: bool) -> dict[str, Any]:
    """{"before": {…}, "after": {…}} of single values, {"added": {…}, "removed": {…}} of those that hold several."""
    told: dict[str, dict[str, Any]] = {"before": {}, "after": {}, "added": {}, "removed": {}}
    for name in form.fields if new else form.changed_data:
        if SECRET.search(name) or name not in form.cleaned_data:
            continue
        field = form.fields[name]
        old, now = form.get_initial_for_field(field, name), form.cleaned_data[name]
        if isinstance(now, QuerySet | list | tuple | set):
            _tell_difference(told, name, set() if new else _names(old or ()), _names(now))
        elif new:
            if now not in (None, ""):
                told["after"][name] = _plain(now)
        else:
            if isinstance(field, ModelChoiceField) and old is not None:
                old = (
                    field.queryset.model._base_manager.filter(pk=old).first()
                    if field.queryset is not None
                    else old
                )
            told["before"][name], told["after"][name] = _plain(old), _plain(now)
    return {key: values for key, values in told.items() if values}


def _tell_difference(told: dict[str, dict[str, Any]], name: str, old: set[str], now: set[str]) -> None:
    for key, names in (("added", now - old), ("removed", old - now)):
        if names:
            told[key][name] = sorted(names)


def _names(items: Iterable[Any]) -> set[str]:
    """People by address as well: several may have one name."""
    return {f"{item} ({item.email})" if hasattr(item, "email") else str(item)[:LONG] for item in items}


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value)[:LONG]
    value = settled(value)
    return value[:LONG] if isinstance(value, str) else value
