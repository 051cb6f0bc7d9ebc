"""Tests of ocr_pipeline.structuring.embedded."""
