"""What a stage did for the documents of a run."""

from dataclasses import dataclass, field
from typing import Any

from dagster import MetadataValue

from ocr_pipeline.documents.model import Rejection


@dataclass
class BatchReport:
    """Every document is counted once."""

    computed: int = 0
    reused: int = 0
    rejections: list[tuple[str, Rejection]] = field(default_factory=list)
    """With the file's name."""
    seconds: float = 0.0
    """From the first document's begin to the last one's end; what it takes for single documents overlaps."""

    def add(self, file: str, rejection: Rejection | None, *, reused: bool) -> None:
        if rejection is not None:
            self.rejections.append((file, rejection))
        elif reused:
            self.reused += 1
        else:
            self.computed += 1

    @property
    def metadata(self) -> dict[str, Any]:
        """As Dagster's UI shows it."""
        rejected = [f"| {_cell(file)} | `{why.code}` | {_cell(why.message)} |" for file, why in self.rejections]
        return {
            "documents": self.computed + self.reused + len(self.rejections),
            "computed now": self.computed,
            "reused": self.reused,
            "rejected": len(rejected),
            "seconds": round(self.seconds, 3),
            **({"seconds per document": round(self.seconds / self.computed, 3)} if self.computed else {}),
            **(
                {"rejections": MetadataValue.md("\n".join(["| file | code | why |", "|---|---|---|", *rejected]))}
                if rejected
                else {}
            ),
        }


def _cell(text: str) -> str:
    """Of a table in Markdown; senders choose the names of files."""
    return " ".join(text.split()).replace("|", "\\|")
