"""Whole days in the installation's TIME_ZONE. "As of" a day means as things were at its end."""

from datetime import date, datetime, time, timedelta

from django.template.defaultfilters import date as formatted
from django.utils import timezone
from django.utils.translation import get_language


def today() -> date:
    return timezone.localdate()


def end_of(day: date) -> datetime:
    """The moment at which the day is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def in_words(day: date | datetime) -> str:
    """`1 March 2026`, as sentences say it."""
    moment = timezone.localtime(day) if isinstance(day, datetime) else day
    return str(formatted(moment, "j F Y" if get_language() == "en" else "DATE_FORMAT"))
