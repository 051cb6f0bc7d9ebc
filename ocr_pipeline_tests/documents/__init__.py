"""Tests of ocr_pipeline.documents."""
