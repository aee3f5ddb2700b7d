"""monitoring judges: pure functions from windows to verdicts. No database, server, clock or setting."""
