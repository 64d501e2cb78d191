"""Unfold's widgets, which have no types."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.forms import Textarea as LongText
else:
    from unfold.widgets import UnfoldAdminTextareaWidget as LongText

__all__ = ["LongText"]
