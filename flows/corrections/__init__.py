"""What a training corrected, and the standing tests that come of it."""
