"""Log lines with ids and without content, for people (`plain`) or for machines (`json`)."""

import logging
import re
from types import TracebackType

from tenants.observe.ids import FIELDS, current_ids
from tenants.observe.safely import told, told_with_places

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REPORTED = re.compile(r"\n.*", re.DOTALL)


class IdsFilter(logging.Filter):
    """Puts the ids of the work at hand on the record, and takes content out of what libraries log."""

    def filter(self, record: logging.LogRecord) -> bool:
        ids = current_ids()
        for field in FIELDS:
            if field in ids:
                setattr(record, field, ids[field])
        _clean(record)
        return True


def _clean(record: logging.LogRecord) -> None:
    """Some libraries write what an exception said, or an address as somebody typed it, into the message itself."""
    error = record.exc_info[1] if record.exc_info else None
    if record.name == "asyncio":  # the further lines hold the task's repr, and so its exception's
        record.msg, record.args = REPORTED.sub("", record.getMessage()), ()
    elif record.name.startswith("django.security") and error is not None:
        record.msg, record.args = told(error), ()
    elif record.name == "django.request" and isinstance(record.args, tuple) and len(record.args) == 2:
        matched = getattr(getattr(record, "request", None), "resolver_match", None)
        record.args = (record.args[0], f"/{matched.route}" if matched else "an unknown address")
    elif record.name.startswith("celery.") and isinstance(record.args, dict) and "exc" in record.args:
        what = told(error) if error is not None else "see the document"
        record.args = {**record.args, "exc": what, "return_value": ""}


class SafeFormatter(logging.Formatter):
    def formatException(self, ei: ExcInfo) -> str:
        return told_with_places(ei[1]) if ei[1] is not None else ""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have put the whole exception here
        return super().format(record)
