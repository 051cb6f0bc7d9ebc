"""Page image to normalized page image, and the way back to original pixels."""
