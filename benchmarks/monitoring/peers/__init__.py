"""Programs that run in a peer's own environment: they know nothing of keepsharp, and print one JSON object."""
