"""Which labelled rows a training uses, and how they travel."""
