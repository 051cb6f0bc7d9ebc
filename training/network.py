"""The recognizer's network: from the stock ONNX file to something that learns, and back to what the package carries."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnx2torch
import openvino
import torch
from onnx import helper, numpy_helper
from onnx.utils import Extractor

from ocr_pipeline.cores import core_count
from ocr_pipeline.recognition.ppocr.recognizer import LineRecognizer
from ocr_pipeline.recognition.runtime import Floats, compile_network
from training.alphabet import is_kept

Weights = Mapping[str, Floats]
"""By the name of the ONNX initializer."""

WEIGHTS_FILE = "ppocr_latin.onnx"
ALPHABET_FILE = "ppocr_latin.txt"

_INPUT = "x"
_MIDDLE = "p2o.pd_op.add.51.0"
"""The only tensor that runs between the front, which sees strokes and stays as it is, and the back, which learns."""
_SMALLEST_HALVED = 64
"""Weights with at most so many numbers stay as they are: they weigh nothing."""


@dataclass(frozen=True)
class Recognizer:
    """A network and its alphabet: label n > 0 is ``alphabet[n - 1]``, label 0 the blank between characters."""

    model: onnx.ModelProto
    alphabet: list[str]

    def with_weights(self, weights: Weights) -> "Recognizer":
        model = _copy(self.model)
        _replace(model, weights)
        return Recognizer(model, self.alphabet)

    def write(self, folder: Path) -> None:
        """Both files, in the form that the product reads; what was there is replaced at once."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (
            (WEIGHTS_FILE, _packed(self.model).SerializeToString(deterministic=True)),
            (ALPHABET_FILE, "".join(self.alphabet).encode()),
        ):
            unfinished = folder / f"{name}.unfinished"
            unfinished.write_bytes(content)
            unfinished.replace(folder / name)


def stock() -> Recognizer:
    """PP-OCRv6 small as rapidocr ships it, cut down to the characters that are kept."""
    model = onnx.load(str(files("rapidocr") / "models" / "PP-OCRv6_rec_small.onnx"))
    _pad_explicitly(model)
    known = next(entry.value for entry in model.metadata_props if entry.key == "character").split("\n")
    # Label 0 is the blank; the last is the space, which the file does not name.
    kept = [0, *(label for label, character in enumerate(known, start=1) if is_kept(character)), len(known) + 1]
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    head = _head(model)
    bias = next(
        name for node in model.graph.node if head.output[0] in node.input for name in node.input if name in weights
    )
    _replace(model, {name: numpy_helper.to_array(weights[name])[..., kept] for name in (head.input[1], bias)})
    return Recognizer(model, [*(known[label - 1] for label in kept[1:-1]), " "])


def read_with(folder: Path) -> LineRecognizer:
    """The product's reader with the files in `folder`."""
    alphabet = (folder / ALPHABET_FILE).read_text(encoding="utf-8")
    return LineRecognizer(compile_network(folder / WEIGHTS_FILE, "openvino"), list(alphabet))


class TunableNetwork(torch.nn.Module):
    """The front on OpenVINO, the back in torch, in evaluation mode: statistics of normalization stay as they are."""

    def __init__(self, recognizer: Recognizer) -> None:
        super().__init__()
        # The part after the logits, which makes probabilities of them, is the loss's own business.
        logits = _last(recognizer.model, "Softmax").input[0]
        extractor = Extractor(recognizer.model)
        self._front = _compiled(extractor.extract_model([_INPUT], [_MIDDLE]))
        back = extractor.extract_model([_MIDDLE], [logits])
        self._back = onnx2torch.convert(back).eval()
        self._sources = _sources(back)
        for name in self._sources:
            _make_learnable(self._back, name)

    def forward(self, lines: Floats) -> torch.Tensor:
        """`lines` are (n, 3, 48, width), values -1 to 1; the logits are (n, width / 8, labels)."""
        seen = torch.from_numpy(self._front(lines)[0].copy())
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using a non-tuple sequence", UserWarning)  # in onnx2torch
            logits: torch.Tensor = self._back(seen)
        return logits

    def learned(self) -> dict[str, torch.nn.Parameter]:
        """By the name of the ONNX initializer."""
        parameters = dict(self._back.named_parameters())
        return {source: parameters[name] for name, source in self._sources.items()}


