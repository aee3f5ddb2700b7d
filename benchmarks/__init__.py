"""Benchmarks against peers, as ratios within one run. None yet: the issues that ask for figures bring them."""
