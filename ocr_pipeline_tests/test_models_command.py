import json
import shutil
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import typer
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from ocr_pipeline.models_command import models
from ocr_pipeline_tests.structuring.language_model.tiny import tiny_model

__all__ = ["tiny_model"]

_COMMIT = "a" * 40

app = typer.Typer()
app.add_typer(models, name="models")


def run(*arguments: str) -> tuple[int, str]:
    ran = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["models", *arguments])
    return ran.exit_code, " ".join(ran.output.split())


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_model, tmp_path / "model")
    return tmp_path / "model"


def test_a_good_folder_passes(folder: Path) -> None:
    code, output = run("verify", str(folder))
    assert code == 0
    assert "MistralForCausalLM" in output
    assert "21 tensors in 1 files" in output
    assert "failed" not in output


def test_square_brackets_are_shown_as_they_are(folder: Path) -> None:
    """To rich they are markup."""
    odd = folder.with_name("my [bold] model [") / "x]"
    odd.parent.mkdir()
    folder.rename(odd)
    code, output = run("verify", str(odd))
    assert code == 0, output
    assert "my [bold] model [/x]" in output


def test_without_weights_the_error_says_what_to_do(tmp_path: Path) -> None:
    code, output = run("verify", str(tmp_path / "none"))
    assert code == 1
    assert "are not on this machine" in output
    assert "Run `ocr-pipeline models download`, or set OCR_LANGUAGE_MODEL" in output


def test_files_in_several_shards_are_all_looked_at(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    (folder / "model.safetensors").unlink()
    halves = {"a.safetensors": names[:10], "b.safetensors": names[10:]}
    for file, half in halves.items():
        save_file({name: tensors[name] for name in half}, folder / file)
    index = {"weight_map": {name: file for file, half in halves.items() for name in half}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert run("verify", str(folder))[0] == 0

    save_file({name: tensors[name] for name in names[11:]}, folder / "b.safetensors")
    code, output = run("verify", str(folder))
    assert code == 1
    assert f"1 tensors are missing, such as {names[10]}" in output

    (folder / "b.safetensors").unlink()
    code, output = run("verify", str(folder))
    assert code == 1
    assert "b.safetensors is missing" in output


def test_a_cut_file_is_found_out(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1])
    code, output = run("verify", str(folder))
    assert code == 1
    assert "model.safetensors is broken" in output
    assert "cannot be used" in output


def test_a_model_of_another_kind_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}))
    code, output = run("verify", str(folder))
    assert code == 1
    assert "BertModel does not continue text" in output


def test_a_missing_tokenizer_is_found_out(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()
    code, output = run("verify", str(folder))
    assert code == 1
    assert "tokenizer failed" in output.replace("│", "").replace("  ", " ")


class Hub:
    """As much of a hub as a download asks for, with the files of one folder as the model some/model."""

    def __init__(self, folder: Path, *, breaks_off: bool = False) -> None:
        """With `breaks_off` it ends the connection in the midst of each file of weights."""
        self.sent: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                if "/resolve/" in self.path:
                    self._send((folder / name).read_bytes())
                    hub.sent += [name] if self.command == "GET" else []
                elif "/tree/" in self.path:
                    files = [
                        {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": file.name}
                        for file in folder.iterdir()
                    ]
                    self._send(json.dumps(files).encode())
                elif "/models/some/model" in self.path:
                    siblings = [{"rfilename": file.name} for file in folder.iterdir()]
                    self._send(json.dumps({"id": "some/model", "sha": _COMMIT, "siblings": siblings}).encode())
                else:
                    self.send_error(404)

            def do_HEAD(self) -> None:
                self.do_GET()

            def _send(self, content: bytes) -> None:
                self.send_response(200)
                self.send_header("X-Repo-Commit", _COMMIT)
                self.send_header("ETag", f'"{self.path.rpartition("/")[2]}"')
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "GET":
                    is_whole = not (breaks_off and self.path.endswith(".safetensors"))
                    self.wfile.write(content if is_whole else content[:100])

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def use(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """As HF_ENDPOINT does in a new process."""
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_download_takes_what_is_needed_and_checks_it(
    folder: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for double in ("consolidated.safetensors", "pytorch_model.bin", "README.md"):
        (folder / double).write_bytes(b"the same weights, or none")
    own = tmp_path / "own"
    with closing(Hub(folder)) as hub:
        use(hub, monkeypatch)
        code, output = run("download", "some/model")
        assert code == 0, output
        assert "21 tensors in 1 files" in output
        assert {"model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"} <= set(hub.sent)
        assert not {"consolidated.safetensors", "pytorch_model.bin", "README.md"} & set(hub.sent)
        code, output = run("download", "some/model", "--folder", str(own))
        assert code == 0, output
        assert f"OCR_LANGUAGE_MODEL={own}" in output
    assert run("verify", str(own))[0] == 0
    code, output = run("verify", "some/model")
    assert code == 0, output
    assert "some/model@" in output
    assert any(cache.rglob("model.safetensors"))


def test_a_download_without_a_hub_says_why(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Hub(tmp_path)) as gone:
        use(gone, monkeypatch)
    code, output = run("download", "some/model")
    assert code == 1
    assert "some/model cannot be used: it cannot be downloaded" in output
    assert "Traceback" not in output


def test_a_download_that_breaks_off_says_so(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Hub(folder, breaks_off=True)) as hub:
        use(hub, monkeypatch)
        code, output = run("download", "some/model")
    assert code == 1
    assert "some/model cannot be used: it cannot be downloaded" in output
