"""Faults that the real engines do not show on demand."""
