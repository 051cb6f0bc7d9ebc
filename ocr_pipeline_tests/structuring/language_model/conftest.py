from ocr_pipeline_tests.structuring.language_model.tiny import tiny_model

__all__ = ["tiny_model"]
