"""How often are people told when very much breaks at once, or one figure keeps crossing its threshold? And what does
keeping 10,000 alerts cost? Judged, kept and told as in production, on SQLite in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from infra.alert_book import change_alerts
from infra.database import open_engine
from infra.domain.alerts import Alert, AlertBook, AlertChange, Severity
from infra.migrating import migrate
from infra.spec import ModelSpec
from infra.stores.alerts import SqlAlerts
from infra.stores.notices import SqlOutbox
from monitoring.rules import ACCURACY_DEGRADED, INPUT_DRIFT, Breach, Judgement
from monitoring.settling import settle

BREACHES, CROSSINGS = 10_000, 100
TARGETS = ("chat", "pager")
START = datetime(2024, 1, 1, tzinfo=UTC)
LOOK_EVERY = timedelta(minutes=1)
LOOKS = 12
"""Looks at breaches that stay, one a minute: over two of the intervals in which a group is told once, and more."""


def spec_of(model: str) -> ModelSpec:
    """The defaults, with two targets."""
    alerts = {"notify": list(TARGETS)}
    asked = {"model": model, "task": "classification", "data": {"source": "d.csv", "target": "y"}, "alerts": alerts}
    return ModelSpec.model_validate(asked)


_EVERY = spec_of("any").alerts.group_every.duration or timedelta()


class Book:
    """One model's alerts and notices in a database."""

    def __init__(self, engine: Engine, model: str) -> None:
        self.spec, self.alerts, self.outbox = spec_of(model), SqlAlerts(engine), SqlOutbox(engine)

    def look(self, judgement: Judgement, at: datetime) -> list[Alert]:
        """Save what the judgement changes, with its notices."""

        def decide(book: AlertBook) -> list[AlertChange]:
            return settle(book, judgement, self.spec, at=at)

        return change_alerts(self.alerts, self.outbox, self.spec.model, decide)

    def told(self) -> list[tuple[str, str, datetime]]:
        """Of every notice: its group, its target and when."""
        return [(one.group, one.target, one.created_at) for one in self.outbox.page(self.spec.model, 10 * BREACHES)]


def run(asked: Asked) -> Found:
    """All at once, and again and again."""
    breaches = 1_000 if asked.quick else BREACHES
    with _database() as engine:
        seconds, most, notices = at_once(Book(engine, "many"), breaches)
        told, kept = crossing(Book(engine, "one"))
    say(f"  a figure that crossed {CROSSINGS} times: {told} notices to each target")
    several = f"{breaches:,} simultaneous breaches"
    figures = (
        _figure(f"{several}: notices of one group to one target within {_EVERY}, most", most, "notices", 1),
        _figure(f"{several}: saved, SQLite", seconds, "s", 20),
        _figure(f"a figure that crosses its threshold {CROSSINGS} times: notices to a target", told, "notices", 2),
    )
    rows = [
        (f"{several}, looked at {LOOKS} times", f"{breaches:,}", str(len(TARGETS)), str(notices)),
        (f"{CROSSINGS} crossings, a minute apart", str(kept), str(len(TARGETS)), str(told * len(TARGETS))),
    ]
    table = table_of(("what", "alerts", "targets", "notices in all"), rows)
    return Found(figures=figures, table=table)


def at_once(book: Book, breaches: int) -> tuple[float, int, int]:
    """(seconds until all were saved, most notices of a group to a target within its interval, notices in all)."""
    began = perf_counter()
    book.look(_broken(breaches), START)
    seconds = perf_counter() - began
    say(f"  {breaches:,} alerts were saved in {seconds:.1f} s")
    for look in range(1, LOOKS):
        book.look(_broken(breaches), START + look * LOOK_EVERY)
    return seconds, _most_at_once(book.told()), len(book.told())


def crossing(book: Book) -> tuple[int, int]:
    """(notices to a target, alerts that were kept)."""
    for number in range(CROSSINGS):
        book.look(_crossing(number % 2 == 0), START + number * LOOK_EVERY)
    told = max(sum(target == one for _, target, _ in book.told()) for one in TARGETS)
    return told, len(book.alerts.page(book.spec.model, BREACHES))


@contextmanager
def _database() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="notices-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'alerts.db'}")
        try:
            migrate(engine)
            yield engine
        finally:
            engine.dispose()


def _broken(breaches: int) -> Judgement:
    """Nine in ten are warnings, the others critical."""
    found = [_breach(INPUT_DRIFT if place % 10 else ACCURACY_DEGRADED, str(place)) for place in range(breaches)]
    return Judgement(breaches=tuple(found), judged=frozenset({INPUT_DRIFT, ACCURACY_DEGRADED}))


def _crossing(broken: bool) -> Judgement:
    breaches = (_breach(ACCURACY_DEGRADED, "all"),) if broken else ()
    return Judgement(breaches=breaches, judged=frozenset({ACCURACY_DEGRADED}))


def _breach(rule: str, key: str) -> Breach:
    severity: Severity = "critical" if rule == ACCURACY_DEGRADED else "warning"
    return Breach(rule=rule, severity=severity, dedup_key=f"m:{rule}:{key}", message=f"{key} moved", evidence={})


def _most_at_once(told: list[tuple[str, str, datetime]]) -> int:
    """The most notices that one target got of one group within the interval in which it is to get one."""
    return max(
        sum((one[0], one[1]) == (group, target) and at <= one[2] < at + _EVERY for one in told)
        for group, target, at in told
    )


def _figure(name: str, value: float, unit: str, bound: float) -> Figure:
    return Figure(name=name, value=value, unit=unit, sign="<=", bound=bound)
