from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from flows.costing import StageSeconds, price
from flows.dossier import Account, compose, dossier_page, write_dossier
from flows.dossier.evidence import Evidence
from flows.training.fitting import Epoch
from infra.domain.decisions import PromotionDecision, Reason, TrainingRun
from infra.domain.errors import DataError, NotFound
from infra.domain.learning import CurvePoint, LearningCurve, NextStep, PowerLaw
from infra.domain.sections import Picture, Section, Table
from infra.dossiers import dossier_json, dossier_schema, parse_dossier, read_dossier, read_dossier_page
from infra.memory.tracking import MemoryRun
from tests.builders import MODEL, START, minute, spec, trigger

REASONS = (
    Reason(rule="baseline", passed=True, figure=0.1, limit=None, text="The network is better than the simple model."),
    Reason(rule="better", passed=False, figure=0.2, limit=0.01, text="It is not shown to be better."),
)
CURVE = LearningCurve(
    metric="accuracy",
    started="scratch",
    held_out=400,
    points=(
        CurvePoint(share=0.25, rows=250, draws=2, value=0.70, low=0.66, high=0.74),
        CurvePoint(share=0.5, rows=500, draws=1, value=0.76, low=0.72, high=0.80),
        CurvePoint(share=1.0, rows=1000, draws=1, value=0.80, low=0.76, high=0.84),
    ),
    law=PowerLaw(
        rows=1000,
        limit=0.12,
        limit_low=0.02,
        limit_high=0.18,
        gain=0.08,
        exponent=0.6,
        exponent_low=0.4,
        exponent_high=0.9,
    ),
    next_step=NextStep(
        step=0.01,
        rows=250,
        low=120,
        high=None,
        reachable=0.9,
        labels_cost=5.0,
        training_cost=0.001,
        currency="EUR",
    ),
    less_with_half=(0.04, 0.01, 0.07),
    seconds=0.5,
    training_seconds=1.0,
    notes=("An eighth was not reached.",),
)


