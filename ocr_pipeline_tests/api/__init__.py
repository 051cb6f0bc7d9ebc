"""The REST service, over HTTP, on real services; only Dagster is a stand-in."""
