from __future__ import annotations

import json
from dataclasses import replace

from flows.costing import StageSeconds, price
from flows.dossier import Account, costs_table, dossier_page, dossier_record, write_dossier
from flows.evidence import Evidence
from flows.training.fitting import Epoch
from infra.domain.decisions import PromotionDecision, Reason, TrainingRun
from infra.domain.sections import Section, Table
from infra.memory.tracking import MemoryRun
from tests.builders import MODEL, START, minute, spec, trigger

REASONS = (
    Reason(rule="better", passed=False, figure=0.2, limit=0.01, text="It is not shown to be better."),
    Reason(rule="baseline", passed=True, figure=0.1, limit=None, text="The network is better than the simple model."),
)


def account(*, reasons: tuple[Reason, ...] = REASONS) -> Account:
    run = TrainingRun(
        id="r",
        model=MODEL,
        at=START,
        trigger_id="t1",
        state="succeeded",
        start="warm:1",
        rows=120,
        snapshot="ab" * 32,
        seed=4,
        data_start=minute(0),
        data_end=minute(9),
        version=2,
        metrics={"holdout_accuracy": 0.875, "cost": 0.5},
    )
    decision = PromotionDecision(
        id="d", model=MODEL, at=START, kind="reject", version=2, previous_version=1, reasons=reasons, run_id="r"
    )
    epoch = Epoch(
        number=1,
        of=2,
        train_loss=0.5,
        validation_loss=0.6,
        validation_score=0.7,
        gradient_norm=1.0,
        seconds=0.1,
        learning_rate=0.01,
    )
    entries = price([StageSeconds(stage="train", cpu_seconds=0.5, wall_seconds=1.0)], spec(), run_id="r", at=START)
    return Account(spec=spec(), trigger=trigger(), run=run, decision=decision, entries=tuple(entries), epochs=(epoch,))


def test_both_forms_are_kept_with_the_run() -> None:
    tracked = MemoryRun(id="run-1", model=MODEL, name="one")
    write_dossier(account(), tracked)
    assert sorted(tracked.told_files) == ["dossier/dossier.json", "dossier/dossier.md"]
    kept = json.loads(tracked.told_files["dossier/dossier.json"])
    assert kept == json.loads(json.dumps(dossier_record(account()))) | {"costs": kept["costs"]}


def test_the_page_answers_the_five_questions_and_says_what_was_not_measured() -> None:
    page = dossier_page(account())
    for question in range(1, 6):
        assert f"\n## {question}. " in page
    assert "The learning curve was not measured." in page
    assert "Not measured in this run." in page
    assert "✗ better: It is not shown to be better." in page
    assert "The network is better than the simple model." in page.split("## 5.")[1]


def test_a_run_without_a_simple_model_says_unknown() -> None:
    assert "unknown" in dossier_page(account(reasons=REASONS[:1])).split("## 5.")[1]


def test_costs_are_listed_with_their_sum_and_who_pays() -> None:
    table = costs_table(account().entries, "presses")
    assert "| train | 0.500 cpu_second | 0.500000 EUR | process CPU clock |" in table
    assert table.endswith("Together 0.500000 EUR, paid by presses.")


def test_a_part_that_somebody_measured_is_shown_where_it_belongs() -> None:
    corrections = Section(
        sentences=("3 of 4 mistakes were set right.",),
        tables=(Table(head=("row", "before"), rows=(("p7", "12 %"),), caption="The most telling", numeric=(1,)),),
        figures={"corrections/fixed": 3.0},
        details={"fixed": 3},
    )
    told = replace(account(), evidence=Evidence(corrections=corrections))
    answer = dossier_page(told).split("## 3.")[1].split("## 4.")[0]
    assert "3 of 4 mistakes were set right." in answer
    assert "The most telling\n\n| row | before |\n|---|---:|\n| p7 | 12 % |" in answer
    record = json.loads(json.dumps(dossier_record(told)))
    assert record["corrections"]["details"] == {"fixed": 3}
    assert record["learning_curve"] is None
    assert told.evidence.figures() == {"corrections/fixed": 3.0}
