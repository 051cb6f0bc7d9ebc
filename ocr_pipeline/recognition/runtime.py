"""Networks in ONNX form, run by the fastest runtime that the machine has."""

import logging
import queue
from ctypes.util import find_library
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ocr_pipeline.cores import core, core_count
from ocr_pipeline.errors import ErrorCode, PipelineError

_log = logging.getLogger(__name__)

Runtime = Literal["openvino", "onnxruntime", "cuda"]
"""OpenVINO or onnxruntime on the CPU, onnxruntime on an NVIDIA GPU."""

Floats = npt.NDArray[np.float32]


class Network(Protocol):
    """A compiled network. Several threads may call it at once; each call holds one core while it computes."""

    def __call__(self, batch: Floats) -> list[Floats]:
        """The outputs in the file's order; the first axis of each is the batch's."""
        ...


def fastest_runtime() -> Runtime:
    """CUDA where onnxruntime has it and finds a GPU, else OpenVINO."""
    return "cuda" if _has_cuda() else "openvino"


def compile_network(file: Path, runtime: Runtime) -> Network:
    """Loads the ONNX file; the log says what runs it.

    Raises PipelineError(INVALID_SETTING) for CUDA where there is none.
    """
    if runtime == "cuda" and not _has_cuda():
        detail = "onnxruntime finds no CUDA on this machine (it needs onnxruntime-gpu and a driver)"
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_RECOGNITION_RUNTIME", detail=detail)
    network = _OpenVino(file) if runtime == "openvino" else _OnnxRuntime(file, runtime)
    _log.info("%s runs on %s", file.stem, network.description)
    return network


def _has_cuda() -> bool:
    """Whether onnxruntime was built for CUDA and the driver is there; it would fall back to the CPU without a word."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers() and find_library("cuda") is not None


class _OpenVino:
    def __init__(self, file: Path) -> None:
        import openvino

        core_ = openvino.Core()
        capabilities = core_.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        precision = "bf16" if "BF16" in capabilities else "f32"
        count = core_count()
        compiled = core_.compile_model(
            core_.read_model(file),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision,
                # One thread a request: many pages at once use the cores better than many threads on one page.
                "NUM_STREAMS": str(count),
                "INFERENCE_NUM_THREADS": str(count),
                # Pinned threads of several workers would sit on the same cores.
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._outputs = len(compiled.outputs)
        self._requests: queue.SimpleQueue[openvino.InferRequest] = queue.SimpleQueue()
        for _ in range(count):
            self._requests.put(compiled.create_infer_request())
        self.description = f"OpenVINO {openvino.__version__.split('-')[0]}, {precision}, {count} cores"

    def __call__(self, batch: Floats) -> list[Floats]:
        request = self._requests.get()
        try:
            with core():
                request.infer([batch], share_inputs=True)
            # The request's own memory is written over by the next call.
            return [request.get_output_tensor(index).data.copy() for index in range(self._outputs)]
        finally:
            self._requests.put(request)


class _OnnxRuntime:
    def __init__(self, file: Path, runtime: Runtime) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # The arena keeps the largest memory of every shape it has seen.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        providers = ["CUDAExecutionProvider"] if runtime == "cuda" else []
        self._session = onnxruntime.InferenceSession(file, options, providers=[*providers, "CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.description = f"onnxruntime {onnxruntime.__version__}, {self._session.get_providers()[0]}"

    def __call__(self, batch: Floats) -> list[Floats]:
        with core():
            return list(self._session.run(None, {self._input: batch}))
