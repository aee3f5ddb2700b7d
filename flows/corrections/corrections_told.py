"""What a run corrected, told: a section of its dossier, and the ledger whole as an artifact of the run.

It writes through the tracked run it is given, and knows nothing of MLflow.
"""

from __future__ import annotations

import base64
import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from flows.corrections.contact_sheet import contact_sheet, picture_of
from flows.corrections.correcting import Corrected
from flows.dossier.evidence import Evidence
from infra.display.corrected_rows import FATES, rows_table
from infra.display.corrections import correction_sentences, layers_table, parts_table
from infra.domain.corrections import CorrectedRow
from infra.domain.sections import Picture, Section
from infra.model.schema import FeatureSchema
from infra.ports import TrackedRun

ROWS, PICTURES = 10, 12
"""How many rows and pictures the section shows; the artifact holds them all."""


def told(evidence: Evidence, corrected: Corrected | None, schema: FeatureSchema, tracked: TrackedRun) -> Evidence:
    """The evidence with what was corrected, which is kept with the run; or why it was not measured."""
    if corrected is None:
        missing = {**evidence.unmeasured, "corrections": "it is switched off in the model file (evidence.corrections)"}
        return replace(evidence, unmeasured=missing)
    picture = None if schema.picture is None else schema.picture.name
    keep_with_run(corrected, picture, tracked)
    return replace(evidence, corrections=corrections_section(corrected, picture))


def corrections_section(corrected: Corrected, picture: str | None) -> Section:
    """The dossier's answer to "what exactly gets corrected?"; `picture` is the picture column, if any."""
    ledger, rows, tests = corrected.examined.ledger, corrected.examined.rows, corrected.figures
    figures = {
        "corrections/mistakes": float(ledger.mistakes),
        "corrections/fixed": float(ledger.fixed),
        "corrections/still_wrong": float(ledger.still_wrong),
        "corrections/broken": float(ledger.broken),
        "corrections/tests": float(tests.total),
        "corrections/tests_lost": float(tests.lost),
    }
    return Section(
        sentences=correction_sentences(ledger, tests),
        tables=(parts_table(ledger), layers_table(ledger), *([rows_table(rows[:ROWS])] if rows else [])),
        pictures=() if picture is None else _pictures(rows, picture),
        figures=figures,
        details={"ledger": asdict(ledger), "tests": asdict(tests), "artifact": "corrections/ledger.json"},
    )


def keep_with_run(corrected: Corrected, picture: str | None, tracked: TrackedRun) -> None:
    """`corrections/ledger.json` with every kept row whole, and where there are pictures `corrections/pictures.png`."""
    ledger, rows = corrected.examined.ledger, corrected.examined.rows
    whole = {"ledger": asdict(ledger), "tests": asdict(corrected.figures), "rows": [asdict(row) for row in rows]}
    tracked.text(json.dumps(whole, indent=1, sort_keys=True, default=str), "corrections/ledger.json")
    sheet = None if picture is None else contact_sheet(rows, picture)
    if sheet is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pictures.png"
            path.write_bytes(base64.b64decode(sheet))
            tracked.file(path, "corrections")


def _pictures(rows: tuple[CorrectedRow, ...], feature: str) -> tuple[Picture, ...]:
    shown = [(row, text) for row in rows if (text := picture_of(row, feature)) is not None]
    return tuple(
        Picture(
            png=text,
            alt=f"row {row.id}, {row.truth}",
            caption=f"{row.id} is {row.truth}: {row.before.answer} before, {row.after.answer} now, {FATES[row.fate]}",
        )
        for row, text in shown[:PICTURES]
    )
