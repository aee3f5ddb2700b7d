from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.windows.removing import BATCH, decide_through, remove_old
from infra.domain.errors import SpecError
from infra.spec import parse_spec
from tests.builders import MODEL, desk_for, minute, prediction, spec
from tests.contracts.building import champion, window

ROWS = 3 * BATCH


def test_old_rows_go_in_batches_with_rests_and_what_the_newest_window_needs_stays(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(serving={"keep": "60m"}))
    desk.ports.predictions.add([prediction(seq) for seq in range(1, ROWS + 1)])
    desk.ports.windows.save(window(0, model=MODEL, first_seq=1_201, last_seq=1_300, state="final"))
    rests: list[float] = []
    assert remove_old(desk, now=minute(ROWS + 10_000), rest=rests.append) == 1_200
    assert len(rests) == 3
    assert desk.ports.predictions.after(MODEL, 0, 1)[0].seq == 1_201


def test_nothing_goes_before_its_time_or_without_a_word_in_the_model_file(tmp_path: Path) -> None:
    for keep, now in (({"keep": "60m"}, minute(50)), ({}, minute(50_000))):
        desk = desk_for(tmp_path, spec(serving=keep))
        desk.ports.predictions.add([prediction(seq) for seq in range(1, 50)])
        desk.ports.windows.save(window(0, model=MODEL, first_seq=40, last_seq=49, state="final"))
        assert remove_old(desk, now=now, rest=lambda _: None) == 0


def test_windows_that_wait_for_labels_and_a_probation_keep_their_rows() -> None:
    last, waiting = window(9, first_seq=901, last_seq=1_000), window(4, first_seq=401, last_seq=500)
    on_probation = replace(champion(2), since_seq=300, probation_until_seq=1_500)
    assert decide_through(None, [], None) == 0
    assert decide_through(last, [], replace(on_probation, probation_until_seq=None)) == 900
    assert decide_through(last, [waiting], None) == 400
    assert decide_through(last, [waiting], on_probation) == 300


def test_a_number_of_rows_is_no_time_to_keep() -> None:
    file = "model: m\ntask: regression\ndata: {source: a.csv, target: y}\nserving: {keep: 500 rows}\n"
    with pytest.raises(SpecError, match=r"serving\.keep: must be a duration"):
        parse_spec(file, "m")
    kept = parse_spec(file.replace("500 rows", "52w"), "m").serving.keep
    assert kept is not None
    assert kept.duration == timedelta(weeks=52)
