"""Kinds of documents as data: which fields they have, what must hold for them, and what a language model is told."""
