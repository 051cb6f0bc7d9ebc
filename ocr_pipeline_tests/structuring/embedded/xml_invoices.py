"""The same invoice in every syntax: 3 doors at 150.00 and delivery for 50.00, 19 % tax, 595.00 in all."""

PAGE = """
      Tischlerei Ulmer GmbH
      Sägeweg 3
      89073 Ulm
      USt-IdNr. DE136695976

      Kundin Meier                              Rechnung Nr. R-2024-77
                                                Datum 05.06.2024
                                                Zahlbar bis 05.07.2024

      Bezeichnung            Menge    Einzelpreis      Betrag
      Zimmertür Eiche            3         150,00      450,00
      Anlieferung                1          50,00       50,00

                             Nettobetrag               500,00
                             MwSt. 19%                  95,00
                             Gesamtbetrag          595,00 EUR

      IBAN DE02 1203 0000 0000 2020 51
"""
"""As `typed` takes it."""

VALUES = {
    "vendor_name": "Tischlerei Ulmer GmbH",
    "vendor_address": "Sägeweg 3, Hinterhaus, 89073 Ulm",
    "vendor_tax_id": "DE136695976",
    "invoice_number": "R-2024-77",
    "type_code": "380",
    "document_date": "2024-06-05",
    "due_date": "2024-07-05",
    "iban": "DE02120300000000202051",
    "currency": "EUR",
    "subtotal": "500.00",
    "tax": "95.00",
    "total": "595.00",
}
ITEMS = [("Zimmertür Eiche", "3", "150.00", "450.00"), ("Anlieferung", "1", "50.00", "50.00")]


def cii(
    *,
    total: str = "595.00",
    day: str = "20240605",
    number: str = "R-2024-77",
    seller: str = "Tischlerei Ulmer GmbH",
    iban: str = "DE02120300000000202051",
    in_lines: str = "",
    in_settlement: str = "",
) -> str:
    """Factur-X, ZUGFeRD 2 or XRechnung."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><!-- a comment -->
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
 <rsm:ExchangedDocument>
  <ram:ID> {number}
  </ram:ID>
  <ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  {cii_line("Zimmertür Eiche", "3.0000", "150.0000", "450.00")}
  {cii_line("Anlieferung", "1", "50", "50")}
  {in_lines}
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty>
    <ram:Name>{seller}</ram:Name>
    <ram:PostalTradeAddress>
     <ram:PostcodeCode>89073</ram:PostcodeCode><ram:LineOne>Sägeweg 3</ram:LineOne><ram:LineTwo>Hinterhaus</ram:LineTwo>
     <ram:CityName>Ulm</ram:CityName><ram:CountryID>DE</ram:CountryID>
    </ram:PostalTradeAddress>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">201/113/40209</ram:ID></ram:SpecifiedTaxRegistration>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>Kundin Meier</ram:Name></ram:BuyerTradeParty>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans>
    <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   {in_settlement}
   <ram:SpecifiedTradePaymentTerms>
    <ram:DueDateDateTime><udt:DateTimeString format="102">20240705</udt:DateTimeString></ram:DueDateDateTime>
   </ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>500.00</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>500.00</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="CHF">91.20</ram:TaxTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">95.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>
    <ram:DuePayableAmount>{total}</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""


def cii_line(name: str, quantity: str, price: str, amount: str, *, status: str = "", base: str = "1") -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument>
    <ram:LineID>1</ram:LineID><ram:LineStatusReasonCode>{status}</ram:LineStatusReasonCode>
   </ram:AssociatedDocumentLineDocument>
   <ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeAgreement>
    <ram:NetPriceProductTradePrice>
     <ram:ChargeAmount>{price}</ram:ChargeAmount><ram:BasisQuantity unitCode="C62">{base}</ram:BasisQuantity>
    </ram:NetPriceProductTradePrice>
   </ram:SpecifiedLineTradeAgreement>
   <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity>{quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
   <ram:SpecifiedLineTradeSettlement>
    <ram:SpecifiedTradeSettlementLineMonetarySummation>
     <ram:LineTotalAmount>{amount}</ram:LineTotalAmount>
    </ram:SpecifiedTradeSettlementLineMonetarySummation>
   </ram:SpecifiedLineTradeSettlement>
  </ram:IncludedSupplyChainTradeLineItem>"""


