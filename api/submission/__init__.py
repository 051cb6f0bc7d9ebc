"""The way of files into the pipeline."""
