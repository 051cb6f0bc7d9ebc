"""Lays out business letters: a sender, a date and prose, but nothing to pay."""

import numpy as np

from ocr_pipeline.samples.facts import Facts
from ocr_pipeline.samples.sheet import A4, LETTER, Sheet

_LEFT = 72.0
_OPENINGS = (
    "Thank you for your visit to our showroom last week. As we agreed, I am writing",
    "We are pleased to confirm the appointment that you made by telephone. I am writing",
    "It was a pleasure to meet you and your colleagues at the trade fair. I am writing",
)
_BODIES = (
    ("to let you know that the samples you asked for have been set aside. They can be",
     "collected from our front desk on any weekday between nine and five o'clock."),
    ("to tell you that our opening hours will change from the first of next month. The",
     "office will then be closed on Saturdays, while deliveries continue as before."),
    ("to introduce Ms Helen Marlow, who will look after your account from now on. She",
     "knows your requirements well and will call you within the next few days."),
)  # fmt: skip
_CLOSINGS = (
    ("If you have any questions, please do not hesitate to get in touch with us.",),
    ("We look forward to hearing from you, and to working with you again.",),
)
_SIGNERS = ("Margaret Ellison", "Thomas Whitaker", "Priya Raman", "Daniel Okafor")


def letter(rng: np.random.Generator, facts: Facts) -> Sheet:
    """One page; of `facts` it shows vendor, address, phone, buyer and date."""
    sheet = Sheet(*(LETTER if facts.country.currency == "USD" else A4))
    right = sheet.width - _LEFT
    sheet.put(right, 80, facts.vendor_name, face="tibo", size=16, align="right")
    for row, line in enumerate((facts.street, facts.town, f"Telephone {facts.phone}")):
        sheet.put(right, 98 + 14 * row, line, face="tiro", size=10.5, align="right")
    sheet.rule(_LEFT, 140, right, 140)
    y = 180.0
    sheet.put(_LEFT, y, facts.buyer, face="tiro", size=11.5)
    y += 36
    sheet.put(_LEFT, y, facts.date_text, face="tiro", size=11.5)
    y += 40
    pick = rng.integers(0, 1000, 4)
    paragraphs = (
        ("Dear Sir or Madam,",),
        (_OPENINGS[pick[0] % len(_OPENINGS)], *_BODIES[pick[1] % len(_BODIES)]),
        _CLOSINGS[pick[2] % len(_CLOSINGS)],
        ("Yours faithfully,",),
    )
    for paragraph in paragraphs:
        for line in paragraph:
            sheet.put(_LEFT, y, line, face="tiro", size=11.5)
            y += 17
        y += 12
    sheet.put(_LEFT, y + 36, _SIGNERS[pick[3] % len(_SIGNERS)], face="heit", size=11.5)
    return sheet
