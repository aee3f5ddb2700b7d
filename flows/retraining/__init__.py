"""One retraining from its trigger to its record."""
