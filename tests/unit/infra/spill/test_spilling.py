from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from infra.domain.errors import Conflict, DataError, StorageFull, Unavailable
from infra.domain.predictions import Prediction
from infra.spill import segment
from infra.spill.spilling import SpillingPredictions
from tests.unit.infra.spill.building import LONG_SECONDS, Database, Spill, everything, ids, opened, some

AWAY = Unavailable("the server is gone")


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def spill(database: Database, tmp_path: Path) -> Iterator[Spill]:
    made = Spill(database, tmp_path)
    made.start()
    yield made
    made.close()


def test_a_database_that_answers_gets_everything_and_nothing_is_written(
    database: Database, spill: Spill, tmp_path: Path
) -> None:
    assert ids(spill.add(some("a", "b"))) == ["a", "b"]
    assert ids(database.stored()) == ["a", "b"]
    assert list(tmp_path.iterdir()) == []
    assert spill.add([]) == []


def test_while_it_is_away_predictions_are_on_disk_and_afterwards_stored_once_in_order(
    database: Database, spill: Spill, tmp_path: Path
) -> None:
    spill.add(some("before"))
    database.failure = AWAY
    assert spill.add(some("c", "a")) == some("c", "a")
    assert spill.add(some("b")) == some("b")
    assert spill.rows == 3
    assert spill.bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    database.failure = None
    spill.wait_until_empty()
    assert ids(spill.add(some("after"))) == ["after"]
    assert ids(database.stored()) == ["before", "c", "a", "b", "after"]
    assert list(tmp_path.iterdir()) == []
    assert spill.bytes == 0


def test_no_request_pays_for_a_database_that_is_known_to_be_away(database: Database, tmp_path: Path) -> None:
    spill = SpillingPredictions(database, tmp_path, 1_000_000, probe_seconds=LONG_SECONDS)
    spill.start()
    database.failure = AWAY
    for n in range(20):
        spill.add(some(f"p{n}"))
    assert database.calls <= 2, "the first request's, and at most the thread's first try"
    spill.close()


def test_what_arrives_during_the_replay_waits_behind_it(database: Database, spill: Spill) -> None:
    database.failure = AWAY
    spill.add(some("a"))
    replaying, go_on = threading.Event(), threading.Event()

    def hold(_: Sequence[Prediction]) -> None:
        replaying.set()
        assert go_on.wait(LONG_SECONDS)

    database.before_add, database.failure = hold, None
    assert replaying.wait(LONG_SECONDS)
    assert ids(spill.add(some("b"))) == ["b"], "it waits neither for the replay nor goes past it"
    assert spill.rows == 2
    go_on.set()
    spill.wait_until_empty()
    assert ids(database.stored()) == ["a", "b"]


def test_an_id_that_waits_keeps_its_answer_and_its_features(database: Database, spill: Spill) -> None:
    database.failure = AWAY
    spill.add(some("a", value="UP"))
    assert spill.add(some("a", "b", value="DOWN")) == [*some("a", value="UP"), *some("b", value="DOWN")]
    assert spill.rows == 2
    with pytest.raises(Conflict, match="'a'"):
        spill.add([*some("c"), *some("a", features={"load": -1})])
    assert spill.rows == 2, "nothing of a request that conflicts is kept"
    assert spill.find("grid", ["a", "c"]) == {"a": some("a")[0]}


def test_one_id_twice_in_a_request_is_kept_once(database: Database, spill: Spill) -> None:
    database.failure = AWAY
    assert ids(spill.add(some("a", "a"))) == ["a", "a"]
    assert spill.rows == 1
    with pytest.raises(Conflict):
        spill.add([*some("b"), *some("b", features={"load": -1})])


def test_models_do_not_share_their_ids(database: Database, spill: Spill) -> None:
    database.failure = AWAY
    mixed = [*some("a"), *some("a", model="other", features={"x": 1}), *some("b")]
    assert spill.add(mixed) == mixed
    database.failure = None
    spill.wait_until_empty()
    assert ids(database.stored()) == ["a", "b"]
    assert database.last_seq("other") == 1


