import numpy as np

from ocr_pipeline.structuring.ranking.line_roles import BUCKETS, LineModel, Roles, RolesOfRows, pieces
from ocr_pipeline.structuring.ranking.models import load_models
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed_rows


def test_lines_play_the_roles_that_they_look_like() -> None:
    rows = typed_rows(RECEIPT)
    roles = RolesOfRows(rows, load_models().lines)
    assert max(rows, key=lambda row: roles.of(row).vendor).text == "SUNNY CORNER TRADING SDN BHD"
    assert max(rows, key=lambda row: roles.of(row).total).text.startswith("TOTAL")
    assert "05/04/2018" in max(rows, key=lambda row: roles.of(row).date).text
    assert roles.of_text("TAMAN MAWAR, 43210 KAJANG,").address > roles.of_text("THANK YOU, PLEASE COME AGAIN").address


def test_digits_are_all_alike() -> None:
    one, other, longer = pieces(["Total 12.50", "TOTAL 98.76", "TOTAL 298.76"]).toarray()
    assert one.shape == (BUCKETS,)
    assert np.array_equal(one, other)
    assert not np.array_equal(one, longer)


def test_what_is_no_row_plays_no_role() -> None:
    roles = RolesOfRows(typed_rows("Total 5.00"), load_models().lines)
    assert roles.of(None) == roles.of_text("something else") == Roles(0, 0, 0, 0, 0)
    assert load_models().lines.roles([]) == []


def test_the_biases_alone_say_how_common_a_role_is() -> None:
    biases = np.array([0, 1, -1, 20, -20], np.float32)
    (found,) = LineModel(np.zeros((BUCKETS, 5), np.float32), biases).roles(["x"])
    assert found.vendor == 0.5
    assert found.address > 0.5 > found.date
    assert (round(found.total, 3), round(found.number, 3)) == (1, 0)
