from __future__ import annotations

import pytest

from infra.display.corrected_rows import row_lines, rows_table
from infra.display.corrections import correction_sentences, layers_table, parts_table
from infra.domain.corrections import CorrectionTests, LayerBlame, PartCounts, Pusher
from tests.contracts.building import corrected, ledger

TESTS = CorrectionTests(total=12, kept=9, forgotten=2, rebroken=1, lost=3, regained=1, set_aside=0)


def said(**changes: object) -> str:
    return " ".join(correction_sentences(ledger("r", **changes), None))


def test_the_first_sentence_is_the_answer() -> None:
    parts = (
        PartCounts(part="train", rows=900, mistakes=90, fixed=70, still_wrong=20, broken=10),
        PartCounts(part="holdout", rows=100, mistakes=10, fixed=5, still_wrong=5, broken=1),
    )
    first, *others = correction_sentences(ledger("r", parts=parts, tolerance=None), None)
    assert first == (
        "Of the 100 mistakes that version 3 made in 1,000 labelled rows it sets 75 right (75%) and leaves 25 wrong; "
        "11 rows that had been right are wrong now."
    )
    assert "In rows that it did not learn from it sets 5 of 10 mistakes right and breaks 1 row." in others


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mean_loss_after": 0.25}, "Their mean loss fell from 1.5 to 0.25."),
        ({"mean_loss_after": 2.0, "tolerance": None}, "Their mean loss rose from 1.5 to 2 nats."),
        ({}, "off by more than 4.5, twice the mean error that model was accepted at."),
        ({"before_version": None, "before": "no model served before: a guess"}, "No model served before: a guess."),
        ({"before_version": None}, "mistakes that an answer that knows no feature made"),
        ({}, "The largest share of the mistakes' gradient, 30%, lay in the layer body.0."),
        ({}, "The weights moved most in head, by 25.0% of their size."),
        ({"layers": ()}, "How far the weights moved is unknown."),
        ({"influence": "unknown: it is too large"}, "Which training rows pushed is unknown: it is too large."),
        ({}, "What pushed was read by the last layer at 3 moments. It tells an order and no amounts"),
        (
            {"parts": (PartCounts(part="train", rows=9, mistakes=0, fixed=0, still_wrong=0, broken=0),)},
            "nothing to correct",
        ),
    ],
)
def test_says_what_was_found_and_what_was_not(changes: dict[str, object], words: str) -> None:
    assert words in said(**changes)


def test_a_start_that_was_kept_is_told_as_such() -> None:
    still = (LayerBlame(layer="head", parameters=9, gradient_share=1.0, weight_change=0.0),)
    assert "No weight moved: no epoch improved on the start" in said(layers=still)


def test_tells_how_earlier_corrections_hold() -> None:
    told = " ".join(correction_sentences(ledger("r"), TESTS))
    assert "Of 12 earlier corrections it keeps 9, has 2 forgotten and 1 broken again" in told
    assert "it loses 3 and regains 1." in told
    nothing = CorrectionTests(total=0, kept=0, forgotten=0, rebroken=0, set_aside=7)
    told = " ".join(correction_sentences(ledger("r"), nothing))
    assert "No earlier correction was there to be asked. 7 from before the change" in told


def test_tables_leave_what_is_unknown_out() -> None:
    assert parts_table(ledger("r")).rows[-1] == ("together", "90", "9", "7", "2", "1")
    (first, second) = layers_table(ledger("r")).rows
    assert first == ("body.0", "640", "30.0%", "0.33×", "—")
    assert second == ("head", "65", "—", "—", "25.0%")
    rows = rows_table([corrected(1), corrected(2, moved_by=(), pushers=(), truth=3.25)]).rows
    assert rows[0][3:] == ("UP", "DOWN (10.0%)", "UP (90.0%)", "2.3 → 0.1", "fixed", "load = 1.5 +0.7", "itself")
    assert rows[1][3] == "3.25"
    assert rows[1][-2:] == ("—", "—")


def test_only_a_row_that_pushed_towards_the_truth_is_named() -> None:
    away = corrected(1, pushers=(Pusher(id="p9", truth="DOWN", influence=-0.5),))
    both = corrected(1, pushers=(Pusher(id="p8", truth="UP", influence=0.5), *away.pushers))
    assert [row[-1] for row in rows_table([away, both]).rows] == ["—", "p8 (UP)"]


def test_what_is_wrong_is_told_first_and_each_fate_says_what_it_is() -> None:
    rows = [corrected(1, fate="fixed"), corrected(2, fate="broken"), corrected(3, fate="still_wrong")]
    lines = list(row_lines(rows))
    heads = [line for line in lines if not line.startswith(" ")]
    assert [head.split(" (")[0] for head in heads] == [
        "Still wrong: wrong before, and wrong now",
        "Broken: right before, wrong now",
        "Fixed: wrong before, right now",
    ]
    assert lines[1].startswith("  p3, of the ")
    assert "the truth is " in lines[1]
