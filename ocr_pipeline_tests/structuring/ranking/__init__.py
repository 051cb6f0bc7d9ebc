"""Tests of ocr_pipeline.structuring."""
