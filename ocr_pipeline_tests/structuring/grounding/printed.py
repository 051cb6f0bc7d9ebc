"""Amounts and dates as documents print them."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

AMOUNTS = st.integers(1, 99_999_999).map(lambda cents: Decimal(cents) / 100)
DAYS = st.dates(date(1990, 1, 1), date(2026, 12, 31))
DAY_FORMS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%d-%b-%y",
             "%d/%m/%y", "%d/%m/%Y%H:%M:%S", "Date:%d/%m/%Y")  # fmt: skip


def _swapped(number: str) -> str:
    return number.translate(str.maketrans(",.", ".,"))


AMOUNT_FORMS = (
    lambda amount: f"{amount:.2f}",
    lambda amount: f"{amount:,.2f}",
    lambda amount: _swapped(f"{amount:,.2f}"),
    lambda amount: f"{amount:,.2f}".replace(",", "'"),
    lambda amount: _swapped(f"{amount:,.2f}").replace(".", " "),
    lambda amount: f"RM{amount:,.2f}",
    lambda amount: f"RM {amount:,.2f}",
    lambda amount: f"{_swapped(f'{amount:,.2f}')} €",
    lambda amount: f"${amount:,.2f}",
    lambda amount: f"TOTAL:{amount:.2f}",
    lambda amount: f"{amount:.2f}SR",
    lambda amount: f"({amount:.2f})",
)


@st.composite
def printed_amounts(draw: st.DrawFn) -> tuple[Decimal, list[str]]:
    """An amount, and the words that print it."""
    amount = draw(AMOUNTS)
    return amount, draw(st.sampled_from(AMOUNT_FORMS))(amount).split()


@st.composite
def printed_days(draw: st.DrawFn) -> tuple[date, str, list[str]]:
    """A day, the form in which it is printed, and the words that print it."""
    day = draw(DAYS)
    form = draw(st.sampled_from(DAY_FORMS))
    return day, form, day.strftime(form).split()
