"""`python -m ocr_pipeline` is the `ocr-pipeline` command."""

from ocr_pipeline.cli import app

app(prog_name="ocr-pipeline")
