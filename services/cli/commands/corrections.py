"""`keepsharp corrections`: which mistakes a retraining corrected, whose blame they were, and which became tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

if TYPE_CHECKING:
    from infra.domain.corrections import CorrectionLedger, CorrectionTest, TestState
    from infra.domain.sections import Table
    from infra.ports import Ports

Run = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]", help="A run's id or its beginning, or `latest`; a line for each run when absent."),
]
Rows = Annotated[
    int, typer.Option("--rows", min=0, max=1_000, help="How many kept rows to show, the most telling first.")
]
Tests = Annotated[
    bool, typer.Option("--tests", help="List the corrected mistakes that later candidates are asked about.")
]
Vouch = Annotated[
    str | None, typer.Option("--make-test", metavar="ID", help="Ask every later candidate about this row of RUN.")
]
Withdraw = Annotated[
    str | None, typer.Option("--withdraw-test", metavar="ID", help="Ask no candidate about this row any more.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the test.")]
_MANY = 1_000
LATEST = "latest"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp corrections weather latest --rows 20")(corrections)


def corrections(
    model: Model,
    run: Run = None,
    rows: Rows = 10,
    tests: Tests = False,
    make_test: Vouch = None,
    withdraw_test: Withdraw = None,
    reason: Reason = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Tell which mistakes a run set right, and what it broke. Mistakes are those of the model before; what
    stayed wrong is told as well, and why.

    Corrected mistakes of a promoted run become tests of every later candidate: `--tests` lists them. One that you
    make a test yourself (`RUN --make-test ID --reason TEXT`) is asked as long as its label stands.
    """
    from services.cli.moments import wrong

    ports = ports_at(settings_at(home))
    name = ports.models.get(model).name
    if tests and run is not None:
        raise wrong("--tests", "lists those of all runs: leave the run out")
    if make_test is not None or withdraw_test is not None:
        _decide(ports, name, run, make_test, withdraw_test, reason, as_json=as_json)
    elif tests:
        _tell_tests(ports, name, as_json=as_json)
    elif run is None:
        _tell_all(ports, name, as_json=as_json)
    else:
        _tell_one(ports, name, run, rows, as_json=as_json)


def _tell_all(ports: Ports, model: str, *, as_json: bool) -> None:
    from services.cli.moments import shown
    from services.cli.plain import plain

    ledgers = ports.corrections.page(model, _MANY)
    standing = Counter(test.state for test in ports.standing_tests.asked(model))
    lines = [
        f"{one.run_id}  {shown(one.at)}  {one.fixed:,} of {one.mistakes:,} mistakes of {_before(one)} fixed, "
        f"{one.still_wrong:,} still wrong, {one.broken:,} broken"
        for one in ledgers
    ]
    text = "\n".join(lines) or f"no run of {model} has kept a correction ledger yet"
    text += "\n" + _standing(standing)
    answer({"model": model, "ledgers": [plain(one) for one in ledgers], "tests": dict(standing)}, text, as_json=as_json)


def _tell_one(ports: Ports, model: str, run: str, most: int, *, as_json: bool) -> None:
    from infra.display.corrected_rows import row_lines
    from infra.display.corrections import correction_sentences, layers_table, parts_table
    from services.cli.moments import shown
    from services.cli.plain import plain

    ledger = _find(ports, model, run)
    rows = ports.corrections.rows(ledger.run_id, most) if most else []
    told = [
        f"{model}, run {ledger.run_id}, {shown(ledger.at)}",
        *(f"  {sentence}" for sentence in correction_sentences(ledger, None)),
        *_lines(parts_table(ledger)),
        *_lines(layers_table(ledger)),
        "",
        *row_lines(rows),
        *([""] if rows else []),
        f"{len(rows)} of {ledger.kept} kept rows are shown (--rows shows more, --json has them whole).",
        f"How they were chosen: {ledger.rule}.",
    ]
    answer(
        {"model": model, "ledger": plain(ledger), "rows": [plain(row) for row in rows]},
        "\n".join(told),
        as_json=as_json,
    )


def _tell_tests(ports: Ports, model: str, *, as_json: bool) -> None:
    from services.cli.moments import shown
    from services.cli.plain import plain

    tests = ports.standing_tests.asked(model)
    lines = [
        f"{test.prediction_id}  {shown(test.time)}  {test.truth}  {_state(test)}, corrected by version {test.version}"
        + (f", a test by {test.made_by}'s hand" if test.made_by else "")
        for test in tests
    ]
    text = "\n".join([*lines, _standing(Counter(test.state for test in tests))])
    answer({"model": model, "tests": [plain(test) for test in tests]}, text, as_json=as_json)


def _decide(
    ports: Ports, model: str, run: str | None, added: str | None, withdrawn: str | None, reason: str, *, as_json: bool
) -> None:
    """A person's word on one test. Raises SpecError when it is not clear which, or why."""
    from infra.vouching import vouch_by_hand, withdraw_by_hand
    from services.cli.moments import wall_clock, wrong
    from services.cli.plain import plain

    if added is not None and withdrawn is not None:
        raise wrong("--make-test", "or --withdraw-test: give one of the two")
    if not reason.strip():
        raise wrong("--reason", 'is kept with the test: `--reason "this defect must never pass again"`')
    if withdrawn is not None:
        test = withdraw_by_hand(ports, model, withdrawn, actor=person(), reason=reason, at=wall_clock())
        text = f"{model}: no candidate is asked about row {withdrawn} any more"
    else:
        assert added is not None
        if run is None:
            raise wrong("RUN", f"names the ledger: `keepsharp corrections {model}` lists those there are")
        ledger = _find(ports, model, run)
        test = vouch_by_hand(ports, model, ledger.run_id, added, actor=person(), reason=reason, at=wall_clock())
        text = f"{model}: every later candidate is asked about row {added} ({test.truth})"
    answer({"model": model, "test": plain(test)}, text, as_json=as_json)


def _find(ports: Ports, model: str, run: str) -> CorrectionLedger:
    """The one ledger that is meant. Raises NotFound, or SpecError when several begin so."""
    from infra.domain.errors import NotFound
    from infra.stores.refusals import no_ledger
    from services.cli.moments import wrong

    ledgers = ports.corrections.page(model, _MANY)
    found = ledgers[:1] if run == LATEST else [one for one in ledgers if one.run_id.startswith(run)]
    if not found and run != LATEST and not any(one.id.startswith(run) for one in ports.runs.page(model, _MANY)):
        raise NotFound(f"{model} has no run {run!r}: `keepsharp runs {model}` lists them")
    if not found:
        raise no_ledger(run)
    if len(found) > 1:
        raise wrong("RUN", f"`{run}` begins {len(found)} runs: write more of the id")
    return found[0]


def _before(ledger: CorrectionLedger) -> str:
    return ledger.before if ledger.before_version is not None else "an answer that knows no feature"


def _state(test: CorrectionTest) -> str:
    return test.state.replace("_", " ")


def _standing(states: Counter[TestState]) -> str:
    if not states:
        return "no corrected mistake is a test yet: those that a promoted run fixes become tests"
    told = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(states.items()))
    return f"{sum(states.values())} corrected mistakes are asked of every candidate: {told}"


def _lines(table: Table) -> list[str]:
    """A table in columns as wide as they need."""
    cells = [table.head, *table.rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.head))]
    shown = [
        "  ".join(
            cell.rjust(width) if column in table.numeric else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return ["", table.caption, *(f"  {line}" for line in shown)]
