"""Values and the words that give them: nothing is in a record that the document does not say."""
