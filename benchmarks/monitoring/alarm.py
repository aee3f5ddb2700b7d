"""How often does the degradation alarm cry wolf, and how soon does it find a change? Beside other tests on one set of
label streams.

A label is wrong or right by itself, at an error of 10 % that was accepted, with the default tolerance and alpha. A
delay counts labels from the change; what was not found within 4,000, 2,000 and 1,000 labels is too late. `fastest` is
Page's CUSUM told both errors, 10 and 30 %, which we are not: no test with as few false alarms has a smaller delay in
its worst case (Moustakides 1986), and the test of Shiryaev and Roberts, told the same, none on average long after its
start (Pollak and Tartakovsky 2009). So 60 labels are only to be had of a champion that has just begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import exp, isinf, log, sqrt
from statistics import median

import numpy as np

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.monitoring.peers.asking import ask
from benchmarks.monitoring.streams import BASE, CHANGES, OLD, YOUNG, Losses, Row, Test, delay, measure
from benchmarks.serving.figures import Figure, Sign
from infra.domain.errors import Unavailable
from monitoring.sequential import CUSUM, E_CUSUM, SCALE, TUNINGS, detector, scaled_error, take

TOLERANCE, ALPHA = 0.03, 0.01
OURS, FASTEST, ADWIN = "keepsharp", "fastest for 10 to 30 % (Page, told both)", "ADWIN (river)"
MAE_CHANGES = (1.25, 1.5, 2.0)


def run(asked: Asked) -> Found:
    """All tests on the same streams, and ours on absolute errors."""
    streams = 20 if asked.quick else 100
    tests = all_tests()
    rows = {}
    for name, test in tests.items():
        rows[name] = measure(test, streams, asked.seed)
        say(f"  {name}: {rows[name].alarms} false alarms in {streams} streams")
    say("  absolute errors")
    absolute = measure_absolute(streams, asked.seed)
    missing = {} if asked.quick else _add_adwin(rows, streams, asked)
    table = "\n\n".join((_table(rows, streams), _absolute_table(absolute, streams)))
    return Found(figures=_figures(rows, absolute, streams), table=table, not_run=missing)


def _add_adwin(rows: dict[str, Row], streams: int, asked: Asked) -> dict[str, str]:
    """ADWIN's row, from river's own environment; why there is none."""
    try:
        found = ask("river", "river_adwin", streams, asked.seed, folder=asked.peers)
    except Unavailable as error:
        return {"ADWIN": str(error)}
    delays = {(good, error): found[f"{good} {error}"] for good, error in product((YOUNG, OLD), CHANGES)}
    rows[ADWIN] = Row(alarms=int(found["alarms"]), delays=delays)
    say(f"  {ADWIN}: {rows[ADWIN].alarms} false alarms in {streams} streams")
    return {}


def all_tests() -> dict[str, Test]:
    """The alarm, each of its detectors alone, and the others."""
    limit = BASE + TOLERANCE
    tests: dict[str, Test] = {
        OURS: ours(limit),
        f"{E_CUSUM} alone": ours(limit, E_CUSUM),
        f"{CUSUM} alone": ours(limit, CUSUM),
        FASTEST: page(BASE, 0.30, threshold=12.0),
        "Shiryaev-Roberts, told 10 and 30 %": shiryaev_roberts(BASE, 0.30, threshold=14.5),
        "Page's CUSUM for 10 to 20 %, h = 6": page(BASE, 0.20, threshold=6.0),
        "e-process, never restarted": e_process(limit),
        "z-test every 50 labels": z_test,
    }
    return tests


def measure_absolute(streams: int, seed: int) -> Row:
    """Our alarm on absolute errors that are normal, accepted as they are, and grow by a factor."""
    rng = np.random.default_rng(seed)
    test = ours((1.0 + TOLERANCE) / SCALE)
    accepted = sqrt(2.0 / np.pi)

    def drawn(times: float, count: int) -> Losses:
        errors = np.abs(rng.normal(0.0, times, count)).tolist()
        return np.array([scaled_error(error, accepted) for error in errors])

    alarms = sum(len(test(drawn(1.0, 20_000))) for _ in range(streams))
    delays = {
        (YOUNG, times): median(delay(test, drawn(1.0, YOUNG), drawn(times, 2_000)) for _ in range(streams))
        for times in MAE_CHANGES
    }
    return Row(alarms=alarms, delays=delays)


def ours(limit: float, *names: str) -> Test:
    """Our detectors of these names, or all of them."""
    detectors = [detector(tuning, limit=limit, alpha=ALPHA) for tuning in TUNINGS if not names or tuning.name in names]
    return lambda losses: [fired.number for fired in take(detectors, losses.tolist())[1]]


def page(before: float, after: float, *, threshold: float) -> Test:
    """Page's CUSUM of the likelihood ratio of two known errors."""
    up, down = log(after / before), log((1.0 - after) / (1.0 - before))

    def run(losses: Losses) -> list[int]:
        alarms, evidence = [], 0.0
        for number, loss in enumerate(losses.tolist()):
            evidence = max(evidence, 0.0) + (up if loss else down)
            if evidence >= threshold:
                alarms.append(number)
                evidence = 0.0
        return alarms

    return run


