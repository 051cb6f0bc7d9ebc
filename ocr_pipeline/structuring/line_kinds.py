"""What a line of a letterhead is: part of an address, a telephone or registration number, a heading, a company."""

import re

from ocr_pipeline.structuring.labels import squash

LEGAL_FORM = re.compile(
    r"(?<!\w)(?:S[DOI0]N\.?\s*[.,]?\s*[BD]H[DO]|BHD|S/B|GMBH|MBH|AG|KGAA|KG|OHG|GBR|UG|E\.\s?K|E\.\s?V|A\.\s?G"
    r"|LTD|LIMITED|INC|LLC|LLP|PLC|CORP(?:ORATION)?|PTE|PTY|PVT|B\.\s?V|N\.\s?V|S\.?A\.?S|S\.?A\.?R\.?L|S\.A|S\.R\.L)(?!\w)"
    r"|SDN\.?\s?BHD|(?<!\w)CO\.",
    re.IGNORECASE,
)
TRADE_WORD = re.compile(
    r"(?<!\w)(?:ENTERPRISES?|TRADING|RESTORAN|RESTAURANT|HARDWARE|STORES?|MART|SUPERMARKET|MARKET|SHOP|CAFE|KOPITIAM"
    r"|BAKERY|CONFECTIONERY|PHARMACY|FARMASI|CENTRE|CENTER|HOTEL|BOOKS?TORES?|STATIONERY|KEDAI|PERNIAGAAN|SYARIKAT|BISTRO"
    r"|CLINIC|KLINIK|SERVICES?|INDUSTR(?:Y|IES)|GROUP|HOLDINGS?|BROTHERS|BROS|COMPANY|RETAIL|FOODS?|HOUSE|ELECTRICAL"
    r"|BANK|UNIVERSITY|HOSPITAL|SOCIETY|ASSOCIATION|COLLEGE|OFFICE|DEPARTMENT|VEREIN|VERLAG|HANDEL|BETRIEBE?"
    r"|WERKE?|PETROL|GROCER|DECO|GIFTS?|FLORIST|MACHINERY|MOTORS?|AUTO|OPTICAL|PRINT(?:ING)?|KITCHEN|GRILL|SONS)(?!\w)"
    r"|UNTERNEHMEN|VERMIETUNG|VERSICHERUNG",
    re.IGNORECASE,
)
_ADDRESS_START = re.compile(
    r"^\W*(?:NO\.?\s*:?\s*\d|NO\.\s?[A-Z\d]|NO:|LOT|UNIT|LEVEL|BLOCK|BLK|SUITE|FLOOR|GROUND|GRD|\d+(?:ST|ND|RD|TH)\s+FLOOR"
    r"|PT\.?\s?\d|JALAN|JLN|J[1I]N|LORONG|LRG|TAMAN|TMN|KAMPUNG|KG|BATU|PERSIARAN|LEBUH|BANDAR|BDR|SEKSYEN|SECTION|WISMA"
    r"|MENARA|PLAZA|PUSAT|P\.?\s?O\.?\s?BOX|POSTFACH|[A-Z]?\d+[A-Z]?\s*[,&-]?\s|\d+[A-Z]?,|[A-Z]{1,2}\d*-[A-Z]?\d*-?\d+)",
    re.IGNORECASE,
)
_ADDRESS_WORD = re.compile(
    r"(?<!\w)(?:JALAN|JLN|LORONG|TAMAN|TMN|KAMPUNG|PERSIARAN|LEBUHRAYA|LEBUH|BANDAR|SEKSYEN|SECTION|MUKIM|SELANGOR|JOHOR"
    r"|KUALA LUMPUR|PENANG|PULAU PINANG|PERAK|PAHANG|MELAKA|SABAH|SARAWAK|KEDAH|KELANTAN|TERENGGANU|NEGERI SEMBILAN"
    r"|MALAYSIA|SINGAPORE|DEUTSCHLAND|GERMANY|UNITED STATES|USA|FRANCE|NEDERLAND|STREET|ST\.|AVENUE|AVE|ROAD|RD|DRIVE"
    r"|LANE|BOULEVARD|BLVD|HIGHWAY|RUE|CHEMIN|ALLEE|PLATZ|RING|WEG|FLOOR|BUILDING|MALL|PLAZA|KL|PJ|SUBANG|DARUL"
    r"|INDUSTRIAL|PERINDUSTRIAN|PERUSAHAAN|STATE|P\.?O\.? BOX)(?!\w)"
    r"|\w+(?:STRASSE|STRAßE|STR\.|WEG|PLATZ|ALLEE|GASSE|STRAAT)(?!\w)",
    re.IGNORECASE,
)
POSTCODE = re.compile(
    r"(?<![\d/.-])\d{4}[\dOD](?![\d/])|(?<!\w)\d{4}\s?[A-Z]{2}(?!\w)|(?<!\w)[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}(?!\w)"
)
CONTACT = re.compile(
    r"(?<![A-Za-z])(?:T[EI][L1I]|PHONE|TELEFON|TELEPHONE|FON|H/?P|FAX|MOBILE|HOTLINE|CUSTOMER\s?(?:SERVICE|CARE)|E-?MAIL"
    r"|WEB(?:SITE)?|GST\w*|GS7|SST|VAT|UST|USt-?Id|CO(?:MPANY)?\.?\s?(?:REG|NO)|REG(?:ISTRATION|N)?\.?\s*(?:NO|#)|ROC|BRN"
    r"|TIN|IBAN|BIC|GLN|STEUERN\w*|HRB|KVK|SIRET|SIREN|RCS|BTW|TVA)(?![A-Za-z])|@\w+\.|WWW\.|HTTPS?:|\.COM(?!\w)"
    r"|\(?\+?\d{2,4}\)?[-\s]\d{3,4}[-\s]?\d{3,4}(?!\d)",
    re.IGNORECASE,
)
REGISTRATION = re.compile(
    r"[\s,]*[(<{\[]?\s*(?:CO(?:MPANY)?\.?\s*(?:REG\.?)?\s*(?:NO)?\.?\s*:?|ROC\s*:?|REG\.?\s*(?:NO)?\.?\s*:?|NO\.?\s*:?)?\s*"
    r"(?:[A-Z]{0,3}\d{5,12}\s*-?\s*[A-Z]{0,2}|\d{5,7}\s?-\s?\w|(?<=\()[A-Z]?\d{3,}-?\w)\s*[)>}\]]?\s*(?:\([A-Z0-9]{2,4}\))?[\s,.]*$",
    re.IGNORECASE,
)
"""A company's number at the end of a line, such as ``(872981-V)``, with what is printed around it."""
_HEADING = re.compile(
    r"^\W*(?:SIMPLIFIED|TAX\s*INV|INVOICE|RECEIPT|RESIT|CASH\s*SALE|CASH\s*BILL|RECHNUNG|GUTSCHRIFT|FACTUUR|FACTURE|STATEMENT"
    r"|QUOTATION|DELIVERY|PAYMENT|RE-?PRINT|ORIGINAL|DUPLICATE|WELCOME|THANK|CASHIER|COUNTER|TERMINAL|CUSTOMER|OUTLET"
    r"|DESCRIPTION|SUB\s?TOTAL|TAKE\s?AWAY|EAT\s?IN|DINE\s?IN|PLEASE|LIEFERSCHEIN|POSITION|WÄHRUNG|SALESPERSON|POSTED|MACHINE"
    r"|(?:BILL|TABLE|DATE|TIME|POS|SERVER|MEMBER|BRANCH|INV|DOC|QTY|ITEMS?|PAGE|SEITE|TOTAL|CLOSED|SOLD|GOODS|VISIT|AVOIR"
    r"|ORDER|COPY|MENGE|KASSE|BON|STAFF|TAX|CASH|MODEL|SLIP|SHIFT|OPENING|OWNED|PAX|OP|REG|CARRY\s+OUT)(?![A-Z&']))"
    r"|^\W*(?:CONTRACT|ORDERS|PROPERTY|STATION\s+ORDER)(?![A-Z])[^A-Z]*(?:/\s*\w+|REVISED)?\W*$"
    r"|(?<!\w)(?:TAX\s*INVOICE|INVOICES?|RECHNUNG|COPY|RECEIPT)\W*(?:/\s*\w+)?$",
    re.IGNORECASE,
)
_BUYER = re.compile(
    r"^(?:BILLTO|BILLEDTO|SHIPTO|SOLDTO|DELIVERTO|BILLING|SHIPPING|CUSTOMER|CLIENT|BUYER|KÄUFER|KUNDE$|RECHNUNGSEMPFÄNGER"
    r"|LEISTUNGSEMPFÄNGER|WARENEMPFÄNGER|ABWEICHENDER|LIEFERADRESSE|LIEFERANSCHRIFT|RECHNUNGSADRESSE|EMPFÄNGER|FACTUURADRES"
    r"|AFLEVERADRES|ADRESSEDE|ATTN|ADVERTISER|NAMEOFCUSTOMER|TO$)"
)
_SELLER = re.compile(
    r"^(?:VERKÄUFER|SELLER|VENDOR|SUPPLIER|SOLDBY|FROM|LIEFERANT|RECHNUNGSERSTELLER|RECHNUNGSSTELLER|ISSUEDBY|ABSENDER"
    r"|VENDEUR|REMITTO)$"
)


def address_score(text: str) -> float:
    """How much a line looks like part of a postal address: 0 not at all, 1 or more quite so."""
    score = 0.0
    if _ADDRESS_START.search(text):
        score += 0.6
    if _ADDRESS_WORD.search(text):
        score += 0.8
    if POSTCODE.search(text):
        score += 0.8
    if text.rstrip().endswith(","):
        score += 0.3
    return score


def is_contact(text: str) -> bool:
    """Whether a line gives a telephone, mail, tax or registration number."""
    return bool(CONTACT.search(text)) or bool(REGISTRATION.fullmatch(text))


def is_heading(text: str) -> bool:
    """Whether a line names the kind of document, a column or a detail of the sale."""
    return bool(_HEADING.search(text))


def names_buyer(text: str) -> bool:
    """Whether what follows is the customer's."""
    return bool(_BUYER.match(squash(text)))


def names_seller(text: str) -> bool:
    """Whether what follows is the vendor's."""
    return bool(_SELLER.match(squash(text)))
