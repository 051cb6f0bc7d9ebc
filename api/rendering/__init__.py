"""Documents as files and pictures, made in processes beside the one that answers requests."""
