"""Tests of ocr_pipeline.samples."""
