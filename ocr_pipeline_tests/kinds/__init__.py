"""Tests of ocr_pipeline.kinds."""
