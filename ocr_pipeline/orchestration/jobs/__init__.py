"""What can be launched: the way of a batch through the stages, and what a person asks for from the launchpad."""
