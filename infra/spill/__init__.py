"""Predictions that wait on disk while the database is away: kept durably, replayed once and in order."""