def test_while_the_replay_goes_on_the_database_is_asked_what_stands(database: Database, spill: Spill) -> None:
    spill.add(some("old", value="UP"))
    database.failure = AWAY
    spill.add(some("a"))
    held, go_on = threading.Event(), threading.Event()

    def hold(given: Sequence[Prediction]) -> None:
        if "last" in ids(given):
            held.set()
            assert go_on.wait(LONG_SECONDS)

    database.before_add = hold
    spill.add(some(*(f"n{n}" for n in range(2_000))))  # more than one chunk: the first shows that it is back
    spill.add(some("last"))
    database.failure = None
    assert held.wait(LONG_SECONDS)
    assert spill.add(some("old", value="DOWN")) == some("old", value="UP")
    with pytest.raises(Conflict, match="'old'"):
        spill.add(some("old", features={"load": -1}))
    assert spill.find("grid", ["old", "last"]).keys() == {"old", "last"}
    go_on.set()
    spill.wait_until_empty()


def test_what_turns_out_to_stand_with_other_features_is_refused_and_kept(
    database: Database, spill: Spill, tmp_path: Path
) -> None:
    spill.add(some("a", features={"load": 1}))
    database.failure = AWAY
    spill.add(some("b"))
    spill.add(some("a", features={"load": 2}))
    spill.add(some("c"))
    database.failure = None
    spill.wait_until_empty()
    assert ids(database.stored()) == ["a", "b", "c"]
    assert database.stored()[0].features == {"load": 1}
    assert spill.rows_refused == 1
    assert b'"load":2' in (tmp_path / "refused.jsonl").read_bytes()


def test_a_repeat_of_what_is_stored_changes_nothing_on_replay(database: Database, spill: Spill) -> None:
    spill.add(some("a", value="UP"))
    database.failure = AWAY
    spill.add(some("a", value="DOWN"))
    database.failure = None
    spill.wait_until_empty()
    assert database.stored() == some("a", value="UP")
    assert spill.rows_refused == 0


@pytest.mark.parametrize("error", [DataError("not this"), Conflict("not that"), RuntimeError("a mistake of ours")])
def test_what_is_not_absence_is_raised_and_not_spilled(database: Database, spill: Spill, error: Exception) -> None:
    database.failure = error
    with pytest.raises(type(error)):
        spill.add(some("a"))
    assert spill.rows == 0


def test_a_full_spill_is_unavailable_and_never_a_silent_drop(database: Database, tmp_path: Path) -> None:
    spill = Spill(database, tmp_path, max_bytes=1_000)
    spill.start()
    database.failure = AWAY
    kept: list[str] = []

    def fill() -> None:
        for n in range(100):
            kept.extend(ids(spill.add(some(f"p{n}"))))

    with pytest.raises(Unavailable, match="KEEPSHARP_MAX_SPILL_BYTES") as found:
        fill()
    assert not isinstance(found.value, StorageFull)
    database.failure = None
    spill.wait_until_empty()
    assert ids(database.stored()) == kept != []
    spill.add(some("after"))
    spill.close()


