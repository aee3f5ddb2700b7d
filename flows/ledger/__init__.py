"""What flows spend, written down, and held against budgets."""
