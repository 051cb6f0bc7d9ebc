"""What makes runs begin by itself: new files, and batches that are not finished."""
