"""A labelled history sent through the real loop as production traffic, in event time, and scored prequentially."""
