"""What is done by the clock: the inbox reconciled, old things removed, statistics summed up."""
