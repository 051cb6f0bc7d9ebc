"""XML invoices of any syntax -> what they say."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from ocr_pipeline.structuring.embedded import forms
from ocr_pipeline.structuring.embedded.invoice import Item, Value, XmlInvoice
from ocr_pipeline.structuring.embedded.syntax import AddressPaths, AdjustmentPaths, LinePaths, Paths, Syntax, syntax_of

_NO_SALE = {"GROUP", "INFORMATION"}
"""Statuses of lines whose amounts other lines have."""
_PRICE_PLACES = 6


def read_invoice(xml: str) -> XmlInvoice | None:
    """None where it is no XML, or of no syntax that we know. What is missing or malformed in it is left out."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(xml.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    syntax = syntax_of(etree.QName(root).localname)
    if syntax is None:
        return None
    return XmlInvoice(
        fields={name: value for name, value in _fields(root, syntax) if value is not None},
        items=(
            *(item for line in _all(root, syntax.lines.line) if (item := _line(line, syntax.lines))),
            *(
                item
                for paths in syntax.adjustments
                for element in _all(root, paths.adjustment)
                if (item := _adjustment(element, paths))
            ),
        ),
    )


def _fields(root: Any, syntax: Syntax) -> Iterator[tuple[str, Value | None]]:
    texts = {name: _text(root, paths) for name, paths in syntax.texts.items()}
    yield from texts.items()
    yield "vendor_address", _address(root, syntax.address)
    for name, paths in syntax.days.items():
        yield name, _value(root, paths, forms.day)
    currency = texts["currency"]
    for name, paths in syntax.amounts.items():
        yield name, _amount(root, paths, currency.value if currency else None)


def _all(parent: Any, path: str) -> list[Any]:
    return list(parent.findall("/".join(f"{{*}}{step}" for step in path.split("/"))))


def _value(parent: Any, paths: Paths, form: forms.Form) -> Value | None:
    """The first that has the form."""
    for path in paths:
        for element in _all(parent, path):
            written = element.text or ""
            value = form(written)
            if value is not None:
                return Value(value, (" ".join(written.split()),), etree.QName(element).localname)
    return None


def _text(parent: Any, paths: Paths) -> Value | None:
    return _value(parent, paths, forms.text)


def _amount(root: Any, paths: Paths, currency: str | None) -> Value | None:
    """In the invoice's currency; the tax may also be given in that of the seller's books."""

    def is_foreign(element: Any) -> bool:
        return currency is not None and bool(element.get("currencyID", currency) != currency)

    for path in paths:
        for element in sorted(_all(root, path), key=is_foreign):
            value = forms.amount(element.text or "")
            if value is not None and not is_foreign(element):
                return Value(value, ((element.text or "").strip(),), etree.QName(element).localname)
    return None


def _address(root: Any, paths: AddressPaths) -> Value | None:
    """Street, further lines, and postcode with town, joined by commas."""
    address = next(iter(_all(root, paths.address)), None)
    if address is None:
        return None
    lines = [value.value for path in paths.lines if (value := _text(address, (path,)))]
    place = [value.value for path in (paths.post_code, paths.town) if (value := _text(address, (path,)))]
    parts = [*lines, *([" ".join(place)] if place else [])]
    joined = forms.text(", ".join(parts))
    return Value(joined, tuple(parts), etree.QName(address).localname) if joined else None


def _line(line: Any, paths: LinePaths) -> Item | None:
    status = _text(line, paths.status)
    description = _text(line, paths.description)
    if description is None or (status is not None and status.value in _NO_SALE):
        return None
    return Item(
        description=description,
        quantity=_value(line, paths.quantity, forms.quantity),
        unit_price=_unit_price(_value(line, paths.price, forms.amount), _value(line, paths.price_base, forms.quantity)),
        amount=_value(line, paths.amount, forms.amount),
    )


def _unit_price(price: Value | None, base: Value | None) -> Value | None:
    """The price of one piece, where the invoice has that of several."""
    pieces = forms.number(base.value) if base else None
    whole = forms.number(price.value) if price else None
    if not price or not base or not whole or not pieces or pieces in {0, 1}:
        return price
    one = round(whole / pieces, _PRICE_PLACES)
    return Value(
        forms.decimal_string(one, 2), (*price.words, *base.words), price.element, f"{price.element} / {base.element}"
    )


def _adjustment(element: Any, paths: AdjustmentPaths) -> Item | None:
    amount = _value(element, paths.amount, forms.amount)
    if amount is None:
        return None
    name = etree.QName(element).localname
    reason = _text(element, paths.reason) or Value(name, (name,), name)
    is_charge = _text(element, paths.is_charge)
    if is_charge is None or is_charge.value in {"true", "1"}:
        return Item(reason, amount=amount)
    value = forms.amount(f"-{amount.words[0]}")
    if value is None:
        return None
    return Item(reason, amount=Value(value, amount.words, amount.element, f"-{amount.element}"))
