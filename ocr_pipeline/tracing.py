"""Traces from a request to the row in the tables, by OpenTelemetry.

They are on where the extra ``tracing`` is installed and OTEL_EXPORTER_OTLP_ENDPOINT (or ..._TRACES_ENDPOINT) says where
they go; all other variables of OpenTelemetry's work too. Otherwise nothing of it is imported, and a span is nothing.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

TAG = "ocr-trace"
"""Of a run: the span that it belongs to, as a `traceparent` (W3C Trace Context)."""

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTER = "opentelemetry.exporter.otlp.proto.http"
_NOTHING = nullcontext()
_Value = str | float | bool
_P = ParamSpec("_P")
_T = TypeVar("_T")


@lru_cache(maxsize=1)
def is_enabled() -> bool:
    """Asked once a process."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not is_off and any(map(os.environ.get, _ENDPOINTS)) and _is_installed()


def span(name: str, *, parent: str | None = None, **attributes: _Value | None) -> AbstractContextManager[object]:
    """What is done meanwhile, as one span: of the span around it, else of `parent`, a traceparent. Errors are noted.

    An attribute that is None is left out; the others bear the prefix ``ocr.``.
    """
    return _span(name, parent, attributes) if is_enabled() else _NOTHING


def carried(work: Callable[_P, _T]) -> Callable[_P, _T]:
    """The same for another thread, where the present span would not be known."""
    if not is_enabled():
        return work
    from opentelemetry import context

    present = context.get_current()

    def inside(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        token = context.attach(present)
        try:
            return work(*args, **kwargs)
        finally:
            context.detach(token)

    return inside


def tags() -> dict[str, str]:
    """What a run that is launched now is to carry, so that its spans belong to the present one."""
    if not is_enabled():
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return {TAG: carrier["traceparent"]} if "traceparent" in carrier else {}


def trace_id(traceparent: str | None) -> str | None:
    """As the trace's viewer knows it."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None


def note(**attributes: str | None) -> None:
    """Adds attributes to the present span."""
    if is_enabled():
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(_named(attributes))


@lru_cache(maxsize=1)
def provider() -> "TracerProvider":
    """Exports in a thread of its own; made after a fork, as that thread does not come along."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = any(name in os.environ for name in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"))
    made = TracerProvider(resource=Resource.create({} if named else {"service.name": "ocr-pipeline"}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def flush() -> None:
    """Sends what waits to be sent; for processes that end without further ado."""
    if is_enabled():
        provider().force_flush()


def _is_installed() -> bool:
    try:
        return find_spec(_EXPORTER) is not None
    except ModuleNotFoundError:  # of a package around it
        return False


@contextmanager
def _span(name: str, parent: str | None, attributes: Mapping[str, _Value | None]) -> Iterator[None]:
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    is_inner = get_current_span().get_span_context().is_valid
    context = None if is_inner or parent is None else TraceContextTextMapPropagator().extract({"traceparent": parent})
    tracer = provider().get_tracer("ocr_pipeline")
    with tracer.start_as_current_span(name, context=context, attributes=_named(attributes)):
        yield


def _named(attributes: Mapping[str, _Value | None]) -> dict[str, _Value]:
    return {f"ocr.{key}": value for key, value in attributes.items() if value is not None}