def shiryaev_roberts(before: float, after: float, *, threshold: float) -> Test:
    """R = (1 + R) · likelihood ratio, of two known errors; `threshold` is that of log R."""
    up, down = after / before, (1.0 - after) / (1.0 - before)

    def run(losses: Losses) -> list[int]:
        alarms, evidence, enough = [], 0.0, exp(threshold)
        for number, loss in enumerate(losses.tolist()):
            evidence = (1.0 + evidence) * (up if loss else down)
            if evidence >= enough:
                alarms.append(number)
                evidence = 0.0
        return alarms

    return run


def e_process(limit: float) -> Test:
    """The same bet as our e-CUSUM, on all that was ever seen, at level alpha."""
    bet = next(detector(one, limit=limit, alpha=ALPHA).bet for one in TUNINGS if one.name == E_CUSUM)

    def run(losses: Losses) -> list[int]:
        steps, alarms, start = np.log1p(bet * (losses - limit)), [], 0
        while len(crossed := np.flatnonzero(np.cumsum(steps[start:]) >= log(1.0 / ALPHA))):
            start += int(crossed[0]) + 1
            alarms.append(start - 1)
        return alarms

    return run


def z_test(losses: Losses) -> list[int]:
    """Every 50 labels: is the error since the last alarm above the accepted one, at 5 %? As if it were asked once."""
    alarms, start = [], 0
    for stop in range(50, len(losses) + 1, 50):
        seen = losses[start:stop]
        if (seen.mean() - BASE) / sqrt(BASE * (1.0 - BASE) / len(seen)) > 1.645:
            alarms.append(stop - 1)
            start = stop
    return alarms


def _figures(rows: Mapping[str, Row], absolute: Row, streams: int) -> tuple[Figure, ...]:
    mine, best = rows[OURS], rows[FASTEST]

    def figure(name: str, value: float, unit: str, bound: float, sign: Sign = "<=") -> Figure:
        return Figure(name=name, value=value, unit=unit, sign=sign, bound=bound)

    return (
        figure(f"alarms in {streams} clean streams of 20,000 labels", mine.alarms, "alarms", 1),
        figure("10 to 20 % error: found after, median", mine.delays[YOUNG, 0.20], "labels", 250),
        figure("10 to 30 % error: found after, median", mine.delays[YOUNG, 0.30], "labels", 60),
        figure("10 to 20 % error after 20,000 good labels", mine.delays[OLD, 0.20], "labels", 250),
        figure(
            "10 to 30 % error after 20,000 good labels, over the fastest test",
            mine.delays[OLD, 0.30] / best.delays[OLD, 0.30],
            "ratio",
            1.15,
        ),
        figure(f"absolute errors: alarms in {streams} clean streams of 20,000", absolute.alarms, "alarms", 1),
    )


def _table(rows: Mapping[str, Row], streams: int) -> str:
    titles = [f"{error:.0%} after {good:,}" for good, error in product((YOUNG, OLD), CHANGES)]
    lines = [(name, str(row.alarms), *(_labels(delay) for delay in row.delays.values())) for name, row in rows.items()]
    return table_of((f"test, {streams} streams each", "alarms in clean streams", *titles), lines)


def _absolute_table(row: Row, streams: int) -> str:
    titles = [f"MAE × {times:g}" for _, times in row.delays]
    line = (OURS, str(row.alarms), *(_labels(delay) for delay in row.delays.values()))
    return table_of((f"absolute errors, {streams} streams", "alarms in clean streams", *titles), [line])


def _labels(delay: float) -> str:
    return "too late" if isinf(delay) else f"{delay:.0f}"
