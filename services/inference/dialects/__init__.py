"""Ways to ask: each dialect is a pair of pure functions, from a body to a question and from an outcome to a body."""
