"""Tests of ocr_pipeline.evaluation."""
