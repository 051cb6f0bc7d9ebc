"""Records as no engine should make them and any might: a Hypothesis strategy."""

from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Evidence, Field, LineItem, Record, Support
from ocr_pipeline.kinds.registry import SHIPPED

NAMES = sorted({spec.name for kind in SHIPPED for spec in kind.fields} | {"po_number", "extra"})
TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20)
"""Of any characters, those included that cannot be stored."""
VALUES = st.one_of(
    TEXTS,
    st.dates().map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["12.50", "-0.00", "1e999999", "1e-999999", "0e-999999", "EUR", "DE136695967", "2018-W01-1"]),
)
PAGE = st.just({"page": 1, "box": Box(0, 0, 10, 10)})
EVIDENCE = st.builds(
    lambda place, words: Evidence(words=words, **place),
    st.one_of(PAGE, st.just({"attachment": "x.xml#ID"}), st.just({"computation": "total - tax"}), st.just({})),
    st.tuples(TEXTS),
)
FIELDS = st.builds(Field, value=VALUES, confidence=st.floats(0, 1), evidence=EVIDENCE, support=st.sampled_from(Support))
ITEMS = st.builds(
    LineItem, description=FIELDS, quantity=st.none() | FIELDS, unit_price=st.none() | FIELDS, amount=st.none() | FIELDS
)
RECORDS = st.builds(
    Record,
    engine=st.just("any"),
    kind=st.sampled_from([kind.name for kind in SHIPPED]),
    fields=st.dictionaries(st.sampled_from(NAMES), FIELDS, max_size=8),
    line_items=st.lists(ITEMS, max_size=3).map(tuple),
    unsupported=st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=2),
    disputed=st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=2),
)
