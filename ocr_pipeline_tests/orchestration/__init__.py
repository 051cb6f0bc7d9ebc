"""Tests of the assets, sensors and Dagster parts, on real services."""
