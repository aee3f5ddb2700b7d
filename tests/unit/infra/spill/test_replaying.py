from __future__ import annotations

from collections.abc import Sequence

import pytest

from infra.domain.errors import DataError, Unavailable
from infra.domain.predictions import Prediction
from infra.spill.replaying import replay
from tests.unit.infra.spill.building import Database, ids, some


def test_all_go_in_one_transaction_and_in_order() -> None:
    database = Database()
    replay(database, some("c", "a", "b"), lambda *_: pytest.fail("refused"))
    assert ids(database.stored()) == ["c", "a", "b"]
    assert database.calls == 1


@pytest.mark.parametrize("clashing", [["a"], ["d"], ["b", "c"], ["a", "b", "c", "d", "e"]])
def test_those_that_stand_with_other_features_are_refused_and_the_rest_stored_in_order(clashing: list[str]) -> None:
    database = Database()
    database.add(some(*clashing, features={"load": -1}))
    refused: list[tuple[str, str]] = []
    replay(database, some("a", "b", "c", "d", "e"), lambda one, why: refused.append((one.id, why)))
    assert [name for name, _ in refused] == clashing
    assert all("other features" in why for _, why in refused)
    assert ids(database.stored()) == clashing + [name for name in "abcde" if name not in clashing]


def test_what_the_database_cannot_hold_is_refused_too() -> None:
    database = Database()

    def refuse_b(given: Sequence[Prediction]) -> None:
        if "b" in ids(given):
            raise DataError("b is too long")

    database.before_add = refuse_b
    refused: list[str] = []
    replay(database, some("a", "b", "c"), lambda one, why: refused.append(f"{one.id}: {why}"))
    assert refused == ["b: b is too long"]
    assert ids(database.stored()) == ["a", "c"]


def test_a_database_that_is_away_refuses_nothing() -> None:
    database = Database()
    database.failure = Unavailable("gone")
    with pytest.raises(Unavailable):
        replay(database, some("a"), lambda *_: pytest.fail("refused"))
    replay(database, [], lambda *_: pytest.fail("refused"))
