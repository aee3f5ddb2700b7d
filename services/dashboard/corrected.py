"""What retrainings corrected, as pages show it: ledgers, their most telling rows, and the tests that stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.display.corrected_rows import FATES
from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest, MovedBy, Pusher, Reading
from infra.domain.decisions import TrainingRun
from infra.domain.errors import NotFound
from infra.domain.predictions import Label, Prediction
from infra.domain.values import Answer
from infra.ports import Ports
from services.dashboard.pictures import address_of_answered, address_of_corrected, is_picture, picture_feature

MOST_LEDGERS, MOST_ROWS, MOST_TESTS, MOST_LABELS = 200, 500, 300, 100
SHOWN_ROWS = 24
MOST_MOVERS, MOST_PUSHERS = 5, 3
FATE_WORDS = (("all", "all"), *((str(fate), words) for fate, words in FATES.items()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledgers:
    """Everything that was corrected of one model, newest first. `tests` counts those that are asked by state."""

    ledgers: tuple[CorrectionLedger, ...]
    runs: Mapping[str, TrainingRun]
    tests: tuple[CorrectionTest, ...]
    states: Mapping[str, int]
    labels: tuple[tuple[Label, Label], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pushed:
    """One training row that pushed the answer."""

    id: str
    truth: str
    itself: bool
    towards: bool
    picture: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One corrected row in words. Probabilities are what was given to the truth, None for numbers; bars in per cent."""

    row: CorrectedRow
    fate: str
    truth: str
    before: str
    after: str
    before_truth: float | None
    after_truth: float | None
    picture: str | None
    saliency: str | None
    movers: tuple[MovedBy, ...]
    most: float
    """The largest change among the movers, which their bars are drawn against."""
    pushers: tuple[Pushed, ...]
    test: CorrectionTest | None
    """The test on this row, withdrawn or not."""

    @property
    def is_asked(self) -> bool:
        """Whether later candidates are asked about it."""
        return self.test is not None and self.test.withdrawn_at is None


def ledgers_of(ports: Ports, model: str) -> Ledgers:
    """One model's.

    Raises:
        NotFound: no such model.
    """
    name = ports.models.get(model).name
    asked = ports.standing_tests.asked(name)
    return Ledgers(
        ledgers=tuple(ports.corrections.page(name, MOST_LEDGERS)),
        runs={run.id: run for run in ports.runs.page(name, MOST_LEDGERS)},
        tests=tuple(ports.standing_tests.page(name, MOST_TESTS)),
        states=Counter(test.state for test in asked),
        labels=tuple(ports.labels.corrections(name, MOST_LABELS)),
    )


def ledger_of(ports: Ports, run: TrainingRun) -> CorrectionLedger:
    """The ledger of a run.

    Raises:
        NotFound: it kept none.
    """
    try:
        return ports.corrections.get(run.id)
    except NotFound as error:
        raise NotFound(f"Run {run.id} kept no ledger of corrections: it failed, or none was asked for.") from error


def cards_of(ports: Ports, run: TrainingRun, fate: str, start: int) -> tuple[list[Card], int]:
    """The kept rows of one fate, or all, from `start` on; and how many there are."""
    rows = ports.corrections.rows(run.id, MOST_ROWS)
    wanted = [row for row in rows if fate in ("all", row.fate)]
    shown = wanted[start : start + SHOWN_ROWS]
    pushed = {one.id for row in shown for one in row.pushers[:MOST_PUSHERS] if not one.itself}
    known = ports.predictions.find(run.model, sorted(pushed)) if pushed else {}
    return [_card(row, known, ports.standing_tests.get(row.model, row.id)) for row in shown], len(wanted)


def _card(row: CorrectedRow, known: Mapping[str, Prediction], test: CorrectionTest | None) -> Card:
    address = address_of_corrected(row.model, row.run_id, row.place)
    movers = tuple(one for one in row.moved_by if not is_picture(row.features.get(one.feature)))[:MOST_MOVERS]
    return Card(
        row=row,
        fate=FATES[row.fate],
        truth=answer_words(row.truth),
        before=answer_words(row.before.answer),
        after=answer_words(row.after.answer),
        before_truth=row.before.truth_probability,
        after_truth=row.after.truth_probability,
        picture=address if picture_feature(row.features) is not None else None,
        saliency=address_of_corrected(row.model, row.run_id, row.place, saliency=True) if row.saliency else None,
        movers=movers,
        most=max((abs(one.change) for one in movers), default=0.0) or 1.0,
        pushers=tuple(_pushed(row.model, one, known.get(one.id)) for one in row.pushers[:MOST_PUSHERS]),
        test=test,
    )


def _pushed(model: str, one: Pusher, prediction: Prediction | None) -> Pushed:
    shown = prediction is not None and picture_feature(prediction.features) is not None
    return Pushed(
        id=one.id,
        truth=answer_words(one.truth),
        itself=one.itself,
        towards=one.influence > 0,
        picture=address_of_answered(model, one.id) if shown else None,
    )


def answer_words(answer: Answer) -> str:
    """A class by its name, a number with the digits that matter.

    >>> answer_words("UP"), answer_words(12.3456789)
    ('UP', '12.346')
    """
    return answer if isinstance(answer, str) else f"{answer:.5g}"


def missed_by(reading: Reading) -> str:
    """How far a number was off, in words."""
    return f"off by {reading.loss:.3g}"


def largest_shares(ledger: CorrectionLedger) -> tuple[float, float]:
    """The largest share of the gradient and the largest change of weights, which bars are drawn against."""
    return _most([one.gradient_share for one in ledger.layers]), _most([one.weight_change for one in ledger.layers])


def _most(values: Sequence[float | None]) -> float:
    return max((value for value in values if value is not None), default=0.0) or 1.0
