"""Documents as rankers see them."""

from ocr_pipeline.structuring.ranking.facts import Facts
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.ranking.models import load_models
from ocr_pipeline_tests.structuring.typed import typed_rows


def facts_of(*pages: str) -> tuple[Facts, RolesOfRows]:
    rows = typed_rows(*pages)
    return Facts(rows), RolesOfRows(rows, load_models().lines)


RANKED_RECEIPT = """
            SUNNY'S
  GOLDEN CORNER FOODS SDN BHD
          (123456-X)
  12, JALAN MAWAR 3/4,
  43210 KAJANG, SELANGOR TEL: 03-1234 5678
  TAX INVOICE
  Date: 05/04/2018
  Tea                    2.00
  Rice                   3.00
  Total                  5.00
  Cash                  10.00
  Change                 5.00
"""
"""A brand above the legal name, an address in two lines and a telephone behind it."""
