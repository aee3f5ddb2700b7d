"""What a retraining corrected: the mistakes of the model before, whose blame they were, and what pushed them right.

Pure: torch and numpy over rows, two models and the path between their weights. `ledger` puts the parts together. It
knows no database, tracker or price.
"""
