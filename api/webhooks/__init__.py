"""Telling others that a document or batch is final."""
