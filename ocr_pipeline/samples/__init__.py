"""Sample documents with known truth, made from a seed."""
