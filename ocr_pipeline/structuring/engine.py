"""The one interface of all structuring engines, and the way to get one."""

from ctypes.util import find_library
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol

from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.documents.model import DocumentText, Record
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring.language_model.prompt import PROMPT_VERSION
from ocr_pipeline.structuring.language_model.weights import Weights, find_weights

if TYPE_CHECKING:
    from ocr_pipeline.structuring.language_model.cache import AnswerCache
    from ocr_pipeline.structuring.language_model.model import LanguageModel

EngineName = Literal["cpu", "mistral", "mistral_server"]

VERSIONS: dict[EngineName, str] = {"cpu": "3", "mistral": "1", "mistral_server": "1"}
"""`StructuringEngine.version` of each engine, for those who decide on stored records without loading an engine."""


class StructuringEngine(Protocol):
    """Finds the fields of documents. `at_once` threads may use one engine."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever records may come out differently, so that stored ones are made anew."""
        ...

    @property
    def at_once(self) -> int:
        """How many documents it works on together; it gains where it gets so many."""
        ...

    @property
    def counts(self) -> dict[str, int]:
        """What it has spent in this process, such as a language model's tokens."""
        ...

    def structure(self, text: DocumentText, kind: DocumentKind) -> Record:
        """The record of a document of this kind; one without text has a record without fields."""
        ...


def engine_name(settings: Settings) -> EngineName:
    """The engine that the settings ask for; for ``auto`` the best that this machine has all parts of."""
    if settings.structuring_engine != "auto":
        return settings.structuring_engine
    if settings.language_model_url:
        return "mistral_server"
    return "mistral" if _has_cuda() and find_weights(settings.language_model) else "cpu"


def version_parts(settings: Settings) -> list[str]:
    """Whatever of engine, prompt and model decides what a record says. Nothing is loaded for it."""
    name = engine_name(settings)
    if name == "cpu":
        return [name, VERSIONS[name]]
    asked = [name, VERSIONS[name], VERSIONS["cpu"], PROMPT_VERSION]
    if name == "mistral_server":
        return [*asked, settings.language_model]
    return [*asked, _revision(settings.language_model), settings.language_model_precision]


_loading = Lock()


def load_engine(settings: Settings, answers: "AnswerCache | None" = None) -> StructuringEngine:
    """The engine that the settings ask for, made once a process; `answers` keeps what a language model said.

    Raises PipelineError(INVALID_SETTING) where an endpoint is asked for and none is named,
    PipelineError(LANGUAGE_MODEL_MISSING) and PipelineError(LANGUAGE_MODEL_UNUSABLE).
    """
    with _loading:
        return _load(settings, answers)


@lru_cache(maxsize=2)
def _load(settings: Settings, answers: "AnswerCache | None") -> StructuringEngine:
    """Engines are imported here so that a process that never structures a document never pays for them."""
    from ocr_pipeline.structuring.cpu_engine import CpuEngine

    cpu, name = CpuEngine(), engine_name(settings)
    if name == "cpu":
        return cpu
    from ocr_pipeline.structuring.language_model.engine import LanguageModelEngine

    return LanguageModelEngine(
        name, _model(name, settings), cpu=cpu, at_once=settings.language_model_at_once, answers=answers
    )


def _model(name: EngineName, settings: Settings) -> "LanguageModel":
    at_once = settings.language_model_at_once
    if name == "mistral_server":
        from ocr_pipeline.structuring.language_model.server import ServerModel

        if not settings.language_model_url:
            detail = "mistral_server needs the address of an OpenAI-compatible endpoint"
            raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_LANGUAGE_MODEL_URL", detail=detail)
        return ServerModel(
            settings.language_model_url,
            settings.language_model,
            key=settings.language_model_key.get_secret_value(),
            seconds=settings.language_model_seconds,
            at_once=at_once,
        )
    limit_libraries()
    from ocr_pipeline.structuring.language_model.in_process import InProcessModel

    return InProcessModel(settings.language_model, settings.language_model_precision, at_once)


def _revision(model: str) -> str:
    weights = find_weights(model)  # each time: they may come while the process runs
    return _revision_of(weights) if weights else ""


@lru_cache(maxsize=2)
def _revision_of(weights: Weights) -> str:
    return weights.revision


@lru_cache(maxsize=1)
def _has_cuda() -> bool:
    """Whether there is a GPU's driver and a torch that is built for it. Torch itself takes seconds to import."""
    torch = find_spec("torch")
    folders = torch.submodule_search_locations if torch else None
    is_built = any((Path(folder) / "lib" / "libtorch_cuda.so").is_file() for folder in folders or ())
    return is_built and find_library("cuda") is not None
