from __future__ import annotations

import pytest

from infra.sqlite import journal_mode, wal_is_safe

VERSIONS = [
    ("3.6.23", False, "has no WAL"),
    ("3.40.1", False, "Debian 12"),
    ("3.44.5", False, "before the fix of its branch"),
    ("3.44.6", True, "the fix of its branch"),
    ("3.45.0", False, "a branch without a fix"),
    ("3.50.6", False, "before the fix of its branch"),
    ("3.50.7", True, "the fix of its branch"),
    ("3.50.10", True, "two digits are a number, not text"),
    ("3.51", False, "no patch number is patch 0"),
    ("3.51.2", False, "the last release with the bug"),
    ("3.51.3", True, "the fix"),
    ("3.52.0", True, "after the fix"),
    ("4.0.0", True, "after the fix"),
]


@pytest.mark.parametrize(("version", "safe", "reason"), VERSIONS, ids=[f"{v}: {r}" for v, _, r in VERSIONS])
def test_wal_is_used_only_where_it_cannot_corrupt(version: str, safe: bool, reason: str) -> None:
    assert wal_is_safe(version) is safe
    assert journal_mode(version) == ("WAL" if safe else "TRUNCATE")
