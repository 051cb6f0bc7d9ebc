"""The first page of a document: its rows, and where its print lies."""

from collections.abc import Sequence

from ocr_pipeline.structuring.layout import Row, Run


class PageFrame:
    """Of rows, at least one, in the order of the document."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = [row for row in rows if row.page == rows[0].page]
        boxes = [row.run.box for row in self.rows]
        self.left = min(box.x0 for box in boxes)
        self.width = max(1.0, max(box.x1 for box in boxes) - self.left)

    def row(self, index: int) -> Row | None:
        """None above the first and below the last."""
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def row_of(self, run: Run) -> int | None:
        """The index of the row where the run's last word stands."""
        last = run.words[-1]
        return next((row.index for row in self.rows if any(word is last for word in row.run.words)), None)
