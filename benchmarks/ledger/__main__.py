"""`python -m benchmarks.ledger MODEL.yaml --data FILE`: a replay, and what it cost by its ledger and by the system.

The table goes to standard output as Markdown. The status is 1 when they differ by more than 1 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from benchmarks.ledger.looking import OTHER, PAGES, PREFECT, SERVING, Look
from benchmarks.ledger.telling import Account, render
from benchmarks.monitoring.parts import say
from infra.history.history import read_history
from infra.ledger.summing import entries_of
from infra.settings import Settings
from infra.spec import read_spec
from infra.wiring import build_ports
from services.replay.progress import Quiet
from services.replay.replay import Plan
from services.replay.replay import replay as play
from services.replay.stage import fresh_home, open_stage


@dataclass
class Phases(Quiet):
    """This process's CPU seconds when each step of the replay began."""

    began: list[tuple[str, float]] = field(default_factory=lambda: [("start, and reading the history", 0.0)])

    def begin(self, step: str, total: int) -> None:
        """The next step."""
        del total
        self.began.append((step, time.process_time()))

    def say(self, *lines: str) -> None:
        """On standard error, as everything that is no figure."""
        for line in lines:
            say(line)

    def seconds(self) -> dict[str, float]:
        """CPU seconds of each step; the last one ends now."""
        ends = [at for _, at in self.began[1:]] + [time.process_time()]
        return {step: end - at for (step, at), end in zip(self.began, ends, strict=True)}


class Sender(httpx.Client):
    """The client that sends the history, which is no cost of the model; it counts its own CPU seconds."""

    cpu_seconds = 0.0

    def send(self, request: httpx.Request, **options: object) -> httpx.Response:
        """As ever, timed."""
        began = time.thread_time()
        try:
            return super().send(request, **options)  # type: ignore[arg-type]  # handed on as they came
        finally:
            self.cpu_seconds += time.thread_time() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, and hold the accounts beside each other; the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser().parse_args(words)
    with tempfile.TemporaryDirectory(prefix="keepsharp-ledger-") as folder:
        account = measured(asked.model, asked.data, Path(folder) / "home")
    print(render(" ".join(["python -m benchmarks.ledger", *words]), account), end="")
    return 0 if account.holds else 1


def measured(model: Path, data: Path | None, home: Path) -> Account:
    """One replay of the model file in `home`, with all that it took."""
    spec, outer, phases = read_spec(model), Settings(), Phases()
    history = read_history(spec, model.resolve().parent, settings=outer, data=data)
    plan = Plan(
        spec=spec,
        spec_yaml=model.read_text(encoding="utf-8"),
        folder=model.resolve().parent,
        history=history,
        data=data,
    )
    settings = fresh_home(outer, home)
    with Look() as look:
        with open_stage(settings) as stage:
            address = stage.client.base_url
            with Sender(base_url=address, timeout=stage.client.timeout, trust_env=False) as sender:
                play(plan, replace(stage, client=sender), phases)
        took = time.process_time()
    entries = list(entries_of(build_ports(settings), spec.model))
    return Account(
        entries=tuple(entries),
        here=took - look.own_seconds,
        phases=phases.seconds(),
        sending=sender.cpu_seconds,
        serving=look.seconds.get(SERVING, 0.0),
        pages=look.seconds.get(PAGES, 0.0),
        prefect=look.seconds.get(PREFECT, 0.0),
        guards=look.seconds.get(OTHER, 0.0),
        lost=look.lost,
        looking=look.own_seconds,
        rows=len(history.target),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("model", type=Path, metavar="MODEL.yaml")
    parser.add_argument("--data", type=Path, metavar="FILE", help="the history, where it lies elsewhere")
    return parser


if __name__ == "__main__":
    sys.exit(main())
