"""Records by key, in order of first arrival, safe with several threads. Knows nothing of what it keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

from infra.stores.records import kept

R = TypeVar("R")


class Shelf(Generic[R]):
    """Each record is kept as a database would give it back, so that a caller's later changes do not reach it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._records: dict[Hashable, R] = {}

    def put(self, key: Hashable, record: R) -> None:
        """Insert or replace; a replaced record keeps its place."""
        copy = kept(record)
        with self.lock:
            self._records[key] = copy

    def put_new(self, key: Hashable, record: R) -> R:
        """Insert where the key is new; return what stands."""
        copy = kept(record)
        with self.lock:
            return self._records.setdefault(key, copy)

    def remove(self, key: Hashable) -> None:
        """Nothing stands under the key afterwards."""
        with self.lock:
            self._records.pop(key, None)

    def get(self, key: Hashable) -> R | None:
        with self.lock:
            return self._records.get(key)

    def all(self, keep: Callable[[R], bool] = lambda _record: True) -> list[R]:
        """In order of arrival."""
        with self.lock:
            return [record for record in self._records.values() if keep(record)]

    def oldest_first(self, moment: Callable[[R], datetime], keep: Callable[[R], bool]) -> list[R]:
        """By moment, then arrival."""
        return sorted(self.all(keep), key=moment)

    def newest_first(self, moment: Callable[[R], datetime], keep: Callable[[R], bool]) -> list[R]:
        """By moment, then arrival, both backwards."""
        return self.oldest_first(moment, keep)[::-1]
