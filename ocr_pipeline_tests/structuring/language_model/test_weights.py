import json
import shutil
from pathlib import Path

import pytest

from ocr_pipeline.structuring.language_model.weights import find_weights, shards


def test_a_folder_is_named_the_same_wherever_it_lies(tiny_model: Path, tmp_path: Path) -> None:
    moved = tmp_path / tiny_model.name
    shutil.copytree(tiny_model, moved)
    one, other = find_weights(str(tiny_model)), find_weights(str(moved))
    assert one is not None
    assert other is not None
    assert one.identity == other.identity


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"])
def test_a_change_of_any_file_is_another_revision(tiny_model: Path, tmp_path: Path, file: str) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(tiny_model, changed)
    content = bytearray((changed / file).read_bytes())
    content[-1] ^= 1
    (changed / file).write_bytes(content)
    one, other = find_weights(str(tiny_model)), find_weights(str(changed))
    assert one is not None
    assert other is not None
    assert one.revision != other.revision


def test_the_same_weights_once_more_for_other_programs_do_not_count(tiny_model: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    shutil.copytree(tiny_model, both)
    shutil.copy(both / "model.safetensors", both / "consolidated.safetensors")
    weights = find_weights(str(both))
    assert weights is not None
    assert [file.name for file in weights.files] == ["model.safetensors"]
    (both / "model.safetensors").unlink()
    assert find_weights(str(both)) is None


def test_a_gguf_file_is_weights_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    assert find_weights(str(file)) is None
    file.write_bytes(b"GGUF and so on")
    weights = find_weights(str(file))
    assert weights is not None
    assert (weights.folder, weights.gguf, weights.size) == (tmp_path, "model.gguf", 14)
    assert weights.identity == f"model.gguf@{weights.revision}"


def test_a_hub_name_is_found_where_it_was_downloaded_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert find_weights("some/model") is None
    folder = tmp_path / "models--some--model" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    refs = tmp_path / "models--some--model" / "refs"
    refs.mkdir()
    (refs / "main").write_text("abc")
    assert find_weights("some/model") is None
    (folder / "model.safetensors").write_bytes(b"numbers")
    weights = find_weights("some/model")
    assert weights is not None
    assert weights.folder == folder
    assert weights.identity.startswith("some/model@")


def test_the_index_says_which_files_there_must_be(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model-00001-of-00002.safetensors").write_bytes(b"")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    weights = find_weights(str(tmp_path))
    assert weights is not None
    assert [file.name for file in shards(weights)] == sorted(set(index["weight_map"].values()))
