"""What the verdict of one window costs, beside the same calculation in numpy, Evidently's preset and NannyML.

CPU seconds of the process, systems in turns, medians; ratios are taken within a turn. NannyML runs in an environment
of its own, on the same rows.
"""

from __future__ import annotations

import tracemalloc
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from statistics import median

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.monitoring.frames import KINDS, WINDOW_ROWS, WINDOWS, frame, pair, thirty, timed
from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.monitoring.peers.asking import ask
from benchmarks.serving.figures import Figure, Sign
from infra.domain.errors import Unavailable
from infra.domain.windows import DriftReport
from monitoring.drift import drift_report
from monitoring.profiles import ReferenceProfile, profile_reference
from monitoring.quality import quality_findings
from monitoring.tallies import WindowTally, tally_of

CHUNK = 10_000
OURS, FIRST, NUMPY = "keepsharp", "keepsharp, reference summed up as well", "numpy exact"
EVIDENTLY, NANNYML = "Evidently", "NannyML, reference summed up as well"
SYSTEMS = (OURS, FIRST, NUMPY, EVIDENTLY, NANNYML)
THIRTY = f"{WINDOWS} windows of {WINDOW_ROWS:,} rows against one reference"
Turns = dict[str, list[float]]


def run(asked: Asked) -> Found:
    """All sizes, thirty windows against one reference, and memory."""
    sizes = (10_000, 100_000) if asked.quick else (10_000, 100_000, 1_000_000)
    evidently_sizes = (10_000,) if asked.quick else sizes
    warm = frame(100, np.random.default_rng(asked.seed))
    evidently_preset(warm, warm)  # what importing it costs is not the window's
    nannyml, not_run = _nannyml(asked, evidently_sizes)
    figures: list[Figure] = []
    rows: list[tuple[str, ...]] = []
    for size in sizes:
        say(f"  {size:,} rows")
        turns, apart = _size(size, 3 if size < 1_000_000 else 2, size in evidently_sizes, asked.seed)
        turns[NANNYML] += [nannyml[str(size)]] if str(size) in nannyml else []
        rows.append((f"{size:,}", *(f"{median(turns[name]):.4f}" if turns[name] else "" for name in SYSTEMS)))
        figures += _judged(size, turns, apart)
    say(f"  {THIRTY}")
    turns = _thirty(asked)
    turns[NANNYML] += [nannyml["thirty"]] if nannyml else []
    rows.append((THIRTY, *(f"{median(turns[name]):.4f}" if turns[name] else "" for name in SYSTEMS)))
    figures += [*_judged_thirty(turns), _memory(asked)]
    table = table_of(("rows of reference and window", *SYSTEMS), rows)
    return Found(figures=tuple(figures), table=table, not_run=not_run)


def _nannyml(asked: Asked, sizes: tuple[int, ...]) -> tuple[Mapping[str, float], Mapping[str, str]]:
    """(CPU seconds by size, why there are none)."""
    say("  NannyML")
    try:
        return ask("nannyml", "nannyml_drift", asked.seed, *sizes, folder=asked.peers), {}
    except Unavailable as error:
        return {}, {"NannyML": str(error)}


def _size(size: int, repeats: int, with_evidently: bool, seed: int) -> tuple[Turns, float | None]:
    """(CPU seconds of each turn by system, largest difference of a score to Evidently's)."""
    reference, current = pair(size, seed)
    turns: Turns = defaultdict(list)
    apart: float | None = None
    for repeat in range(repeats):
        profile, summing = timed(lambda: profile_reference(reference, KINDS))
        report, judging = timed(partial(judge, profile, [current]))
        turns[OURS].append(judging)
        turns[FIRST].append(judging + summing)
        turns[NUMPY].append(timed(lambda: numpy_exact(reference, current))[1])
        if with_evidently and repeat < (1 if size >= 100_000 else repeats):
            scores, seconds = timed(lambda: evidently_preset(reference, current))
            turns[EVIDENTLY].append(seconds)
            apart = max(abs(column.score - scores[column.column]) for column in report.columns)
    return turns, apart


def _judged(size: int, turns: Turns, apart: float | None) -> list[Figure]:
    over_numpy = median(ours / theirs for ours, theirs in zip(turns[OURS], turns[NUMPY], strict=True))
    bound = 2.0 if size >= 100_000 else 3.0
    figures = [
        Figure(name=f"{size:,} rows: CPU over numpy exact", value=over_numpy, unit="ratio", sign="<=", bound=bound)
    ]
    if turns[EVIDENTLY]:
        faster = median(theirs / ours for ours, theirs in zip(turns[OURS], turns[EVIDENTLY], strict=False))
        figures += [
            Figure(name=f"{size:,} rows: Evidently's CPU over ours", value=faster, unit="ratio", sign=">=", bound=25.0),
            Figure(
                name=f"{size:,} rows: largest difference of a score to Evidently's",
                value=apart,
                unit="p-value",
                sign="<=",
                bound=1e-3,
            ),
        ]
    return figures


