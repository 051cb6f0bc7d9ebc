"""Signs of money that several currencies have in common."""

SHARED_SIGNS = {
    "$": frozenset({"USD", "AUD", "BND", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD"}),
    "£": frozenset({"GBP", "EGP", "LBP", "SYP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "RS": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
    "KR": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
"""Sign in upper case to the ISO 4217 codes that it may stand for."""
