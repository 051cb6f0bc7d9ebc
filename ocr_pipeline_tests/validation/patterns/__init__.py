"""Tests of ocr_pipeline.validation.patterns."""
