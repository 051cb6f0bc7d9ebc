"""For whoever runs an installation: what becomes of one document, and how all of it is."""
