"""Records to validated tables: sums reconciled, a verdict for each document."""