def _thirty(asked: Asked) -> Turns:
    """CPU seconds of thirty windows, the reference's sum included; Evidently sums it up anew for each."""
    reference, windows = thirty(asked.seed)
    turns: Turns = defaultdict(list)

    def all_of_them() -> None:
        profile = profile_reference(reference, KINDS)
        for window in windows:
            judge(profile, [window])

    turns[FIRST] += [timed(all_of_them)[1] for _ in range(3)]
    if not asked.quick:
        turns[EVIDENTLY].append(sum(timed(partial(evidently_preset, reference, window))[1] for window in windows))
        turns[FIRST] += [timed(all_of_them)[1] for _ in range(3)]
    return turns


def _judged_thirty(turns: Turns) -> list[Figure]:
    ours = median(turns[FIRST])

    def figure(name: str, value: float | None, unit: str, sign: Sign, bound: float) -> Figure:
        return Figure(name=f"{THIRTY}{name}", value=value, unit=unit, sign=sign, bound=bound)

    def over(name: str) -> float | None:
        return median(turns[name]) / ours if turns[name] else None

    return [
        figure(", summed up once", ours, "CPU s", "<=", 1.0),
        figure(": NannyML's CPU over ours", over(NANNYML), "ratio", ">=", 3.0),
        figure(": Evidently's CPU over ours", over(EVIDENTLY), "ratio", ">=", 200.0),
    ]


def _memory(asked: Asked) -> Figure:
    """Peak of what is allocated while a window is counted in chunks, over that of a smaller one."""
    profile = profile_reference(frame(20_000, np.random.default_rng(asked.seed)), KINDS)
    few, many = (4, 20) if asked.quick else (10, 100)  # the fewest hold more rows than the reference
    peaks = [_peak(profile, chunks, asked.seed) for chunks in (few, many)]
    name = f"peak memory of a window of {many * CHUNK:,} rows over one of {few * CHUNK:,}"
    return Figure(name=name, value=peaks[1] / peaks[0], unit="ratio", sign="<=", bound=1.1)


def _peak(profile: ReferenceProfile, chunks: int, seed: int) -> int:
    rng = np.random.default_rng(seed)

    def drawn() -> Iterator[pd.DataFrame]:
        for _ in range(chunks):
            yield frame(CHUNK, rng)

    tracemalloc.start()
    try:
        tally_of(profile, drawn())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def judge(profile: ReferenceProfile, chunks: list[pd.DataFrame]) -> DriftReport:
    """Everything a closing window asks of its columns: drift with false-discovery control, and quality."""
    tally: WindowTally = tally_of(profile, chunks)
    quality = quality_findings(profile, tally, alpha=0.01)
    return drift_report(profile, tally, alpha=0.01, minimum_effect=0.1, quality=quality)


def numpy_exact(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, float]:
    """The same tests written plainly: both samples sorted for each window, exact distance, chi-square of counts."""
    p_values: dict[str, float] = {}
    for name, kind in KINDS.items():
        if kind == "numeric":
            before, after = np.sort(reference[name].to_numpy()), np.sort(current[name].to_numpy())
            both = np.concatenate((before, after))
            steps = [np.searchsorted(side, both, side="right") / len(side) for side in (before, after)]
            distance = np.abs(steps[0] - steps[1]).max()
            p_values[name] = float(stats.kstwo.sf(distance, round(len(before) * len(after) / len(both))))
        else:
            codes, _ = pd.factorize(pd.concat([reference[name], current[name]]))
            counts = [np.bincount(part, minlength=codes.max() + 1) for part in np.split(codes, [len(reference)])]
            p_values[name] = float(stats.chisquare(counts[1], counts[0] * len(current) / len(reference)).pvalue)
    return p_values


def evidently_preset(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, float]:
    """Evidently's score of each column, by its preset for drift."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    numeric = [name for name, kind in KINDS.items() if kind == "numeric"]
    schema = DataDefinition(numerical_columns=numeric, categorical_columns=[n for n in KINDS if n not in numeric])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        data = [Dataset.from_pandas(one, schema) for one in (current, reference)]
        report = Report([DataDriftPreset(num_method="ks", cat_method="chisquare")], include_tests=False).run(*data)
        metrics = report.dict()["metrics"]
    return {one["config"]["column"]: float(one["value"]) for one in metrics if "column" in one["config"]}
