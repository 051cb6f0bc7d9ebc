"""Candidates for each field, and models learned from labelled documents that choose among them."""
