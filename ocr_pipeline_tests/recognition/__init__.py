"""Tests of ocr_pipeline.recognition."""
