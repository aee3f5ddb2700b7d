"""Writes `docs/reference/` from the code: `python -m tests.reference`. `tests/test_docs.py` holds the two in step."""
