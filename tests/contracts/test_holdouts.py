"""What every `ports.HoldoutUses` does."""

from __future__ import annotations

import pytest

from infra.domain.errors import Conflict
from infra.ports import Ports
from tests.contracts.building import after, holdout_use


def test_a_use_comes_back_whole_and_what_was_not_measured_stays_unknown(ports: Ports) -> None:
    golden = holdout_use("g", kind="golden", first_seq=0, last_seq=0, alpha=None, p_value=None)
    ports.holdout_uses.add(holdout_use("u"))
    ports.holdout_uses.add(golden)
    assert ports.holdout_uses.page("grid", 9) == [golden, holdout_use("u")]


def test_uses_are_of_one_model_and_paged_newest_first(ports: Ports) -> None:
    for n, hour in enumerate([1, 3, 2, 3]):
        ports.holdout_uses.add(holdout_use(f"u{n}", at=after(hour)))
    ports.holdout_uses.add(holdout_use("other", model="another"))
    assert [use.id for use in ports.holdout_uses.page("grid", 3)] == ["u3", "u1", "u2"]
    assert [use.id for use in ports.holdout_uses.page("grid", 3, 3)] == ["u0"]


def test_a_use_is_kept_once_and_never_changed(ports: Ports) -> None:
    ports.holdout_uses.add(holdout_use("u"))
    ports.holdout_uses.add(holdout_use("u"))
    with pytest.raises(Conflict, match="'u'"):
        ports.holdout_uses.add(holdout_use("u", outcome="promote"))
    assert ports.holdout_uses.page("grid", 9) == [holdout_use("u")]
