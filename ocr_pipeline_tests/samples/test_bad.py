from pathlib import Path

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.samples.bad import bad_files


def test_the_same_seed_makes_the_same_bad_files(tmp_path: Path) -> None:
    first, second = bad_files(tmp_path / "a", 3), bad_files(tmp_path / "b", 3)
    assert [bad.path.read_bytes() for bad in first] == [bad.path.read_bytes() for bad in second]


def test_bad_files_cover_whatever_can_be_wrong_with_a_file(tmp_path: Path) -> None:
    assert {bad.code for bad in bad_files(tmp_path)} == {
        ErrorCode.EMPTY_FILE, ErrorCode.TRUNCATED_FILE, ErrorCode.TYPE_MISMATCH, ErrorCode.UNSUPPORTED_TYPE,
        ErrorCode.ENCRYPTED_PDF, ErrorCode.TOO_MANY_PAGES, ErrorCode.TOO_MANY_PIXELS, ErrorCode.DECOMPRESSION_BOMB,
        ErrorCode.CORRUPT_FILE, ErrorCode.POLYGLOT_FILE, ErrorCode.ACTIVE_PDF,
    }  # fmt: skip


def test_bad_files_are_small_enough_to_keep_around(tmp_path: Path) -> None:
    assert sum(bad.path.stat().st_size for bad in bad_files(tmp_path)) < 3_000_000
