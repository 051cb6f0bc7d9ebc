"""The nouns of the pipeline: what flows between the stages.

All models are frozen. Coordinates are pixels of the *original page*: the decoded image for JPEG, PNG,
TIFF and WebP (after its EXIF orientation), the page rendered at ``Settings.pdf_dpi`` for PDF. The origin
is the top left corner, x runs right, y runs down.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic import Field as Attribute

from ocr_pipeline.errors import ErrorCode, describe


class Model(BaseModel):
    """Immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Confidence = Annotated[float, Attribute(ge=0.0, le=1.0)]

_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Unicode's categories Cc and Cs: control characters (Postgres takes no NUL) and lone surrogates (JSON takes none)."""


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


Text = Annotated[str, AfterValidator(_storable)]
"""What cannot be stored or shown became U+FFFD."""


class State(StrEnum):
    """Where a document is. The last three are final."""

    WAITING = "waiting"
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"

    @property
    def is_final(self) -> bool:
        return self in {State.ACCEPTED, State.NEEDS_REVIEW, State.REJECTED}


class Box(NamedTuple):
    """An upright rectangle in original page pixels, ``x0 <= x1`` and ``y0 <= y1``."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def center_y(self) -> float:
        return (self.y0 + self.y1) / 2

    @staticmethod
    def around(boxes: "list[Box]") -> "Box":
        """The smallest box that holds all of `boxes` (at least one)."""
        return Box(
            min(box.x0 for box in boxes),
            min(box.y0 for box in boxes),
            max(box.x1 for box in boxes),
            max(box.y1 for box in boxes),
        )


class Word(Model):
    """A run of characters without white space."""

    text: Text
    box: Box
    confidence: Confidence


class Line(Model):
    """Words that stand side by side, from left to right; at least one."""

    words: tuple[Word, ...] = Attribute(min_length=1)
    handwritten: bool = False

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return Box.around([word.box for word in self.words])

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences, weighted by their length."""
        lengths = [len(word.text) for word in self.words]
        weighted = sum(w.confidence * n for w, n in zip(self.words, lengths, strict=True))
        return weighted / sum(lengths)


PDF_TEXT_LAYER = "pdf_text_layer"
"""`Page.source` of pages whose own text was trusted, and read."""


class Page(Model):
    """One page with its text. `number` counts from 1; `width` and `height` are original page pixels."""

    number: int
    width: int
    height: int
    source: str
    """What read it: the name of a recognition engine, or ``pdf_text_layer``."""
    lines: tuple[Line, ...]
    """In reading order."""
    angle: float = 0.0
    """Degrees, clockwise, by which the text lies turned on the original page, above -180 and up to 180: a page that
    was scanned with its top at the right has 90, one whose lines fall to the right by two degrees has 2."""


class EmbeddedInvoice(Model):
    """The machine-readable invoice that a PDF carries: Factur-X, ZUGFeRD or XRechnung."""

    file: str
    """Name of the attachment, such as ``factur-x.xml``."""
    xml: str


class DocumentText(Model):
    """Output of the recognition stage."""

    pages: tuple[Page, ...]
    embedded_invoice: EmbeddedInvoice | None = None
    language: str | None = None
    """What its sender says it is written in, as in `ocr_pipeline.kinds.languages`; None where nothing was said."""

    @property
    def lines(self) -> list[str]:
        return [line.text for page in self.pages for line in page.lines]

    @property
    def words(self) -> list[Word]:
        return [word for page in self.pages for line in page.lines for word in line.words]


class RawDocument(Model):
    """A file that was recognized as one we read: output of the intake stage."""

    sha256: str
    media_type: str
    size: int
    """Bytes."""
    page_count: int


class NormalizedPageInfo(Model):
    """What is known of a normalized page beside its pixels."""

    number: int
    original_width: int
    original_height: int
    to_original: tuple[tuple[float, float, float], tuple[float, float, float]]
    """Affine map from normalized (x, y, 1) to original page pixels (x, y)."""


