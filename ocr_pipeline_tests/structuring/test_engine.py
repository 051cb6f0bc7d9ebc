import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.structuring import engine
from ocr_pipeline.structuring.engine import VERSIONS, engine_name, load_engine, version_parts


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder that has what is looked for; nothing here loads it."""
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["MistralForCausalLM"]}))
    (tmp_path / "model.safetensors").write_bytes(b"numbers")
    return tmp_path


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_has_cuda", lambda: True)


def test_an_engine_is_made_once() -> None:
    assert load_engine(Settings()) is load_engine(Settings())


def test_its_version_is_the_one_that_decides_on_stored_records() -> None:
    assert load_engine(Settings()).version == VERSIONS[engine_name(Settings())]


def test_without_gpu_and_endpoint_the_cpu_engine_is_taken(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_has_cuda", lambda: False)
    assert engine_name(Settings()) == "cpu"
    assert engine_name(Settings(language_model=str(weights))) == "cpu"


def test_an_endpoint_is_taken_where_one_is_named(gpu: None, weights: Path) -> None:
    settings = Settings(language_model=str(weights), language_model_url="http://127.0.0.1:1/v1")
    assert engine_name(settings) == "mistral_server"


def test_a_gpu_is_used_where_the_weights_are_here(gpu: None, weights: Path, tmp_path: Path) -> None:
    assert engine_name(Settings(language_model=str(weights))) == "mistral"
    assert engine_name(Settings(language_model=str(tmp_path / "none"))) == "cpu"
    assert engine_name(Settings(language_model="nobody/no-such-model")) == "cpu"


def test_what_is_asked_for_by_name_is_taken(weights: Path) -> None:
    assert engine_name(Settings(structuring_engine="mistral")) == "mistral"
    named = Settings(structuring_engine="cpu", language_model_url="http://127.0.0.1:1/v1")
    assert engine_name(named) == "cpu"


def test_missing_weights_are_told_with_what_to_do() -> None:
    with pytest.raises(PipelineError) as caught:
        load_engine(Settings(structuring_engine="mistral", language_model="nobody/no-such-model"))
    assert caught.value.code == ErrorCode.LANGUAGE_MODEL_MISSING
    assert "nobody/no-such-model" in caught.value.message
    assert "`ocr-pipeline models download`" in caught.value.advice


def test_a_server_needs_an_address() -> None:
    with pytest.raises(PipelineError, match="OCR_LANGUAGE_MODEL_URL") as caught:
        load_engine(Settings(structuring_engine="mistral_server"))
    assert caught.value.code == ErrorCode.INVALID_SETTING


def test_a_server_is_not_asked_before_there_is_a_document() -> None:
    settings = Settings(language_model_url="http://127.0.0.1:1/v1", language_model="m", language_model_at_once=3)
    made = load_engine(settings)
    assert (made.name, made.version, made.at_once) == ("mistral_server", VERSIONS["mistral_server"], 3)


def test_records_are_made_anew_for_another_model_prompt_or_precision(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local: dict[str, Any] = {"structuring_engine": "mistral", "language_model": str(weights)}
    parts = version_parts(Settings(**local))
    assert parts == version_parts(Settings(**local, language_model_seconds=1, language_model_at_once=1))
    assert parts != version_parts(Settings(**local, language_model_precision="4bit"))
    assert parts != version_parts(Settings())
    (weights / "model.safetensors").write_bytes(b"other numbers")
    engine._revision_of.cache_clear()
    assert parts != version_parts(Settings(**local))

    server: dict[str, Any] = {"structuring_engine": "mistral_server", "language_model_url": "http://a/v1"}
    asked = version_parts(Settings(**server))
    assert asked == version_parts(Settings(**server | {"language_model_url": "http://b/v1"}))
    assert asked != version_parts(Settings(**server, language_model="another"))
    monkeypatch.setattr(engine, "PROMPT_VERSION", "next")
    assert asked != version_parts(Settings(**server))


def test_weights_that_come_later_are_seen(weights: Path) -> None:
    """Else a process that was there before would go by another version than the next one."""
    local = Settings(structuring_engine="mistral", language_model=str(weights))
    config = (weights / "config.json").rename(weights / "not yet")
    before = version_parts(local)
    config.rename(weights / "config.json")
    assert version_parts(local) != before


def test_to_know_the_engine_nothing_heavy_is_loaded() -> None:
    script = (
        "import sys; from ocr_pipeline.settings import Settings; from ocr_pipeline.structuring.engine import *;"
        "version_parts(Settings()); version_parts(Settings(structuring_engine='mistral'));"
        "engine_name(Settings(structuring_engine='auto'));"
        "print([m for m in ('torch', 'transformers', 'openai', 'llguidance', 'spacy', 'cv2') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
