"""Records from the machine-readable invoice that a PDF carries, checked against what its pages show."""

VERSION = "1"
"""Changes whenever records of documents with an embedded invoice may come out differently."""
