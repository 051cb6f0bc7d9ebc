"""Tests of ocr_pipeline.imaging."""
