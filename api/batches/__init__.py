"""What is known of batches."""
