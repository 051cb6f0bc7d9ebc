"""Makes the weights that the package carries; each module with a `main` is a program: `python -m training.NAME`."""