def zugferd_1() -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15">
 <rsm:HeaderExchangedDocument>
  <ram:ID>R-2024-77</ram:ID>
  <ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">20240605</udt:DateTimeString></ram:IssueDateTime>
 </rsm:HeaderExchangedDocument>
 <rsm:SpecifiedSupplyChainTradeTransaction>
  <ram:ApplicableSupplyChainTradeAgreement>
   <ram:SellerTradeParty>
    <ram:Name>Tischlerei Ulmer GmbH</ram:Name>
    <ram:PostalTradeAddress>
     <ram:PostcodeCode>89073</ram:PostcodeCode><ram:LineOne>Sägeweg 3</ram:LineOne><ram:LineTwo>Hinterhaus</ram:LineTwo>
     <ram:CityName>Ulm</ram:CityName>
    </ram:PostalTradeAddress>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
  </ram:ApplicableSupplyChainTradeAgreement>
  <ram:ApplicableSupplyChainTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans>
    <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>DE02120300000000202051</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:SpecifiedTradePaymentTerms>
    <ram:DueDateDateTime><udt:DateTimeString format="102">20240705</udt:DateTimeString></ram:DueDateDateTime>
   </ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementMonetarySummation>
    <ram:LineTotalAmount currencyID="EUR">500.00</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount currencyID="EUR">500.00</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">95.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount currencyID="EUR">595.00</ram:GrandTotalAmount>
   </ram:SpecifiedTradeSettlementMonetarySummation>
  </ram:ApplicableSupplyChainTradeSettlement>
  <ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument>
    <ram:IncludedNote><ram:Content>A note, and nothing sold.</ram:Content></ram:IncludedNote>
   </ram:AssociatedDocumentLineDocument>
  </ram:IncludedSupplyChainTradeLineItem>
  {_zugferd_line("Zimmertür Eiche", "3.0000", "150.0000", "450.00")}
  {_zugferd_line("Anlieferung", "1.0000", "50.0000", "50.00")}
 </rsm:SpecifiedSupplyChainTradeTransaction>
</rsm:CrossIndustryDocument>"""


def _zugferd_line(name: str, quantity: str, price: str, amount: str) -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
   <ram:SpecifiedSupplyChainTradeAgreement>
    <ram:GrossPriceProductTradePrice><ram:ChargeAmount>999.00</ram:ChargeAmount></ram:GrossPriceProductTradePrice>
    <ram:NetPriceProductTradePrice><ram:ChargeAmount>{price}</ram:ChargeAmount></ram:NetPriceProductTradePrice>
   </ram:SpecifiedSupplyChainTradeAgreement>
   <ram:SpecifiedSupplyChainTradeDelivery><ram:BilledQuantity>{quantity}</ram:BilledQuantity></ram:SpecifiedSupplyChainTradeDelivery>
   <ram:SpecifiedSupplyChainTradeSettlement>
    <ram:SpecifiedTradeSettlementMonetarySummation>
     <ram:LineTotalAmount>{amount}</ram:LineTotalAmount>
    </ram:SpecifiedTradeSettlementMonetarySummation>
   </ram:SpecifiedSupplyChainTradeSettlement>
   <ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
  </ram:IncludedSupplyChainTradeLineItem>"""


def ubl(root: str = "Invoice", quantity: str = "InvoicedQuantity") -> str:
    """An XRechnung; with ``CreditNote`` and ``CreditedQuantity`` it takes the money back."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>R-2024-77</cbc:ID>
 <cbc:IssueDate>2024-06-05</cbc:IssueDate>
 <cbc:DueDate>2024-07-05</cbc:DueDate>
 <cbc:{root}TypeCode>380</cbc:{root}TypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty>
  <cac:Party>
   <cac:PostalAddress>
    <cbc:StreetName>Sägeweg 3</cbc:StreetName><cbc:AdditionalStreetName>Hinterhaus</cbc:AdditionalStreetName>
    <cbc:CityName>Ulm</cbc:CityName><cbc:PostalZone>89073</cbc:PostalZone>
   </cac:PostalAddress>
   <cac:PartyTaxScheme>
    <cbc:CompanyID>DE136695976</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
   </cac:PartyTaxScheme>
   <cac:PartyLegalEntity><cbc:RegistrationName>Tischlerei Ulmer GmbH</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party>
 </cac:AccountingSupplierParty>
 <cac:PaymentMeans>
  <cac:PayeeFinancialAccount><cbc:ID>DE02120300000000202051</cbc:ID></cac:PayeeFinancialAccount>
 </cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">95.00</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal>
  <cbc:LineExtensionAmount currencyID="EUR">500.00</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">500.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">595.00</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">595.00</cbc:PayableAmount>
 </cac:LegalMonetaryTotal>
 {_ubl_line(root, quantity, name="Zimmertür Eiche", quantity="3", price="150.00", amount="450.00")}
 {_ubl_line(root, quantity, name="Anlieferung", quantity="1", price="50.00", amount="50.00")}
</{root}>"""


def _ubl_line(root: str, element: str, *, name: str, quantity: str, price: str, amount: str) -> str:
    return f"""<cac:{root}Line>
  <cbc:{element} unitCode="C62">{quantity}</cbc:{element}>
  <cbc:LineExtensionAmount currencyID="EUR">{amount}</cbc:LineExtensionAmount>
  <cac:Item><cbc:Description>Beschreibung</cbc:Description><cbc:Name>{name}</cbc:Name></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price>
 </cac:{root}Line>"""
