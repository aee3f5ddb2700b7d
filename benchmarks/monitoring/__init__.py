"""Does monitoring find what changed, keep silent otherwise, and cost little? Simulated, seeded and counted."""
