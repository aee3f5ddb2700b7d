"""A user's own labelled history: read from wherever it lies, checked, and put in order of event time."""
