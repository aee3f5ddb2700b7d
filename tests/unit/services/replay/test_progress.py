from __future__ import annotations

import io

from rich.console import Console

from flows.training.fitting import Epoch
from services.replay.progress import Progress, Quiet, progress_for_person

EPOCH = Epoch(
    number=1,
    of=4,
    train_loss=0.5,
    validation_loss=0.5,
    validation_score=0.5,
    gradient_norm=1.0,
    seconds=0.1,
    learning_rate=0.01,
)


def go_through(progress: Progress) -> None:
    progress.begin("first champion", 4)
    progress.epoch(EPOCH)
    progress.begin("production", 10)
    progress.epoch(EPOCH)
    progress.advance(5)
    progress.say("a page could not be printed")


def shown(*, terminal: bool) -> str:
    output = io.StringIO()
    with progress_for_person(Console(file=output, force_terminal=terminal, width=100, color_system=None)) as progress:
        go_through(progress)
    return output.getvalue()


def test_a_person_sees_each_step_and_what_is_said() -> None:
    text = shown(terminal=True)
    assert "first champion" in text
    assert "5/10" in text
    assert "a page could not be printed" in text


def test_without_a_terminal_only_what_is_said_is_printed() -> None:
    assert shown(terminal=False).strip() == "a page could not be printed"


def test_nobody_watching_hears_nothing() -> None:
    go_through(Quiet())
