"""Tests of ocr_pipeline.storage."""
