"""What the project costs and how it compares; each module with a `main` is a program: `python -m benchmarks.NAME`."""
