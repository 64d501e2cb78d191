"""Traces over OTLP/HTTP, when OTEL_EXPORTER_OTLP_ENDPOINT says where to; else nothing is loaded and nothing done.

Spans carry ids and never content: an exception is told by its type. The SDK is made in the process that uses it, after
the fork in a worker, since its exporting thread would not survive one.
"""

import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings

from tenants.observe.ids import current_ids

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Kind = Literal["INTERNAL", "SERVER", "PRODUCER", "CONSUMER"]

_providers: dict[int, "TracerProvider"] = {}

# redis-py loads this wherever it is installed, for figures of its own that nobody asks it for: 90 ms and 3 MB in every
# process (measured). Until we load the SDK ourselves, it is as if it were not there.
LEFT_OUT = "opentelemetry.sdk.metrics"
sys.modules.setdefault(LEFT_OUT, None)  # type: ignore[arg-type]


def enabled() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


@contextmanager
def span(
    name: str,
    *,
    current: bool = True,
    kind: Kind = "INTERNAL",
    carrier: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """A span below the current one, or below what `carrier` (headers) names. Yields it, or None without tracing."""
    if not enabled():
        yield None
        return
    from opentelemetry import propagate, trace

    parent = propagate.extract(carrier) if carrier is not None else None
    tracer = _provider().get_tracer("colloquy")
    made = tracer.start_span(name, context=parent, kind=trace.SpanKind[kind], attributes=_attributes())
    inside = trace.use_span(made, record_exception=False, set_status_on_exception=False)
    with inside if current else nullcontext():
        try:
            yield made
        except BaseException as error:
            if isinstance(error, Exception):
                made.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            made.end()


def inject(headers: MutableMapping[str, Any]) -> None:
    """Name the current span in the headers of a message, for whoever works on it."""
    if enabled():
        from opentelemetry import propagate

        propagate.inject(headers)


def current_trace_id() -> str:
    """The trace of the current span, as 32 hexadecimal digits; "" outside one."""
    if not enabled():
        return ""
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def shut_down() -> None:
    """Send what waits. A worker's child ends without Python's own exit handlers, so it must ask."""
    if provider := _providers.pop(os.getpid(), None):
        provider.shutdown()


def _attributes() -> dict[str, str]:
    return {f"colloquy.{field}": value for field, value in current_ids().items()}


def _provider() -> "TracerProvider":
    provider = _providers.get(os.getpid())
    if provider is None:
        provider = _providers[os.getpid()] = _made()
    return provider


def _made() -> "TracerProvider":
    if sys.modules.get(LEFT_OUT, sys) is None:
        del sys.modules[LEFT_OUT]
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.util.re import parse_env_headers

    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    headers = parse_env_headers(settings.OTEL_EXPORTER_OTLP_HEADERS, liberal=True)
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "colloquy"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, headers=headers)))
    return provider
