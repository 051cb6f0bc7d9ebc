"""Where a language model's weights lie on this machine, and which they are. Nothing here loads them, or torch."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_BEGINNING = 1 << 20
"""Bytes at which a file of weights is told from others: they hold its table of tensors and the first numbers, which
differ from one training to the next where names and sizes do not."""


@dataclass(frozen=True)
class Weights:
    """Weights that are here: a folder as transformers saves one, or a GGUF file in a folder."""

    name: str
    """As in the settings."""
    folder: Path
    gguf: str | None = None
    """Name of the GGUF file; None where the folder holds safetensors."""

    @property
    def identity(self) -> str:
        """Name and revision; the same wherever the files lie."""
        return f"{Path(self.name).name if Path(self.name).exists() else self.name}@{self.revision}"

    @property
    def files(self) -> list[Path]:
        if self.gguf:
            return [self.folder / self.gguf]
        # Mistral's repositories have the weights once more, in one file for programs of their own.
        return sorted(file for file in self.folder.glob("*.safetensors") if not file.name.startswith("consolidated"))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.files)

    @cached_property
    def revision(self) -> str:
        """Twelve hexadecimal digits of configuration, tokenizer, and the names, sizes and beginnings of the files."""
        digest = hashlib.sha256()
        for file in self.files:
            with file.open("rb") as opened:
                digest.update(f"{file.name} {file.stat().st_size}".encode() + opened.read(_BEGINNING))
        if not self.gguf:
            for file in sorted(self.folder.iterdir()):
                if file.suffix in {".json", ".jinja"} or file.name.startswith("tokenizer."):
                    digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()[:12]


def find_weights(model: str) -> Weights | None:
    """The weights of a folder, a GGUF file, or a hub name that was downloaded before; None where there are none."""
    path = Path(model).expanduser()
    if path.suffix == ".gguf":
        return Weights(model, path.parent, path.name) if path.is_file() else None
    folder = path if path.is_dir() else _downloaded(model)
    if folder is None or not (folder / "config.json").is_file():
        return None
    weights = Weights(model, folder)
    return weights if weights.files else None


def shards(weights: Weights) -> list[Path]:
    """The files that there must be: those that the index names, or the one that needs no index."""
    index = weights.folder / "model.safetensors.index.json"
    if weights.gguf or not index.is_file():
        return weights.files
    names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return [weights.folder / name for name in sorted(names)]


def _downloaded(model: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(model, "config.json")
    except HFValidationError:  # no name that a hub could have
        return None
    return Path(config).parent if isinstance(config, str) else None
