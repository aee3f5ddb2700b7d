"""How decisions hold: what is let through, what is taken back, and what a kill leaves behind."""
