"""Documents: the nouns of the pipeline, and the way in."""
