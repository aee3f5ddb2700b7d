"""How decisions hold: what is let through, what is taken back, and what a kill leaves behind.

By the functions that decide in service. What a kill leaves behind is a program of its own:
`python -m benchmarks.decisions.killed_promotions`.
"""
