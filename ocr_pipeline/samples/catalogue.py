"""Invented companies, the goods they sell and the words they print, by country. None of them exists."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from stdnum.iso7064 import mod_11_10


@dataclass(frozen=True)
class Trade:
    """A kind of shop. `goods` are names with their usual price."""

    suffixes: tuple[str, ...]
    goods: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Labels:
    """What a document's parts are called."""

    invoice: str
    receipt: str
    number: str
    date: str
    bill_to: str
    description: str
    quantity: str
    price: str
    amount: str
    subtotal: str
    total: str
    page: str
    thanks: str


@dataclass(frozen=True)
class Country:
    """How documents look in one country. `dates` are patterns of d, m (padded), D (plain), M, B (names) and Y."""

    currency: str
    money: str
    decimal_mark: str
    dates: tuple[str, ...]
    tax_label: str
    tax_percent: Decimal
    names: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    phones: str
    tax_id: str
    tax_check: Callable[[str], str]
    """What proves the digits of a tax id, and is printed behind them."""
    trades: tuple[Trade, ...]
    buyers: tuple[str, ...]
    labels: Labels


def _no_check(_: str) -> str:
    return ""


def _british_check(digits: str) -> str:
    """Two digits, so that the weighted sum of all can be divided by 97."""
    weighted = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), digits, strict=True))
    return f"{-weighted % 97:02d}"


_ENGLISH = Labels(
    invoice="INVOICE", receipt="RECEIPT", number="Invoice No.", date="Date", bill_to="Bill to",
    description="Description", quantity="Qty", price="Unit price", amount="Amount", subtotal="Subtotal",
    total="TOTAL", page="Page {} of {}", thanks="Thank you for your business",
)  # fmt: skip
_GERMAN = Labels(
    invoice="RECHNUNG", receipt="QUITTUNG", number="Rechnungs-Nr.", date="Datum", bill_to="Rechnung an",
    description="Bezeichnung", quantity="Menge", price="Einzelpreis", amount="Betrag", subtotal="Nettobetrag",
    total="Gesamtbetrag", page="Seite {} von {}", thanks="Vielen Dank für Ihren Auftrag",
)  # fmt: skip
_MALAYSIAN = Labels(
    invoice="TAX INVOICE", receipt="TAX INVOICE", number="Invoice No", date="Date", bill_to="Sold to",
    description="Description", quantity="Qty", price="U.Price", amount="Amount", subtotal="Sub Total",
    total="TOTAL", page="Page {} of {}", thanks="Thank You. Please Come Again",
)  # fmt: skip

_CAFE = (
    ("Flat white", "3.80"), ("Cappuccino", "3.90"), ("Orange juice", "4.20"), ("Avocado toast", "9.50"),
    ("Blueberry muffin", "3.40"), ("Soup of the day", "6.90"), ("Chicken sandwich", "8.25"), ("Iced tea", "3.10"),
    ("Cheese omelette", "8.75"), ("Carrot cake", "4.60"),
)  # fmt: skip
_HARDWARE = (
    ("Wood screws 4x40 box", "6.49"), ("Claw hammer 16 oz", "18.95"), ("Paint roller set", "12.30"),
    ("LED bulb 9W", "4.75"), ("Duct tape silver", "7.20"), ("Extension cord 5 m", "16.80"), ("Sandpaper P120", "2.95"),
    ("Work gloves size L", "8.40"), ("Brass hinge pair", "5.65"), ("Masking film 20 m", "9.10"),
)  # fmt: skip
_OFFICE = (
    ("Copy paper A4 500 sheets", "5.80"), ("Desk organiser black", "14.50"), ("Ballpoint pens pack of 12", "7.95"),
    ("Toner cartridge 2600", "64.90"), ("Lever arch file", "3.15"), ("Office chair Norden", "189.00"),
    ("Whiteboard 90 x 60", "46.25"), ("Sticky notes yellow", "2.60"), ("Shredder S-8", "79.90"),
    ("Delivery and setup", "35.00"), ("Monitor arm single", "58.40"), ("USB-C dock", "132.00"),
)  # fmt: skip
_KOPITIAM = (
    ("Nasi Lemak Ayam", "9.90"), ("Teh Tarik", "2.80"), ("Kopi O Panas", "2.20"), ("Roti Canai", "1.80"),
    ("Mee Goreng Mamak", "8.50"), ("Char Kuey Teow", "9.00"), ("Sirap Limau", "3.20"), ("Kaya Toast Set", "6.40"),
    ("Laksa Special", "11.50"), ("Cendol", "5.00"),
)  # fmt: skip
_BAECKEREI = (
    ("Milchkaffee", "3,60"), ("Laugenbrezel", "1,20"), ("Apfelstrudel", "4,50"), ("Käsebrötchen", "3,40"),
    ("Mineralwasser 0,5 l", "2,80"), ("Tagessuppe", "5,90"), ("Nussecke", "2,60"), ("Roggenbrot 750 g", "4,20"),
)  # fmt: skip
_BUEROBEDARF = (
    ("Kopierpapier A4 500 Blatt", "5,49"), ("Aktenordner breit", "2,95"), ("Tonerkartusche schwarz", "68,90"),
    ("Schreibtischlampe LED", "39,90"), ("Bürostuhl Komfort", "219,00"), ("Haftnotizen gelb", "2,40"),
    ("Versandkartons 25 Stück", "18,75"), ("Lieferung und Montage", "45,00"), ("Bildschirm 27 Zoll", "249,00"),
    ("Gelschreiber blau", "1,85"),
)  # fmt: skip

