"""Small documents of our own invention, as many as are wanted, and models that say what they are told to say."""

import numpy as np

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.samples.catalogue import GERMANY, MALAYSIA, UNITED_KINGDOM, UNITED_STATES
from ocr_pipeline.samples.facts import draw_facts
from ocr_pipeline.structuring.language_model.model import Completion, Prompt, Schema
from ocr_pipeline_tests.structuring.typed import typed

_COUNTRIES = (GERMANY, MALAYSIA, UNITED_KINGDOM, UNITED_STATES)


def documents(count: int) -> list[DocumentText]:
    rng = np.random.default_rng(7)
    return [_document(rng, number) for number in range(count)]


def _document(rng: np.random.Generator, number: int) -> DocumentText:
    facts = draw_facts(rng, _COUNTRIES[number % len(_COUNTRIES)], number % 3, 1)
    item = facts.items[0]
    return typed(
        f"""
        {facts.vendor_name}
        {facts.street}
        No. {facts.number}  {facts.date_text}
        {item.description}  {facts.plain(item.amount)}
        Total  {facts.money(facts.total)}
        """
    )


class Told:
    """Answers with `texts`, one after the other; text that ends in an ellipsis was cut there."""

    identity = "told@1"

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self.asked: list[tuple[Prompt, int]] = []

    def complete(self, prompt: Prompt, schema: Schema, max_tokens: int) -> Completion:
        self.asked.append((prompt, max_tokens))
        text = self._texts.pop(0)
        return Completion(text.removesuffix("…"), text.endswith("…"), len(prompt), len(text))


class Kept:
    """A cache in memory."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.answers.get(key)

    def put(self, key: str, answer: str) -> None:
        self.answers[key] = answer
