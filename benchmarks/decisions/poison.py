"""Labels that are flipped: is a candidate that learnt from them let in, and is anybody told?

Thirty sets, ten each: 10 to 40 % flipped at random; every label, or most, of one site; all labels of large values.
Each is served through the flows of the service, looked at batch by batch, and retrained on twice. A world that really
changed, with a trusted set that knows it, has to be learnt all the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.decisions.world import SITES, Poison, World, flip_at_random, flip_site, flip_where_large
from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure

SETS: tuple[tuple[str, Poison], ...] = (
    *(
        (f"{share:.0%} at random", flip_at_random(share))
        for share in (0.1, 0.13, 0.17, 0.2, 0.23, 0.27, 0.3, 0.33, 0.37, 0.4)
    ),
    *((f"{site}, {share:.0%}", flip_site(site, share)) for site in SITES for share in (1.0, 0.8)),
    ("north, 60%", flip_site("north", 0.6)),
    ("south, 60%", flip_site("south", 0.6)),
    *(
        (f"{column} above {least:g}", flip_where_large(column, least))
        for column in ("x", "y", "z")
        for least in (0.8, 1.0, 1.2)
    ),
    ("z above 0.6", flip_where_large("z", 0.6)),
)
CHANGES = SETS[10:14]
ONE, TWO = ("line",), ("line", "lab")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Sets out of which a candidate was promoted, and sets that opened an alert about labels."""

    sets: int
    promoted: int
    alerted: int


def run(asked: Asked) -> Found:
    """With a trusted set; and a world that really changed, with a trusted set of it."""
    sets, changes = (SETS[::10], CHANGES[:1]) if asked.quick else (SETS, CHANGES)
    given = measure(sets, asked.seed, golden=True, sources=ONE)
    real = measure(changes, asked.seed, golden=True, sources=ONE, real_change=True)
    named = f"{given.sets} poisoned sets, a trusted set given"
    figures = (
        Figure(name=f"{named}: promoted", value=given.promoted, unit="sets", sign="<=", bound=0),
        Figure(name=f"{named}: told by an alert", value=given.alerted, unit="sets", sign=">=", bound=given.sets),
        Figure(
            name=f"{real.sets} worlds that really changed: promoted",
            value=real.promoted,
            unit="worlds",
            sign=">=",
            bound=real.sets,
        ),
    )
    rows = {"a trusted set of 500 rows": given, "a world that really changed, and a trusted set of it": real}
    return Found(figures=figures, table=_table(rows))


def run_untrusted(asked: Asked) -> Found:
    """The same sets, every third of them, where nobody gave a trusted set: what it is worth."""
    sets, changes = (SETS[4:5], CHANGES[:1]) if asked.quick else (SETS[::3], CHANGES)
    rows = {
        "half of the labels from a second source": measure(sets, asked.seed, golden=False, sources=TWO),
        "one source": measure(sets, asked.seed, golden=False, sources=ONE),
        "one source, `approval: in_doubt`": measure(sets, asked.seed, golden=False, sources=ONE, approval="in_doubt"),
        "a world that really changed, one source, `approval: in_doubt`": measure(
            changes, asked.seed, golden=False, sources=ONE, approval="in_doubt", real_change=True
        ),
    }
    return Found(figures=(), table=_table(rows))


def _table(rows: Mapping[str, Row]) -> str:
    lines = [(name, f"{row.promoted} of {row.sets}", f"{row.alerted} of {row.sets}") for name, row in rows.items()]
    return table_of(("labels flipped", "promoted", "alert about labels"), lines)


def measure(
    sets: Sequence[tuple[str, Poison]],
    seed: int,
    *,
    golden: bool,
    sources: tuple[str, ...],
    approval: str = "auto",
    real_change: bool = False,
) -> Row:
    """Each set in a world of its own."""
    promoted = alerted = 0
    for number, (name, poison) in enumerate(sets):
        with tempfile.TemporaryDirectory() as folder:
            world = World(
                folder=Path(folder),
                seed=seed + number,
                golden=golden,
                sources=sources,
                poison=poison,
                approval=approval,
                real_change=real_change,
            )
            kinds = []
            for _ in range(2):
                world.serve(3)
                kinds.append(world.retrain())
            told = world.alerted()
        promoted += "promote" in kinds
        alerted += bool(told)
        how = f"{'a trusted set' if golden else 'none'}, {len(sources)} source{'s' * (len(sources) > 1)}"
        say(f"  {how}, {name}: {', '.join(kinds)}; {', '.join(sorted(told)) or 'no alert'}")
    return Row(sets=len(sets), promoted=promoted, alerted=alerted)
