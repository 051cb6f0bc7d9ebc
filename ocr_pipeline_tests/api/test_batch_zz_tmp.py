import subprocess, sys
from pathlib import Path
from ocr_pipeline_tests.api.test_schemathesis import api, ROOT  # noqa
def test_x(api, token, tmp_path):
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.base_url}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--generation-deterministic", "--continue-on-failure", "--no-color", "--max-examples", "6", "--include-path-regex", "batch"]
    with open("/tmp/st_out.txt", "w") as f:
        subprocess.run(command, stdout=f, stderr=subprocess.STDOUT, cwd=ROOT, timeout=420)
