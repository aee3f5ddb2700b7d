"""Whether to retrain is asked, with all that is known; an earlier version may come back instead."""
