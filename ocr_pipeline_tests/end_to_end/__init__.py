"""The whole stack, from the outside."""