class NormalizedDocument(Model):
    """Output of the normalization stage; the pixels lie beside it, a picture a page."""

    media_type: str
    """Of the original file."""
    pages: tuple[NormalizedPageInfo, ...]


class Support(StrEnum):
    """How a value stands to the document's words."""

    SUPPORTED = "supported"
    """It is printed there, up to case, spacing, and the ways to write a date or an amount."""
    CORRECTED = "corrected"
    """It is what the words say once characters that recognizers mix up are put right."""
    COMPUTED = "computed"
    """No word says it, but it follows from others that words give."""
    UNSUPPORTED = "unsupported"
    """Nothing in the document says so."""


class Evidence(Model):
    """Where a value comes from: the words it was read from and the box around them.

    `page` and `box` are None where no page shows the value. Then it stands in `attachment`, the embedded file's name
    and the element in it, or it was computed, and `words` are those of the values that `computation` names.
    """

    page: int | None = None
    box: Box | None = None
    words: tuple[Text, ...]
    attachment: Text | None = None
    """Like ``factur-x.xml#GrandTotalAmount``; also given beside `page` where both say the same."""
    computation: Text | None = None
    """Like ``total - tax``."""


class Reading(Model):
    """Another value that a field may have, such as 2018-04-03 for what was read as 2018-03-04."""

    value: Text
    confidence: Confidence
    evidence: Evidence


class Field(Model):
    """One extracted value: text as in `Record.fields`, with where it was read and how sure we are."""

    value: Text
    confidence: Confidence
    evidence: Evidence
    support: Support = Support.SUPPORTED
    alternatives: tuple[Reading, ...] = ()
    """What else it could be, the likeliest first."""


class LineItem(Model):
    """One row of the table of goods or services. Absent parts are None."""

    description: Field
    quantity: Field | None = None
    unit_price: Field | None = None
    amount: Field | None = None


class Record(Model):
    """Output of the structuring stage.

    Amounts are decimal strings with a point and no currency (``1234.50``), dates ISO 8601, the currency an
    ISO 4217 code. A field that was not found is absent.
    """

    engine: str
    """Name and version of the structuring engine."""
    kind: str
    """Name of the document kind (see `ocr_pipeline.kinds`) whose fields and rules these are."""
    fields: dict[str, Field]
    line_items: tuple[LineItem, ...] = ()
    model: Text | None = None
    """The language model that was asked, with its revision; None where none was."""
    prompt: str | None = None
    """Version of the prompt that it was asked with."""
    unsupported: dict[str, Text] = {}
    """Values that were given and stand nowhere in the document, by field (``total``, ``line_items[0].amount``)."""
    disputed: dict[str, Text] = {}
    """What the other reader says of a field, where two were asked and do not agree."""


class Rejection(Model):
    """Why a document could not be processed, in place of a stage's output."""

    code: ErrorCode
    message: str
    advice: str
    retryable: bool = False

    @classmethod
    def of(cls, code: ErrorCode, **details: object) -> "Rejection":
        """`details` fill the placeholders of the code's message in `ocr_pipeline.errors`."""
        problem = describe(code)
        return cls(
            code=code,
            message=problem.message.format(**details),
            advice=problem.advice.format(**details),
            retryable=problem.retryable,
        )


class ReviewReason(Model):
    """One doubt that a person should settle; `field` is None where it concerns the whole document."""

    code: str
    message: Text
    field: str | None = None


class Reconciliation(Model):
    """Whether the sums of a document agree; None where a part needed for the check is missing."""

    items_to_subtotal: bool | None = None
    subtotal_and_tax_to_total: bool | None = None
    cash_and_change_to_total: bool | None = None


class Verdict(Model):
    """Output of the validation stage: the record with its final state."""

    state: Literal[State.ACCEPTED, State.NEEDS_REVIEW]
    confidence: Confidence
    record: Record
    reconciliation: Reconciliation
    reasons: tuple[ReviewReason, ...] = ()
    duplicate_of: str | None = None
    """Id of the document that says the same: vendor, number, date and total, or the very same bytes."""
