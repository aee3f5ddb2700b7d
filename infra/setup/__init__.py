"""What `make` runs: the environment, and the checks before a merge. Standard library alone."""
