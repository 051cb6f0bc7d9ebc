"""Labelled documents to accuracy and speed."""
