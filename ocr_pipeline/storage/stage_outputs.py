"""Stage outputs in S3, addressed by content: ``stages/<stage>/<stage version>/<content>/``.

The content is the SHA-256 of a document's bytes, with the digest of its options behind it where its sender asked for
any (`LedgerDocument.content`). The same under the same version of a stage has the same output, so a run that was
killed resumes, a file that is sent twice costs once, and a new version recomputes. The ``output.json`` of a document
is written last: where it is, everything else is.
"""

from functools import partial
from typing import Generic, TypeVar

from pydantic import BaseModel

from ocr_pipeline.documents.model import Model, Rejection
from ocr_pipeline.storage.objects import ObjectStore

STAGES = "stages/"

Output = TypeVar("Output", bound=BaseModel)


def output_key(stage: str, version: str, content: str) -> str:
    """Where the output itself lies; once it is removed, the stage makes it anew."""
    return f"{STAGES}{stage}/{version}/{content}/output.json"


class StageOutput(Model, Generic[Output]):
    """What a stage made of one document: its output or the reason why there is none."""

    result: Output | Rejection
    seconds: dict[str, float]
    """Seconds that this stage and those before it took for the document, by stage."""


class StageOutputs(Generic[Output]):
    """The outputs of one stage in one version. `output_type` is the type of its results."""

    def __init__(self, store: ObjectStore, stage: str, version: str, output_type: type[Output]) -> None:
        self._store = store
        self._prefix = f"{STAGES}{stage}/{version}"
        self._key = partial(output_key, stage, version)
        self._model = StageOutput[output_type]  # type: ignore[valid-type]  # a type made at run time

    def load(self, content: str) -> StageOutput[Output] | None:
        data = self._store.get(self._key(content))
        return None if data is None else self._model.model_validate_json(data)

    def is_new(self, content: str) -> bool:
        """Whether the output was saved through this very store, as far as that is known."""
        return self._store.is_new(self._key(content))

    def save(self, content: str, output: StageOutput[Output]) -> None:
        self._store.put(self._key(content), output.model_dump_json().encode(), "application/json")

    def load_file(self, content: str, name: str) -> bytes:
        """Raises FileNotFoundError where an output's own file is gone."""
        data = self._store.get(f"{self._prefix}/{content}/{name}")
        if data is None:
            raise FileNotFoundError(f"{self._prefix}/{content}/{name}")
        return data

    def save_file(self, content: str, name: str, data: bytes, media_type: str) -> None:
        self._store.put(f"{self._prefix}/{content}/{name}", data, media_type)
