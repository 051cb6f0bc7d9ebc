"""What stops a training that its user can set right."""


class TrainingError(Exception):
    """The message says what is wrong and what to do."""