def test_where_neither_has_room_the_disk_is_full_and_the_next_request_tries_again(
    database: Database, spill: Spill, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(descriptor: int, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    database.failure = StorageFull("no room")
    with monkeypatch.context() as patch:
        patch.setattr(segment, "write_durably", no_room)
        with pytest.raises(StorageFull, match="make room"):
            spill.add(some("a"))
    assert spill.rows == 0
    database.failure = None
    assert ids(spill.add(some("a"))) == ["a"]
    assert ids(database.stored()) == ["a"]


def test_when_nothing_could_be_spilled_the_return_is_noticed_all_the_same(database: Database, tmp_path: Path) -> None:
    spill = Spill(database, tmp_path, max_bytes=0)
    spill.start()
    database.failure = AWAY
    with pytest.raises(Unavailable):
        spill.add(some("a"))
    changes = spill.changes
    database.failure = None
    spill.wait_for_changes(changes + 1)
    spill.add(some("a"))
    assert ids(database.stored()) == ["a"]
    spill.close()


def test_what_an_earlier_process_left_is_replayed_at_the_start(database: Database, tmp_path: Path) -> None:
    earlier = Spill(database, tmp_path)
    earlier.start()
    database.failure = AWAY
    earlier.add(some("a", "b"))
    earlier.close()
    assert (earlier.rows, database.stored()) == (0, [])

    database.failure = None
    later = Spill(database, tmp_path)
    later.start()
    later.wait_until_empty()
    assert ids(database.stored()) == ["a", "b"]
    later.close()


def test_a_crash_between_the_commit_and_the_removal_stores_nothing_twice(database: Database, tmp_path: Path) -> None:
    waiting = opened(tmp_path)
    waiting.append(some("a", "b"))
    waiting.append(some("c"))
    waiting.close()
    database.add(some("a", "b"))  # committed, and then the process was killed
    spill = Spill(database, tmp_path)
    spill.start()
    spill.wait_until_empty()
    spill.close()
    assert ids(database.stored()) == ["a", "b", "c"]


def test_replicas_share_a_folder_and_replay_their_own(tmp_path: Path) -> None:
    databases = Database(), Database()
    one, other = (Spill(database, tmp_path) for database in databases)
    for database, spill in zip(databases, (one, other), strict=True):
        spill.start()
        database.failure = AWAY
    one.add(some("a"))
    other.add(some("b"))
    for database, spill in zip(databases, (one, other), strict=True):
        database.failure = None
        spill.wait_until_empty()
        spill.close()
    assert [ids(database.stored()) for database in databases] == [["a"], ["b"]]


def test_an_unexpected_error_of_the_replay_is_tried_again(database: Database, spill: Spill) -> None:
    database.failure = AWAY
    spill.add(some("a"))
    failed = threading.Event()

    def fail_once(_: Sequence[Prediction]) -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a mistake of ours")

    database.before_add, database.failure = fail_once, None
    spill.wait_until_empty()
    assert failed.is_set()
    assert ids(database.stored()) == ["a"]


def test_a_damaged_entry_holds_up_no_other(database: Database, spill: Spill, tmp_path: Path) -> None:
    database.failure = AWAY
    spill.add(some("a"))
    spill.add(some("b"))
    (path,) = tmp_path.iterdir()
    with path.open("r+b") as file:
        file.seek(30)
        file.write(b"\xff")
    database.failure = None
    spill.wait_until_empty()
    assert ids(database.stored()) == ["b"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".damaged"]


def test_closing_does_not_wait_for_a_database_that_stays_away(database: Database, spill: Spill, tmp_path: Path) -> None:
    database.failure = AWAY
    spill.add(some("a"))
    spill.close()
    waiting = opened(tmp_path)
    assert ids(everything(waiting)) == ["a"]
    waiting.close()


def test_closed_it_hands_everything_to_the_database_and_may_start_again(database: Database, spill: Spill) -> None:
    spill.close()
    spill.add(some("a"))
    database.failure = AWAY
    with pytest.raises(Unavailable):
        spill.add(some("b"))
    spill.start()
    spill.add(some("b"))
    database.failure = None
    spill.wait_until_empty()
    assert ids(database.stored()) == ["a", "b"]


def test_many_threads_lose_nothing_while_it_comes_and_goes(database: Database, spill: Spill) -> None:
    def send(sender: int) -> None:
        for n in range(40):
            database.failure = AWAY if n % 5 == sender else None
            one = some(f"{sender}-{n}")
            assert spill.add(one) == one

    threads = [threading.Thread(target=send, args=[sender]) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_SECONDS)
    database.failure = None
    spill.wait_until_empty()
    stored = ids(database.stored())
    assert sorted(stored) == sorted(f"{sender}-{n}" for sender in range(4) for n in range(40))
    for sender in range(4):
        mine = [int(name.partition("-")[2]) for name in stored if name.startswith(f"{sender}-")]
        assert mine == sorted(mine), "each caller's order holds"
