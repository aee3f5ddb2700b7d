"""What work costs as it grows: models, predictions, features."""
