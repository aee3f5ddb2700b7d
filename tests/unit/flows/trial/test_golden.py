"""The trusted set: what it stops, what it tells, and what it answers to a set that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from flows.retraining.retrain import retrain, train_first
from infra.domain.errors import DataError
from infra.domain.predictions import Label
from tests.builders import KINDS, MODEL, Loop, desk_for, minute, spec, started, stream, trigger

GOLDEN = spec(labels={"expected_delay": "50 rows", "golden": "golden.csv"})


def write_golden(folder: Path, rows: int = 200, **columns: object) -> None:
    made = stream(rows, seed=77)
    made.frame.assign(truth=list(made.truth), **columns).to_csv(folder / "golden.csv", index=False)


def poisoned(loop: Loop, rows: int) -> None:
    """Serve rows and label them, every row of the north turned round."""
    places = loop.serve(rows)
    wrong = {"up": "down", "down": "up"}
    truths = {place: str(loop.stream.truth[place]) for place in places}
    loop.ports.labels.add(
        [
            Label(
                model=MODEL,
                prediction_id=f"row-{place}",
                value=wrong[truth] if loop.stream.frame["site"][place] == "north" else truth,
                time=loop.now,
            )
            for place, truth in truths.items()
        ]
    )


def test_a_candidate_that_learnt_from_a_flipped_slice_is_stopped_by_the_trusted_set_and_told(tmp_path: Path) -> None:
    write_golden(tmp_path)
    loop, _ = started(tmp_path, stream(2000), 300, GOLDEN)
    poisoned(loop, 600)
    outcome = retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    reasons = {reason.rule: reason for reason in outcome.decision.reasons}
    assert outcome.decision.kind == "reject"
    assert reasons["better"].passed, "it is better on the labels that were flipped: they alone would let it in"
    assert not reasons["golden"].passed
    (alert,) = [one for one in loop.ports.alerts.unresolved(MODEL) if one.rule == "labels_suspect"]
    assert "golden.csv" in alert.message
    uses = loop.ports.holdout_uses.page(MODEL, 9)
    assert {use.kind for use in uses if use.version == 2} == {"window", "golden"}
    (golden,) = [use for use in uses if use.kind == "golden" and use.version == 2]
    assert (golden.rows, golden.alpha, golden.outcome) == (200, None, "reject")
    assert golden.p_value == pytest.approx(reasons["golden"].figure)


def test_the_same_labels_without_a_trusted_set_let_it_in(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(2000), 300, spec())
    poisoned(loop, 600)
    assert retrain(loop.desk, trigger(at=loop.now), now=loop.now).decision.kind == "promote"


def test_a_first_champion_says_what_it_reaches_on_the_trusted_set(tmp_path: Path) -> None:
    write_golden(tmp_path)
    _, outcome = started(tmp_path, stream(400), 300, GOLDEN)
    (said,) = [reason.text for reason in outcome.decision.reasons if reason.rule == "golden"]
    assert said.startswith("On the trusted set golden.csv it reaches accuracy")


UNUSABLE = [
    ("there is no file", {}, "no file"),
    ("a column is missing", {"x": None}, "x"),
    ("other class names", {"truth": "yes"}, "write both alike"),
    ("too few rows", {"rows": 20}, "20 usable rows"),
]


@pytest.mark.parametrize(("changes", "said"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_a_set_that_cannot_be_used_says_why_before_anything_is_trained(
    changes: dict[str, object], said: str, tmp_path: Path
) -> None:
    made = stream(int(str(changes.get("rows", 200))), seed=77)
    table = made.frame.assign(truth=list(made.truth))
    if changes.get("truth"):
        table["truth"] = ["yes", "no"] * (len(table) // 2)
    if "x" in changes:
        table = table.drop(columns="x")
    if changes:
        table.to_csv(tmp_path / "golden.csv", index=False)
    desk = desk_for(tmp_path, GOLDEN)
    with pytest.raises(DataError, match=said) as problem:
        train_first(desk, stream(400).examples(300), KINDS, now=minute(299))
    assert "labels.golden = golden.csv" in str(problem.value)
    (run,) = desk.ports.runs.page(MODEL, 2)
    assert (run.state, run.rows) == ("failed", 0)


def test_rows_of_the_set_that_are_learnt_from_are_left_out_and_nothing_else_is_refused(tmp_path: Path) -> None:
    learnt, own = stream(400), stream(100, seed=77)
    mixed = pd.concat([learnt.frame[:60], own.frame], ignore_index=True)
    mixed.assign(truth=[*learnt.truth[:60], *own.truth]).to_csv(tmp_path / "golden.csv", index=False)
    _, outcome = started(tmp_path, learnt, 300, GOLDEN)
    (said,) = [reason.text for reason in outcome.decision.reasons if reason.rule == "golden"]
    assert "on 100 rows" in said
    learnt.frame[:60].assign(truth=list(learnt.truth[:60])).to_csv(tmp_path / "golden.csv", index=False)
    with pytest.raises(DataError, match="rows of its own"):
        train_first(desk_for(tmp_path, GOLDEN), learnt.examples(300), KINDS, now=minute(299))
