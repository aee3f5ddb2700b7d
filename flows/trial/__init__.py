"""From candidate to champion: what it is judged on, its trial, its promotion, its probation."""
