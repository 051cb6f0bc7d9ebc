"""What is known of single documents."""
