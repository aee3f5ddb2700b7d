"""When to retrain: policies on streams, against the oracle and fixed paces."""