def account(*, reasons: tuple[Reason, ...] = REASONS, **evidence: object) -> Account:
    run = TrainingRun(
        id="r",
        model=MODEL,
        at=START,
        trigger_id="t1",
        state="succeeded",
        start="warm:1",
        rows=1000,
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
    return Account(
        spec=spec(),
        trigger=trigger(),
        run=run,
        decision=decision,
        entries=tuple(entries),
        epochs=(epoch,),
        evidence=Evidence(**evidence),  # type: ignore[arg-type]  # a test names only what it is about
    )


def words_of(page: str) -> str:
    """The text of a page, without its style, tags and line breaks."""
    body = re.sub(r"(?s)<(style|svg)\b.*?</\1>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def answer(page: str, ident: str) -> str:
    """The words of one section of the page."""
    return words_of(page.split(f'<section id="{ident}">')[1].split("</section>")[0])


def test_both_forms_are_kept_with_the_run_and_among_our_own_artifacts(tmp_path: Path) -> None:
    tracked = MemoryRun(id="run-1", model=MODEL, name="one")
    given = account(learning_curve=CURVE)
    write_dossier(given, tracked, tmp_path)
    assert sorted(tracked.told_files) == ["dossier/dossier.html", "dossier/dossier.json"]
    page = read_dossier_page(tmp_path, MODEL, "r")
    assert tracked.told_files["dossier/dossier.html"].decode() == page
    assert parse_dossier(tracked.told_files["dossier/dossier.json"], "MLflow") == read_dossier(tmp_path, MODEL, "r")
    assert read_dossier(tmp_path, MODEL, "r") == compose(given)
    assert dossier_page(read_dossier(tmp_path, MODEL, "r")) == page, "an old dossier is printed again from its JSON"
    assert tracked.told_tags["keepsharp.headline"] == "Version 2 was rejected; version 1 serves on."


def test_a_disk_that_takes_nothing_costs_the_copy_and_not_the_run(tmp_path: Path) -> None:
    (tmp_path / "dossiers").write_text("in the way")
    tracked = MemoryRun(id="run-1", model=MODEL, name="one")
    write_dossier(account(), tracked, tmp_path)
    assert "dossier/dossier.html" in tracked.told_files


def test_a_dossier_that_cannot_be_made_costs_the_page_and_not_the_run(tmp_path: Path) -> None:
    tracked, broken = MemoryRun(id="run-1", model=MODEL, name="one"), replace(account(), epochs=cast(Any, [None]))
    said = write_dossier(broken, tracked, tmp_path)
    assert said is not None
    assert said.startswith("the dossier could not be made (AttributeError")
    assert not tracked.told_files


def test_a_dossier_that_is_not_there_or_was_changed_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no dossier of run r of stream is kept here"):
        read_dossier(tmp_path, MODEL, "r")
    write_dossier(account(), MemoryRun(id="run-1", model=MODEL, name="one"), tmp_path)
    kept = tmp_path / "dossiers" / MODEL / "r.json"
    kept.write_text(kept.read_text().replace("keepsharp.dossier/1", "keepsharp.dossier/9"))
    with pytest.raises(DataError, match=r"is no dossier of keepsharp\.dossier/1"):
        read_dossier(tmp_path, MODEL, "r")


def test_the_page_answers_the_five_questions_and_says_what_was_not_measured() -> None:
    page = dossier_page(compose(account(unmeasured={"learning_curve": "it is switched off"})))
    for ident in ("trained", "half", "corrected", "pays", "simple", "merit"):
        assert f'<section id="{ident}">' in page
    assert "Not measured: it is switched off." in answer(page, "half")
    assert "Not measured in this run." in answer(page, "corrected")
    assert "Provenance was not gathered" in answer(page, "trained")
    assert "history and forecast were not gathered" in answer(page, "pays")
    assert "The network is better than the simple model." in answer(page, "simple")
    assert "Not measured." in answer(page, "merit")


def test_what_failed_is_said_first_and_marked() -> None:
    lines = answer(dossier_page(compose(account())), "verdict")
    assert lines.index("It is not shown to be better.") < lines.index("The network is better")
    assert lines.count("✗") == 1
    assert "(failed)" in lines


def test_the_page_needs_nothing_beside_it_and_runs_no_script() -> None:
    corrections = Section(sentences=("One.",), pictures=(Picture(png="aGk=", alt="a cell"),))
    page = dossier_page(compose(account(learning_curve=CURVE, corrections=corrections)))
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page)
    assert not re.findall(r"url\(|@import|https?:", page)
    assert 'src="data:image/png;base64,aGk="' in page


def test_everything_that_others_wrote_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    corrections = Section(sentences=(evil, evil), tables=(Table(head=(evil,), rows=((evil,),), caption=evil),))
    page = dossier_page(
        compose(account(reasons=(replace(REASONS[1], text=evil),), corrections=corrections, learning_curve=CURVE))
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_a_part_that_somebody_measured_is_shown_where_it_belongs() -> None:
    corrections = Section(
        sentences=("3 of 4 mistakes were set right.", "Mostly by the last layer."),
        tables=(Table(head=("row", "before"), rows=(("p7", "12 %"),), caption="The most telling", numeric=(1,)),),
        figures={"corrections/fixed": 3.0},
        details={"fixed": 3},
    )
    told = account(corrections=corrections)
    said = answer(dossier_page(compose(told)), "corrected")
    assert said.count("3 of 4 mistakes were set right.") == 1
    assert "Mostly by the last layer. The most telling row before p7 12 %" in said
    record = json.loads(dossier_json(compose(told)))
    assert record["corrections"]["details"] == {"fixed": 3}
    assert record["learning_curve"] is None
    assert told.evidence.figures() == {"corrections/fixed": 3.0}


def test_the_curve_is_drawn_and_the_next_point_is_priced() -> None:
    page = dossier_page(compose(account(learning_curve=CURVE)))
    said = answer(page, "half")
    assert "With half of the labels it is right on 76.0% instead of 80.0%: 4.0 points worse (+1.0 to +7.0)." in said
    assert (
        "The next point of accuracy takes about 250 more labels (120 to never; 90% of the resampled fits reach it): "
        "5.00 EUR for the labels, 0.0010 EUR more for each training." in said
    )
    assert "An eighth was not reached." in said
    assert "50% of what the training took" in said
    assert page.count('role="img"') == 2, "one for a wide page, one for a telephone"
    assert "levels off at 88.0%" in page


def test_costs_are_listed_with_their_sum_and_who_pays() -> None:
    said = answer(dossier_page(compose(account())), "pays")
    assert "Train 0.5 CPU s 0.50 EUR process CPU clock" in said
    assert "Together 0.50 EUR paid by tests" in said


def test_a_run_without_a_simple_model_says_unknown() -> None:
    assert "Unknown" in answer(dossier_page(compose(account(reasons=REASONS[1:]))), "simple")


def test_every_field_of_a_dossier_is_in_its_schema() -> None:
    schema = dossier_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert set(json.loads(dossier_json(compose(account())))) == set(definitions["Dossier"]["properties"])
