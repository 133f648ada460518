"""The use cases. Each is given a Host and the Runs, and returns a frozen value."""
