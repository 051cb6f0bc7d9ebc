"""Page to words with boxes and confidence: engines behind one interface."""
