"""What must hold of a batch, and what is looked into when it does not."""
