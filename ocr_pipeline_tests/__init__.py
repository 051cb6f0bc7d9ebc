"""Tests: the same rooms as the code, file for file."""
