"""Frozen records and the error tree: the words everything else is written in. Standard library alone."""
