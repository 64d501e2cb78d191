"""Log lines as JSON, one object a line. Apart, so that plain logs load no library for them."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter as Base

from tenants.observe import traces
from tenants.observe.ids import FIELDS
from tenants.observe.logs import ExcInfo
from tenants.observe.safely import told_with_places

EXTRA = ("method", "route", "status", "ms", "outcome")  # what our own access and answer lines carry


class JsonFormatter(Base):
    """Only fields that are named here: what a library hangs on a record (a request, a body) is not written."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.message
        for field in (*FIELDS, *EXTRA):
            value = record.__dict__.get(field)
            if isinstance(value, str | int | float):
                log_data[field] = value
        if trace := traces.current_trace_id():
            log_data["trace"] = trace
        if exception := message_dict.get("exc_info"):
            log_data["exception"] = exception

    def formatException(self, ei: ExcInfo) -> str:
        return told_with_places(ei[1]) if ei[1] is not None else ""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None
        return str(super().format(record))
