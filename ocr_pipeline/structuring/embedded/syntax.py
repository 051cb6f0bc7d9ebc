"""Where the syntaxes of XML invoices keep what a record wants.

Paths are names of elements without their namespaces, from the root or from what the docstring says; of several the
first that gives a value counts. Sources: EN 16931-3-2 (UBL) and 16931-3-3 (CII), and the technical annexes of
ZUGFeRD 1.0 and Factur-X 1.0.
"""

from dataclasses import dataclass

Paths = tuple[str, ...]


@dataclass(frozen=True)
class AddressPaths:
    """The parts' paths begin at the address."""

    address: str
    lines: Paths
    """All of them count."""
    post_code: str
    town: str


@dataclass(frozen=True)
class LinePaths:
    """The parts' paths begin at the line."""

    line: str
    status: Paths
    """Says whether a line only groups others, or informs."""
    description: Paths
    quantity: Paths
    price: Paths
    price_base: Paths
    """How many pieces the price is for."""
    amount: Paths


@dataclass(frozen=True)
class AdjustmentPaths:
    """Allowances and charges on the whole document; the parts' paths begin at one of them."""

    adjustment: str
    is_charge: Paths
    """True or false; where there is none, it is a charge."""
    reason: Paths
    amount: Paths


@dataclass(frozen=True)
class Syntax:
    texts: dict[str, Paths]
    days: dict[str, Paths]
    amounts: dict[str, Paths]
    address: AddressPaths
    lines: LinePaths
    adjustments: tuple[AdjustmentPaths, ...]


def syntax_of(root: str) -> Syntax | None:
    """By the name of the root element without its namespace."""
    return _BY_ROOT.get(root)


def _cross_industry(*, document: str, transaction: str, head: str, line: str, sums: str, line_sums: str) -> Syntax:
    """UN/CEFACT's; ZUGFeRD 1.0 was built on a draft that has other names for the same things."""
    seller = f"{transaction}/Applicable{head}TradeAgreement/SellerTradeParty"
    settlement = f"{transaction}/Applicable{head}TradeSettlement"
    price = f"Specified{line}TradeAgreement/NetPriceProductTradePrice"
    account = "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"
    return Syntax(
        texts={
            "invoice_number": (f"{document}/ID",),
            "type_code": (f"{document}/TypeCode",),
            "vendor_name": (f"{seller}/Name",),
            "vendor_tax_id": (
                f"{seller}/SpecifiedTaxRegistration/ID[@schemeID='VA']",
                f"{seller}/SpecifiedTaxRegistration/ID",
            ),
            "iban": (f"{settlement}/{account}/IBANID",),
            "currency": (f"{settlement}/InvoiceCurrencyCode",),
        },
        days={
            "document_date": (f"{document}/IssueDateTime/DateTimeString",),
            "due_date": (f"{settlement}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString",),
        },
        amounts={
            "subtotal": (f"{settlement}/{sums}/TaxBasisTotalAmount",),
            "tax": (f"{settlement}/{sums}/TaxTotalAmount",),
            "total": (f"{settlement}/{sums}/GrandTotalAmount",),
        },
        address=AddressPaths(
            f"{seller}/PostalTradeAddress", ("LineOne", "LineTwo", "LineThree"), "PostcodeCode", "CityName"
        ),
        lines=LinePaths(
            line=f"{transaction}/IncludedSupplyChainTradeLineItem",
            status=("AssociatedDocumentLineDocument/LineStatusReasonCode",),
            description=("SpecifiedTradeProduct/Name",),
            quantity=(f"Specified{line}TradeDelivery/BilledQuantity",),
            price=(f"{price}/ChargeAmount",),
            price_base=(f"{price}/BasisQuantity",),
            amount=(f"Specified{line}TradeSettlement/{line_sums}/LineTotalAmount",),
        ),
        adjustments=(
            AdjustmentPaths(
                adjustment=f"{settlement}/SpecifiedTradeAllowanceCharge",
                is_charge=("ChargeIndicator/Indicator",),
                reason=("Reason", "ReasonCode"),
                amount=("ActualAmount",),
            ),
            AdjustmentPaths(
                adjustment=f"{settlement}/SpecifiedLogisticsServiceCharge",
                is_charge=(),
                reason=("Description",),
                amount=("AppliedAmount",),
            ),
        ),
    )


def _universal(line: str, quantity: str) -> Syntax:
    """OASIS' Universal Business Language 2."""
    seller = "AccountingSupplierParty/Party"
    return Syntax(
        texts={
            "invoice_number": ("ID",),
            "type_code": ("InvoiceTypeCode", "CreditNoteTypeCode"),
            "vendor_name": (f"{seller}/PartyLegalEntity/RegistrationName", f"{seller}/PartyName/Name"),
            "vendor_tax_id": (f"{seller}/PartyTaxScheme/CompanyID",),
            "iban": ("PaymentMeans/PayeeFinancialAccount/ID",),
            "currency": ("DocumentCurrencyCode",),
        },
        days={"document_date": ("IssueDate",), "due_date": ("DueDate", "PaymentMeans/PaymentDueDate")},
        amounts={
            "subtotal": ("LegalMonetaryTotal/TaxExclusiveAmount",),
            "tax": ("TaxTotal/TaxAmount",),
            "total": ("LegalMonetaryTotal/TaxInclusiveAmount", "LegalMonetaryTotal/PayableAmount"),
        },
        address=AddressPaths(
            f"{seller}/PostalAddress",
            ("StreetName", "AdditionalStreetName", "AddressLine/Line"),
            "PostalZone",
            "CityName",
        ),
        lines=LinePaths(
            line=line,
            status=(),
            description=("Item/Name", "Item/Description"),
            quantity=(quantity,),
            price=("Price/PriceAmount",),
            price_base=("Price/BaseQuantity",),
            amount=("LineExtensionAmount",),
        ),
        adjustments=(
            AdjustmentPaths(
                adjustment="AllowanceCharge",
                is_charge=("ChargeIndicator",),
                reason=("AllowanceChargeReason", "AllowanceChargeReasonCode"),
                amount=("Amount",),
            ),
        ),
    )


_BY_ROOT = {
    "CrossIndustryInvoice": _cross_industry(
        document="ExchangedDocument",
        transaction="SupplyChainTradeTransaction",
        head="Header",
        line="Line",
        sums="SpecifiedTradeSettlementHeaderMonetarySummation",
        line_sums="SpecifiedTradeSettlementLineMonetarySummation",
    ),
    "CrossIndustryDocument": _cross_industry(
        document="HeaderExchangedDocument",
        transaction="SpecifiedSupplyChainTradeTransaction",
        head="SupplyChain",
        line="SupplyChain",
        sums="SpecifiedTradeSettlementMonetarySummation",
        line_sums="SpecifiedTradeSettlementMonetarySummation",
    ),
    "Invoice": _universal("InvoiceLine", "InvoicedQuantity"),
    "CreditNote": _universal("CreditNoteLine", "CreditedQuantity"),
}
