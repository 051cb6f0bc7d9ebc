"""PDF pages rendered and read as pictures, against the text that they carry where it is trusted.

python -m benchmarks.rendered_pdfs FOLDER
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import peers
from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.decode import pages
from ocr_pipeline.documents.page_image import PageImage
from ocr_pipeline.evaluation.score import Prediction, score
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.pipeline import recognition_engine, trusted_pages
from ocr_pipeline.recognition.stage import recognize
from ocr_pipeline.settings import get_settings

_FEWEST_LINES = 5
"""A page with fewer says little."""


def main(
    folder: Annotated[Path, typer.Argument(help="PDFs, in folders or not.", exists=True, file_okay=False)],
    every: Annotated[int, typer.Option(min=1, help="Of so many pages one is read.")] = 1,
) -> None:
    """Print the word F1 of this pipeline and of RapidOCR as it comes."""
    engine, peer = recognition_engine(get_settings()), peers.rapidocr()
    truths: list[dict[str, Any]] = []
    ours: dict[str, Prediction] = {}
    theirs: dict[str, Prediction] = {}
    for index, (name, page, lines) in enumerate(_trusted(folder)):
        if index % every:
            continue
        truths.append({"id": name, "kind": "pdf", "text_lines": lines})
        normalized = normalize(page)
        read = recognize(files.decode(files.encode(normalized), normalized.info), engine)
        ours[name] = Prediction(tuple(line.text for line in read.lines))
        theirs[name] = Prediction(tuple(peer.read(page.pixels)))
    found = {"pages": len(truths), "pipeline": score(truths, ours).word_f1, "rapidocr": score(truths, theirs).word_f1}
    typer.echo(json.dumps(found))


def _trusted(folder: Path) -> Iterator[tuple[str, PageImage, list[str]]]:
    """Each page with a trusted text: a name, its picture, and its lines."""
    settings = get_settings()
    for file in sorted(folder.rglob("*.pdf")):
        data = file.read_bytes()
        trusted = {
            number: page
            for number, page in trusted_pages(data, sniff.PDF, settings).items()
            if len(page.lines) >= _FEWEST_LINES
        }
        for image in pages(data, sniff.PDF, settings.pdf_dpi, trusted.__contains__):
            yield f"{file.name}-{image.number}", image, [line.text for line in trusted[image.number].lines]


if __name__ == "__main__":
    typer.run(main)
