import logging

import numpy as np
import onnxruntime
import pytest

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.recognition.ppocr.engine import WEIGHTS
from ocr_pipeline.recognition.runtime import Runtime, compile_network, fastest_runtime

RECOGNIZER = WEIGHTS / "ppocr_latin.onnx"


def test_the_fastest_runtime_is_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def machine(provider: str, driver: str | None) -> None:
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [provider])
        monkeypatch.setattr("ocr_pipeline.recognition.runtime.find_library", lambda _: driver)

    machine("CPUExecutionProvider", "libcuda.so.1")
    assert fastest_runtime() == "openvino"
    machine("CUDAExecutionProvider", None)
    assert fastest_runtime() == "openvino"
    machine("CUDAExecutionProvider", "libcuda.so.1")
    assert fastest_runtime() == "cuda"


def test_cuda_that_is_not_there_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(PipelineError, match="OCR_RECOGNITION_RUNTIME") as refused:
        compile_network(RECOGNIZER, "cuda")
    assert refused.value.code is ErrorCode.INVALID_SETTING


@pytest.mark.parametrize(("runtime", "name"), [("openvino", "OpenVINO"), ("onnxruntime", "onnxruntime")])
def test_the_log_says_what_runs_a_network(runtime: Runtime, name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        compile_network(RECOGNIZER, runtime)
    assert f"ppocr_latin runs on {name}" in caplog.text


def test_both_runtimes_say_the_same() -> None:
    batch = np.random.default_rng(1).uniform(-1, 1, (2, 3, 48, 320)).astype(np.float32)
    (one, _), (other, _) = (compile_network(RECOGNIZER, runtime)(batch) for runtime in ("openvino", "onnxruntime"))
    assert one.shape == other.shape == (2, 40, one.shape[2])
    # OpenVINO rounds to 16 bits where the processor computes with them.
    assert np.abs(one - other).mean() < 0.01
