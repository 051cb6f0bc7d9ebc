"""What happens when something dies: nothing is lost, nothing is doubled."""
