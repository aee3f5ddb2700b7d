"""What the templates of a run are given: pictures, sentences and figures in words. It writes no HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.display.curve_picture import draw_curve, share_name
from infra.display.wording import Metric, figure, level, money
from infra.domain.costs import CostEntry, amount_of, price_of
from infra.domain.decisions import Reason, TrainingRun
from infra.domain.returns import Return
from infra.ports import Ports
from services.dashboard.alert_facts import span
from services.dashboard.model_file import metric_of
from services.dashboard.runs import Told
from services.dashboard.timeline import DONE
from services.dashboard.training import EpochSeen, Training, training_of
from services.dashboard.training_picture import HEIGHT, WIDTH, draw_training

_QUESTIONS = (
    ("trained", "Trained or fine-tuned?"),
    ("half_the_labels", "What with half of the labels?"),
    ("corrected", "What exactly gets corrected?"),
    ("who_pays", "How often, and who pays?"),
    ("simple_model", "What over a simpler model?"),
)
_MERITS = (
    ("speed", "Speed of improvement", "unless it only memorised"),
    ("consistency", "Consistency", "unless it is merely simple"),
    ("cost_per_decision", "Cost per decision improved", "unless saving keeps it from improving"),
)
_SHARES = {"negative_flips", "slice", "calibration", "corrections", "baseline", "first"}
_UNITS = {"cpu_second": "CPU s", "gpu_second": "GPU s", "kwh": "kWh", "kg_co2e": "kg CO₂e", "gb_month": "GB months"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One line of the gate's verdict. `figures` are the figure and its limit in words, empty where there are none."""

    name: str
    passed: bool
    text: str
    figures: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Spend:
    """One line of what the run cost."""

    stage: str
    quantity: str
    amount: str
    measured: str


def run_view(told: Told) -> dict[str, object]:
    """For `run.html`."""
    dossier, run = told.dossier, told.run
    curve = dossier.learning_curve if dossier is not None else None
    return {
        "told": told,
        "run": run,
        "model": run.model,
        "headline": dossier.headline if dossier is not None else outcome_words(told),
        "questions": [] if dossier is None else [(words, getattr(dossier.answers, key)) for key, words in _QUESTIONS],
        "merits": []
        if dossier is None
        else [(words, trap, getattr(dossier.answers, key)) for key, words, trap in _MERITS],
        "lines": [verdict_line(one, told.metric) for one in sorted(told.reasons, key=lambda one: one.passed)],
        "tests": [one.text for one in told.reasons if one.rule == "corrections"],
        "curves": {}
        if curve is None or len(curve.points) < 2
        else {"wide": draw_curve(curve, 640, 240), "narrow": draw_curve(curve, 340, 240)},
        "points": [] if curve is None else curve.points,
        "share_name": share_name,
        "spends": [spend_line(one) for one in told.costs],
        "cost": money(amount_of(told.costs), told.currency) if told.costs else "",
        "paid": paid_words(told.paid, told.costs),
        "done": DONE,
        **_pictures(run, told.training, told.epochs, told.metric),
    }


def training_view(ports: Ports, run: TrainingRun) -> dict[str, object]:
    """For `training.html`, which is asked for at every epoch."""
    training = training_of(ports.artifacts, run.id)
    return _pictures(run, training, () if training is None else training.epochs, metric_of(ports.models.get(run.model)))


def outcome_words(told: Told) -> str:
    """What became of the run, in a sentence."""
    run = told.run
    if told.decisions:
        return f"Version {told.decisions[-1].version} was {DONE[told.decisions[-1].kind]}."
    if run.state == "running":
        return "The training is under way."
    if run.state == "succeeded":
        return f"Version {run.version} was trained, and awaits judgement." if run.version else "The training ended."
    return "The training failed." if run.state == "failed" else "The training was broken off."


def verdict_line(reason: Reason, metric: Metric) -> Verdict:
    """One rule: what it found against what it allows."""
    found, limit = (_figure(reason, value, metric) for value in (reason.figure, reason.limit))
    figures = f"{found} · limit {limit.removeprefix('p = ')}" if found and limit else found
    name = reason.rule.replace("_", " ").capitalize()
    return Verdict(name=name, passed=reason.passed, text=reason.text, figures=figures)


def spend_line(entry: CostEntry) -> Spend:
    """One stage."""
    unit = _UNITS.get(entry.unit, f"{entry.unit.replace('_', ' ')}{'' if entry.quantity == 1 else 's'}")
    size = f"{entry.quantity:,.0f}" if entry.quantity >= 100 else f"{entry.quantity:.3g}"
    unpriced = "unpriced" if entry.is_unpriced else "—"
    return Spend(
        stage=entry.stage.replace("_", " ").capitalize(),
        quantity=f"{size} {unit}",
        amount=unpriced if entry.amount is None else money(entry.amount, entry.currency),
        measured=entry.measured,
    )


def paid_words(paid: Return | None, costs: tuple[CostEntry, ...]) -> str:
    """What the retraining brought in against what it cost; empty where nothing was followed."""
    if paid is None:
        return ""
    if not paid.rows:
        return "Nothing has come of it yet: no row that it answered has its label."
    over = "all in all" if paid.is_closed else "so far"
    if paid.task == "classification":
        saved = f"{paid.gain:+,.0f} right decisions"
        told = f"It set {paid.better:,} right that version {paid.previous_version} had wrong, and lost {paid.worse:,}"
    else:
        saved = f"{paid.gain / paid.rows:+.3g} of error for each decision"
        told = f"It was nearer than version {paid.previous_version} on {paid.better:,}, farther on {paid.worse:,}"
    sentence = f"{told}, of {paid.rows:,} labelled rows: {saved} {over}"
    if paid.wrong_decision is None or paid.task != "classification":
        return f"{sentence}. What a wrong decision costs is not in the model file, so there is no profit to tell."
    gained = paid.gain * paid.wrong_decision
    spent = price_of(costs)
    worth = f"worth {money(gained, paid.currency)} at {money(paid.wrong_decision, paid.currency)} a wrong one"
    if spent is None:
        return f"{sentence}, {worth}; what it cost is unknown, since computing has no price."
    return (
        f"{sentence}, {worth}; it cost {money(spent, paid.currency)}: {'a profit' if gained >= spent else 'a loss'} of "
        f"{money(abs(gained - spent), paid.currency)}."
    )


def _figure(reason: Reason, value: float | None, metric: Metric) -> str:
    if value is None:
        return ""
    if reason.rule == "answer_time":
        return f"{1000 * value:.3g} ms"
    if reason.rule == "bundle_size":
        return f"{value:.3g} MB"
    if reason.rule in ("better", "not_worse", "golden"):
        return f"p = {value:.2g}"
    if reason.rule in _SHARES and metric == "accuracy":
        return level(value, metric)
    return figure(value if value % 1 else int(value))


def _pictures(
    run: TrainingRun, training: Training | None, epochs: Sequence[EpochSeen], metric: Metric
) -> dict[str, object]:
    runs = run.state == "running"
    return {
        "run": run,
        "model": run.model,
        "training": training,
        "panels": draw_training(epochs, metric, training.of if runs and training is not None else 0),
        "panel_size": (WIDTH, HEIGHT),
        "score": None if not epochs else level(epochs[-1].score, metric),
        "left": None if training is None or training.seconds_left is None else span(training.seconds_left),
        "metric": metric,
        "is_live": runs,
    }