UNITED_STATES = Country(
    "USD", "${}", ".", ("m/d/Y", "B D, Y", "M D, Y"), "Sales Tax", Decimal("8.25"),
    ("Maple Ridge", "Copper Canyon", "Lakeshore", "Silver Birch", "Juniper & Vance", "Harlow"),
    ("1420 Maple Avenue", "88 Orchard Street", "3007 Harbor Boulevard", "512 Cedar Lane", "19 Mill Road"),
    ("Dayton, OH 45402", "Boise, ID 83702", "Savannah, GA 31401", "Duluth, MN 55802", "Eugene, OR 97401"),
    "({}55) 555-01{}", "EIN 47-3{}0{}81", _no_check,
    (
        Trade(("Coffee Roasters LLC", "Diner Inc."), _CAFE),
        Trade(("Hardware Inc.", "Tool Supply Co."), _HARDWARE),
        Trade(("Office Supply Inc.", "Business Products LLC"), _OFFICE),
    ),
    ("Prairie Wind Dental Group", "Castellan Law Offices", "Oakley Elementary School"), _ENGLISH,
)  # fmt: skip
UNITED_KINGDOM = Country(
    "GBP", "£{}", ".", ("d/m/Y", "D B Y", "D M Y"), "VAT", Decimal(20),
    ("Thornbury", "Ashcombe & Sons", "Wexley", "Pennine", "Larkfield", "Old Quay"),
    ("14 Station Road", "7 Market Place", "221 Castle Street", "36 Victoria Parade", "5 Weavers Yard"),
    ("Leeds LS1 4AP", "Bristol BS1 5TR", "Norwich NR2 1AA", "York YO1 7HH", "Exeter EX1 1GE"),
    "0{}632 960{}", "VAT Reg No GB {}84 2{}7 ", _british_check,
    (
        Trade(("Tea Rooms Ltd", "Café Ltd"), _CAFE),
        Trade(("Ironmongers Ltd", "Builders Merchants Ltd"), _HARDWARE),
        Trade(("Office Furniture Ltd", "Stationers Ltd"), _OFFICE),
    ),
    ("Hartwell Primary School", "Dunmore Estate Agents", "Fenwick Veterinary Practice"), _ENGLISH,
)  # fmt: skip
GERMANY = Country(
    "EUR", "{} €", ",", ("d.m.Y",), "MwSt.", Decimal(19),
    ("Tannhof", "Brückner", "Lindenthal", "Nordlicht", "Mühlbach", "Kranich"),
    ("Lindenstraße 12", "Am Mühlgraben 5", "Hauptstraße 88", "Königsallee 31", "Gartenweg 7a"),
    ("04109 Leipzig", "80331 München", "50667 Köln", "28195 Bremen", "99084 Erfurt"),
    "0{}41 / 555 0{}", "USt-IdNr. DE 81{}2{}53", mod_11_10.calc_check_digit,
    (
        Trade(("Bäckerei GmbH", "Kaffeehaus GmbH"), _BAECKEREI),
        Trade(("Bürobedarf GmbH", "Bürotechnik GmbH & Co. KG"), _BUEROBEDARF),
        Trade(("Systemhaus GmbH", "Einrichtungen GmbH"), _BUEROBEDARF),
    ),
    ("Praxis Dr. Weidner", "Stadtwerke Auental", "Kanzlei Hoffmann und Partner"), _GERMAN,
)  # fmt: skip
MALAYSIA = Country(
    "MYR", "RM {}", ".", ("d/m/Y", "d-M-Y", "d-m-Y"), "SST", Decimal(6),
    ("SINARAN MAJU", "KEDAI SERI MELATI", "WAWASAN JAYA", "BINTANG EMAS", "HONG LEE", "PERMATA INDAH"),
    ("NO. 12, JALAN SS 15/4", "LOT 3-1, JALAN BUKIT BINTANG", "23A, JALAN TAMAN DESA", "NO. 8, LORONG MELUR 2"),
    ("47500 SUBANG JAYA, SELANGOR", "55100 KUALA LUMPUR", "81100 JOHOR BAHRU, JOHOR", "10250 PULAU PINANG"),
    "03-5{}31 20{}", "SST ID: B16-1{}08-310{}", _no_check,
    (
        Trade(("RESTORAN SDN BHD", "KOPITIAM SDN BHD"), _KOPITIAM),
        Trade(("HARDWARE SDN BHD", "TRADING SDN BHD"), _HARDWARE),
        Trade(("STATIONERY SDN BHD", "ENTERPRISE"), _OFFICE),
    ),
    ("Syarikat Perdana Motors", "Klinik Harmoni", "Tadika Cahaya"), _MALAYSIAN,
)  # fmt: skip
