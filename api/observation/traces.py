"""A span for each request but the probes', where traces are on; FastAPI makes them itself."""

from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

from api.routers import health
from ocr_pipeline import tracing


def telemetry() -> TelemetryConfig:
    """A request that names a trace (`traceparent`) continues it."""
    if not tracing.is_enabled():
        return {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    return {
        "tracer_provider": tracing.provider(),
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": _is_probe,
    }


def _is_probe(scope: Scope) -> bool:
    return scope["path"].removeprefix(scope.get("root_path", "")) in health.PATHS
