"""Engines that ask a language model: bound to a schema, grounded in the document's words, beside the CPU engine."""