def _compiled(model: onnx.ModelProto) -> "openvino.CompiledModel":
    core = openvino.Core()
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": core_count(), "INFERENCE_PRECISION_HINT": "f32"}
    return core.compile_model(core.read_model(model.SerializeToString()), "CPU", options)


def _sources(model: onnx.ModelProto) -> dict[str, str]:
    """Of which initializer each parameter, or buffer, of the converted model is; those that do not learn are left out.

    Conversion forgets the names, so it is done once with each initializer's number in place of its values.
    """
    numbered = _copy(model)
    names = [
        tensor.name
        for tensor in numbered.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > 1
    ]
    shapes = {tensor.name: tuple(tensor.dims) for tensor in numbered.graph.initializer}
    _replace(numbered, {name: np.full(shapes[name], number, np.float32) for number, name in enumerate(names)})
    sources = {}
    for name, values in onnx2torch.convert(numbered).state_dict().items():
        if values.is_floating_point() and values.numel() > 1 and "running_" not in name:
            source = names[int(values.flatten()[0])]
            if tuple(values.shape) != shapes[source]:
                raise ValueError(f"{source} is {shapes[source]} in ONNX and {tuple(values.shape)} in torch")
            sources[name] = source
    return sources


def _make_learnable(module: torch.nn.Module, name: str) -> None:
    """Constants become buffers in conversion."""
    path, _, own_name = name.rpartition(".")
    owner = module.get_submodule(path)
    values = getattr(owner, own_name).detach().clone()
    if own_name in dict(owner.named_buffers(recurse=False)):
        delattr(owner, own_name)
    setattr(owner, own_name, torch.nn.Parameter(values))


def _packed(model: onnx.ModelProto) -> onnx.ModelProto:
    """With two named outputs, and weights stored in half precision.

    The outputs are `probabilities`, (n, steps, labels), and `features`, (n, steps, features): what the head sees.
    """
    packed = _copy(model)
    graph = packed.graph
    named = {"probabilities": graph.output[0].name, "features": _head(packed).input[0]}
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    features, labels = weights[_head(packed).input[1]]
    graph.node.extend(helper.make_node("Identity", [inner], [outer]) for outer, inner in named.items())
    del graph.output[:]
    graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", "steps", size])
        for name, size in (("probabilities", labels), ("features", features))
    )
    nodes = [*_halve_weights(graph), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    # Shapes between the nodes are still those of the stock network.
    del graph.value_info[:]
    del packed.metadata_props[:]
    packed.producer_name = "ocr_pipeline"
    onnx.checker.check_model(packed)
    return packed


def _halve_weights(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Stores large weights as float16; returns the nodes that make them float32 again under their old names."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size > _SMALLEST_HALVED:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    return casts


def _pad_explicitly(model: onnx.ModelProto) -> None:
    """Writes out the padding of convolutions and poolings where the file says ``SAME_UPPER``: torch has no such mode.

    All of them move by one pixel a step.
    """
    for node in model.graph.node:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        mode = attributes.get("auto_pad")
        if mode is None or mode.s != b"SAME_UPPER":
            continue
        total = [size - 1 for size in attributes["kernel_shape"].ints]
        before = [size // 2 for size in total]
        after = [size - first for size, first in zip(total, before, strict=True)]
        for name in ("auto_pad", "pads"):
            if name in attributes:
                node.attribute.remove(attributes[name])
        node.attribute.append(helper.make_attribute("pads", before + after))


def _head(model: onnx.ModelProto) -> onnx.NodeProto:
    """The last layer: what is seen at each step, times a column for each label."""
    return _last(model, "MatMul")


def _last(model: onnx.ModelProto, kind: str) -> onnx.NodeProto:
    nodes: list[onnx.NodeProto] = [node for node in model.graph.node if node.op_type == kind]
    return nodes[-1]


def _replace(model: onnx.ModelProto, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(weights[tensor.name]), tensor.name))


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    return copied
